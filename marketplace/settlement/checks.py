"""Settlements line by line (invariants 13 and 20)."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import func, or_, select

from marketplace.foundation.db import db
from marketplace.foundation.violations import VIOLATIONS_SHOWN_MAX, Check, Violation
from marketplace.redemption.models import Redemption
from marketplace.settlement.models import Settlement, SettlementLine
from marketplace.settlement.states import SettlementState


def settlements_are_the_sum_of_their_lines() -> Iterator[Violation]:
    """13: a settlement has lines, and its amount is their sum."""
    total = func.coalesce(func.sum(SettlementLine.amount_fen), 0)
    rows = db.session.execute(
        select(Settlement.code, Settlement.amount_fen, total)
        .outerjoin(SettlementLine, SettlementLine.settlement_id == Settlement.id)
        .group_by(Settlement.id, Settlement.code, Settlement.amount_fen)
        .having(Settlement.amount_fen != total)
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


CHECKS: tuple[Check, ...] = (
    settlements_are_the_sum_of_their_lines,
    lines_are_their_redemptions,
    two_people_signed,
)
