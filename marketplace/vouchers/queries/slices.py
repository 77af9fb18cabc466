"""Deciding a slice of a population: who gets a voucher while the money lasts."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date

from marketplace.foundation.db import db
from marketplace.foundation.money import AMOUNT_FEN_MAX
from marketplace.people.states import WorkerCategory
from marketplace.vouchers.queries.eligibility import (
    MoneyLeft,
    build_eligibility,
    get_money_left,
)
from marketplace.vouchers.queries.schemes import SchemeInForce
from marketplace.vouchers.rules.claims import rooms_by_category
from marketplace.vouchers.states import VoucherKind, VoucherOrigin


@dataclass(slots=True)
class Purse:
    """What is left while a batch gives: it shrinks with every voucher."""

    cost_fen: int
    """What each voucher commits: its face value; nothing for an entitlement."""
    available_fen: dict[int, int]
    given: dict[WorkerCategory, int]
    rooms: dict[WorkerCategory, int]
    """How many vouchers a year each capped category may get."""
    spent_fen: Counter[int] = field(default_factory=Counter)

    def has_room(self, allotment_id: int, category: WorkerCategory | None) -> bool:
        """Whether the cap of the category, and what one entry can hold, bear one voucher more."""
        if self.spent_fen[allotment_id] + self.cost_fen > AMOUNT_FEN_MAX:
            return False
        return category not in self.rooms or self.given.get(category, 0) < self.rooms[category]

    def can_give(self, allotment_id: int, category: WorkerCategory | None) -> bool:
        """Take one voucher out, if its money is left."""
        if self.available_fen[allotment_id] < self.cost_fen:
            return False
        self.available_fen[allotment_id] -= self.cost_fen
        self.spent_fen[allotment_id] += self.cost_fen
        if category in self.rooms:
            self.given[category] = self.given.get(category, 0) + 1
        return True


@dataclass(slots=True)
class SliceDecision:
    """What becomes of the people of a slice."""

    upto: int
    """The last person decided; a slice ends early where a category's cap is reached."""
    cost_fen: int
    people: int = 0
    held: int = 0
    refusals: Counter[str] = field(default_factory=Counter)
    """Reason -> people; somebody with two reasons counts twice."""
    vouchers: list[tuple[int, int, str | None]] = field(default_factory=list)
    """Worker, allotment, category: in the order of people."""
    without: dict[int, str | None] = field(default_factory=dict)
    """Who gets none, and the first reason; empty: holds one already."""

    def committed_fen(self) -> dict[int, int]:
        """Allotment -> what the slice commits of it."""
        counts = Counter(allotment_id for _worker, allotment_id, _category in self.vouchers)
        return {key: count * self.cost_fen for key, count in sorted(counts.items())}


def open_purse(offer: SchemeInForce, *, on: date) -> Purse:
    """The money of a scheme as the books know it now."""
    policy, money = offer.policy, get_money_left(offer, on=on)
    cost = policy.face_value_fen or 0 if policy.kind is VoucherKind.FACE_VALUE else 0
    return Purse(cost, dict(money.available_fen), dict(money.given), rooms_by_category(policy))


def decide_slice(
    offer: SchemeInForce,
    *,
    purse: Purse,
    on: date,
    after: int,
    upto: int,
    batch_id: int | None,
) -> SliceDecision:
    """Decide the people above one number, up to another, in the order of their numbers.

    Everybody is decided by the same rules as one person on a page. Where money runs out among
    them, those who come later are refused as they would be there; where the cap of a category is
    reached, the slice ends, because the next person may have another category.
    """
    found = build_eligibility(
        offer,
        way=VoucherOrigin.ISSUED,
        on=on,
        money=MoneyLeft(purse.available_fen, purse.given),
        batch_id=batch_id,
    )
    too_poor = 1 << found.codes.index("balance_too_low")
    purse.spent_fen.clear()
    decision, against = SliceDecision(upto, purse.cost_fen), Counter[int]()
    rows = db.session.execute(found.statement, {"after": after, "upto": upto}).all()
    for worker_id, allotment_id, rank, is_held, refused in rows:
        category = found.category(rank)
        if is_held:
            decision.held += 1
            decision.without[worker_id] = None
        elif refused:
            against[refused] += 1
            decision.without[worker_id] = found.reasons(refused)[0]
        elif not purse.has_room(allotment_id, category):
            decision.upto = worker_id - 1
            break
        elif purse.can_give(allotment_id, category):
            decision.vouchers.append((worker_id, allotment_id, category))
        else:
            against[too_poor] += 1
            decision.without[worker_id] = "balance_too_low"
        decision.people += 1
    for refused, people in against.items():
        decision.refusals.update(dict.fromkeys(found.reasons(refused), people))
    return decision
