"""Deciding a slice of a population: who gets a voucher while the money lasts."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import Row, Select

from marketplace.foundation.db import db
from marketplace.foundation.money import AMOUNT_FEN_MAX
from marketplace.funding.rules import Share
from marketplace.people.states import WorkerCategory
from marketplace.vouchers.queries.eligibility import (
    Eligibility,
    MoneyLeft,
    build_eligibility,
    get_money_left,
)
from marketplace.vouchers.queries.pools import Pool, open_pool
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
    pool: Pool | None = None
    """Where several funds promise a face value together."""

    @property
    def allotment_ids(self) -> list[int]:
        """Everything that may pay."""
        return list(self.pool.left_fen if self.pool else self.available_fen)

    def has_room(self, allotment_id: int, category: WorkerCategory | None) -> bool:
        """Whether the cap of the category, and what one entry can hold, bear one voucher more."""
        spent = max(self.spent_fen.values(), default=0) if self.pool else None
        if (spent or self.spent_fen[allotment_id]) + self.cost_fen > AMOUNT_FEN_MAX:
            return False
        return category not in self.rooms or self.given.get(category, 0) < self.rooms[category]

    def lacks_money(self, worker_id: int, allotment_id: int | None) -> bool:
        """Of several funds: whether those that may pay for this person have too little left."""
        return (
            self.pool is not None
            and allotment_id is not None
            and not self.pool.can_pay(worker_id, allotment_id, self.cost_fen)
        )

    def can_give(
        self, worker_id: int, allotment_id: int, category: WorkerCategory | None
    ) -> tuple[Share, ...] | None:
        """Take one voucher out, if its money is left: who pays for it (empty: its allotment alone),
        or nothing."""
        shares: tuple[Share, ...] = ()
        if self.pool:
            shares = self.pool.split(worker_id, allotment_id, self.cost_fen)
            if not shares:
                return None
        elif self.available_fen[allotment_id] < self.cost_fen:
            return None
        else:
            self.available_fen[allotment_id] -= self.cost_fen
            self.spent_fen[allotment_id] += self.cost_fen
        for share in shares:
            self.spent_fen[share.allotment_id] += share.amount_fen
        if category in self.rooms:
            self.given[category] = self.given.get(category, 0) + 1
        return shares


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
    shares: dict[int, tuple[Share, ...]] = field(default_factory=dict)
    """Worker -> which funds pay for the voucher, where several do."""

    def committed_fen(self) -> dict[int, int]:
        """Allotment -> what the slice commits of it."""
        if self.shares:
            pooled = Counter[int]()
            for parts in self.shares.values():
                pooled.update({share.allotment_id: share.amount_fen for share in parts})
            return dict(sorted(pooled.items()))
        counts = Counter(allotment_id for _worker, allotment_id, _category in self.vouchers)
        return {key: count * self.cost_fen for key, count in sorted(counts.items())}


def open_purse(offer: SchemeInForce, *, on: date) -> Purse:
    """The money of a scheme as the books know it now."""
    policy, money = offer.policy, get_money_left(offer, on=on)
    cost = policy.face_value_fen or 0 if policy.kind is VoucherKind.FACE_VALUE else 0
    pool = open_pool(offer, on=on) if offer.is_pooled and cost else None
    rooms = rooms_by_category(policy)
    return Purse(cost, dict(money.available_fen), dict(money.given), rooms, pool=pool)


def decide_slice(
    offer: SchemeInForce,
    *,
    purse: Purse,
    on: date,
    after: int,
    upto: int,
    batch_id: int | None,
    people: Select[Any] | None = None,
) -> SliceDecision:
    """Decide the people above one number, up to another, in the order of their numbers: everybody,
    the members of a batch, or of `people` (a selection of the numbers of workers).

    Everybody is decided by the same rules as one person on a page. Where money runs out among
    them, those who come later are refused as they would be there; where the cap of a category is
    reached, the slice ends, because the next person may have another category.
    """
    left = purse.pool.bounds_fen if purse.pool else purse.available_fen
    found = build_eligibility(
        offer,
        way=VoucherOrigin.ISSUED,
        on=on,
        money=MoneyLeft(left, purse.given),
        batch_id=batch_id,
        people=people,
    )
    purse.spent_fen.clear()
    decision, against = SliceDecision(upto, purse.cost_fen), Counter[int]()
    rows = db.session.execute(found.statement, {"after": after, "upto": upto}).all()
    if purse.pool:
        purse.pool.learn([row.worker_id for row in rows if not row.is_held])
    for row in rows:
        if not _decide_person(row, purse, found, decision, against):
            decision.upto = row.worker_id - 1
            break
        decision.people += 1
    for refused, count in against.items():
        decision.refusals.update(dict.fromkeys(found.reasons(refused), count))
    return decision


def _decide_person(
    row: Row[Any],
    purse: Purse,
    found: Eligibility,
    decision: SliceDecision,
    against: Counter[int],
) -> bool:
    """Note what becomes of one person; false: there is no room, and the slice ends before them."""
    worker_id, category = row.worker_id, found.category(row.category_rank)
    if row.is_held:
        decision.held += 1
        decision.without[worker_id] = None
        return True
    too_poor, refused = 1 << found.codes.index("balance_too_low"), row.refused
    if purse.lacks_money(worker_id, row.allotment_id):
        refused |= too_poor
    if not refused:
        if not purse.has_room(row.allotment_id, category):
            return False
        shares = purse.can_give(worker_id, row.allotment_id, category)
        if shares is not None:
            decision.vouchers.append((worker_id, row.allotment_id, category))
            if shares:
                decision.shares[worker_id] = shares
            return True
        refused = too_poor
    against[refused] += 1
    decision.without[worker_id] = found.reasons(refused)[0]
    return True
