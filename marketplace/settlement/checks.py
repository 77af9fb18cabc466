"""Settlements line by line, and what institutions owe back (invariants 13, 20, 26, 27)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from marketplace.foundation.db import db
from marketplace.foundation.violations import VIOLATIONS_SHOWN_MAX, Check, Violation
from marketplace.institutions.models import Institution
from marketplace.ledger.queries import get_balances_fen
from marketplace.redemption.models import Redemption
from marketplace.retentions.models import Retention
from marketplace.retentions.states import RetentionState
from marketplace.settlement.models import Advance, Clawback, Netting, Settlement, SettlementLine
from marketplace.settlement.states import SettlementState

_IS_ADVANCE = select(Advance.id).where(Advance.settlement_id == Settlement.id).exists()


def settlements_are_the_sum_of_their_lines() -> Iterator[Violation]:
    """13: a settlement's amount is the sum of its lines and of the withheld shares it pays."""
    paid = (
        select(func.coalesce(func.sum(Retention.amount_fen - Retention.clawed_back_fen), 0))
        .where(Retention.paid_settlement_id == Settlement.id)
        .scalar_subquery()
    )
    # What a settlement that was sent back would have paid of released shares is free again.
    total = func.coalesce(func.sum(SettlementLine.amount_fen), 0) + paid
    rows = db.session.execute(
        select(Settlement.code, Settlement.amount_fen, total)
        .outerjoin(SettlementLine, SettlementLine.settlement_id == Settlement.id)
        .where(~_IS_ADVANCE)
        .group_by(Settlement.id, Settlement.code, Settlement.amount_fen, Settlement.state)
        .having(
            or_(
                Settlement.amount_fen < total,
                (Settlement.amount_fen > total) & (Settlement.state != SettlementState.REJECTED),
            )
        )
        .order_by(Settlement.code)
        .limit(VIOLATIONS_SHOWN_MAX)
    )
    for code, amount_fen, lines_fen in rows:
        yield Violation(
            "13 settlement", f"settlement {code}", f"{amount_fen} stated, lines {lines_fen} fen"
        )


def lines_are_their_redemptions() -> Iterator[Violation]:
    """13: a line has its redemption's amount and institution, and no other live line has it."""
    rows = db.session.execute(
        select(Settlement.code, Redemption.code)
        .join(SettlementLine, SettlementLine.settlement_id == Settlement.id)
        .join(Redemption, Redemption.id == SettlementLine.redemption_id)
        .where(
            or_(
                SettlementLine.amount_fen != Redemption.amount_fen,
                Settlement.institution_id != Redemption.institution_id,
            )
        )
        .order_by(Settlement.code)
        .limit(VIOLATIONS_SHOWN_MAX)
    )
    for code, redemption_code in rows:
        yield Violation("13 settlement", f"settlement {code}", f"differs from {redemption_code}")
    twice = db.session.execute(
        select(Redemption.code, func.count())
        .join(SettlementLine, SettlementLine.redemption_id == Redemption.id)
        .where(SettlementLine.released_at.is_(None))
        .group_by(Redemption.id, Redemption.code)
        .having(func.count() > 1)
        .limit(VIOLATIONS_SHOWN_MAX)
    )
    for redemption_code, count in twice:
        yield Violation("13 settlement", f"redemption {redemption_code}", f"settled {count} times")


def two_people_signed() -> Iterator[Violation]:
    """20: maker and checker are two people."""
    rows = db.session.execute(
        select(Settlement.code)
        .where(
            or_(
                Settlement.prepared_by == Settlement.decided_by,
                (Settlement.state != SettlementState.PREPARED) & Settlement.decided_by.is_(None),
            )
        )
        .order_by(Settlement.code)
        .limit(VIOLATIONS_SHOWN_MAX)
    )
    for (code,) in rows:
        yield Violation("20 two people", f"settlement {code}", "not signed by two people")


def nettings_add_up() -> Iterator[Violation]:
    """13: a settlement keeps back the sum of its nettings and of what it withholds, and never more
    than it is."""
    retained = (
        select(func.coalesce(func.sum(Retention.amount_fen), 0))
        .where(Retention.settlement_id == Settlement.id, Retention.state != RetentionState.DROPPED)
        .scalar_subquery()
    )
    total = func.coalesce(func.sum(Netting.amount_fen), 0) + retained
    live = and_(Netting.settlement_id == Settlement.id, Netting.released_at.is_(None))
    rows = db.session.execute(
        select(Settlement.code, Settlement.netted_fen, total)
        .outerjoin(Netting, live)
        .group_by(Settlement.id, Settlement.code, Settlement.netted_fen, Settlement.amount_fen)
        .having(or_(Settlement.netted_fen != total, total > Settlement.amount_fen))
        .order_by(Settlement.code)
        .limit(VIOLATIONS_SHOWN_MAX)
    )
    for code, netted_fen, sum_fen in rows:
        yield Violation("13 netting", f"settlement {code}", f"{netted_fen} kept, {sum_fen} fen")


def withheld_shares_agree() -> Iterator[Violation]:
    """27: what clawbacks took of withheld shares is what is missing there, redemption by
    redemption; a released share is paid by an approved or prepared settlement of its institution.
    """
    taken: dict[int, int] = defaultdict(int)
    for redemption_id, fen in db.session.execute(
        select(Clawback.redemption_id, Clawback.retained_fen).where(
            Clawback.state == SettlementState.APPROVED, Clawback.retained_fen > 0
        )
    ):
        taken[redemption_id or 0] += fen
    missing = db.session.execute(
        select(Retention.redemption_id, func.sum(Retention.clawed_back_fen))
        .where(Retention.clawed_back_fen > 0)
        .group_by(Retention.redemption_id)
    )
    for redemption_id, fen in missing:
        taken[redemption_id] -= int(fen)
    for redemption_id in sorted(one for one, fen in taken.items() if fen):
        yield Violation(
            "27 clawback", f"redemption #{redemption_id}", f"{taken[redemption_id]} fen differ"
        )
    wrong = db.session.execute(
        select(Retention.code, Settlement.code)
        .join(Settlement, Settlement.id == Retention.paid_settlement_id)
        .where(
            or_(
                Settlement.institution_id != Retention.institution_id,
                Settlement.currency != Retention.currency,
                Settlement.state == SettlementState.REJECTED,
            )
        )
        .order_by(Retention.code)
        .limit(VIOLATIONS_SHOWN_MAX)
    )
    for code, settlement_code in wrong:
        yield Violation("13 settlement", f"settlement {settlement_code}", f"cannot pay {code}")


def advances_stay_within_their_share() -> Iterator[Violation]:
    """26: an advance is at most the share that policy allowed, and half of what was expected."""
    rows = db.session.scalars(
        select(Advance.code)
        .where(
            or_(
                Advance.amount_fen * 100 > Advance.expected_fen * Advance.percent,
                Advance.percent > 50,
            )
        )
        .order_by(Advance.code)
        .limit(VIOLATIONS_SHOWN_MAX)
    )
    for code in rows:
        yield Violation("26 advance", f"advance {code}", "is above its share")


def advances_are_what_is_not_recovered() -> Iterator[Violation]:
    """26: advance:institution is what was paid in advance less what was netted, to the fen."""
    paid = select(Institution.code, Advance.amount_fen).where(Advance.paid_at.is_not(None))
    yield from _owed("26 advance", "advance:institution", Advance, paid, Netting.advance_id)


def receivables_are_open_recoveries() -> Iterator[Violation]:
    """27: receivable:institution is what was clawed back, other than of withheld shares, less what
    was netted, to the fen."""
    owed = Clawback.amount_fen - Clawback.retained_fen
    approved = select(Institution.code, owed).where(Clawback.state == SettlementState.APPROVED)
    yield from _owed("27 clawback", "receivable:institution", Clawback, approved,
                     Netting.clawback_id)  # fmt: skip


def _owed(
    invariant: str,
    kind: str,
    model: type[Advance | Clawback],
    given: Select[str, int],
    cause: InstrumentedAttribute[int | None],
) -> Iterator[Violation]:
    owed: dict[str, int] = defaultdict(int)
    here = Institution.id == model.institution_id
    for code, amount_fen in db.session.execute(given.join(Institution, here)):
        owed[code] += amount_fen
    booked = (
        select(Institution.code, Netting.amount_fen)
        .join(model, model.id == cause)
        .join(Institution, here)
        .where(Netting.entry_id.is_not(None))
    )
    for code, amount_fen in db.session.execute(booked):
        owed[code] -= amount_fen
    balances = get_balances_fen(kind)
    for code in sorted(set(owed) | set(balances)):
        if owed[code] != balances.get(code, 0):
            yield Violation(
                invariant,
                f"institution {code}",
                f"{balances.get(code, 0)} in the books, {owed[code]} fen open",
            )


CHECKS: tuple[Check, ...] = (
    settlements_are_the_sum_of_their_lines,
    lines_are_their_redemptions,
    two_people_signed,
    nettings_add_up,
    withheld_shares_agree,
    advances_stay_within_their_share,
    advances_are_what_is_not_recovered,
    receivables_are_open_recoveries,
)
