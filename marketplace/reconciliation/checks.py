"""Bank statements against payouts (invariants 14 and 15)."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import and_, func, or_, select

from marketplace.foundation.db import db
from marketplace.foundation.violations import VIOLATIONS_SHOWN_MAX, Check, Violation
from marketplace.payouts.models import Payout
from marketplace.payouts.states import PayoutState
from marketplace.reconciliation.models import (
    BankStatement,
    ReconciliationBreak,
    ReconciliationMatch,
    StatementLine,
)
from marketplace.reconciliation.states import StatementLineState


def statements_add_up() -> Iterator[Violation]:
    """15: opening balance plus lines is the closing balance."""
    total = func.coalesce(func.sum(StatementLine.amount_fen), 0)
    rows = db.session.execute(
        select(BankStatement.code, BankStatement.closing_fen - BankStatement.opening_fen, total)
        .outerjoin(StatementLine, StatementLine.statement_id == BankStatement.id)
        .group_by(
            BankStatement.id,
            BankStatement.code,
            BankStatement.opening_fen,
            BankStatement.closing_fen,
        )
        .having(BankStatement.closing_fen - BankStatement.opening_fen != total)
        .order_by(BankStatement.code)
        .limit(VIOLATIONS_SHOWN_MAX)
    )
    for code, moved_fen, lines_fen in rows:
        yield Violation(
            "15 statement", f"statement {code}", f"moved {moved_fen}, lines {lines_fen}"
        )


def lines_are_matched_or_owned() -> Iterator[Violation]:
    """14: a matched line has its match, a break its owner's record, and never both."""
    rows = db.session.execute(
        select(StatementLine.code, StatementLine.state)
        .outerjoin(ReconciliationMatch, ReconciliationMatch.statement_line_id == StatementLine.id)
        .outerjoin(ReconciliationBreak, ReconciliationBreak.statement_line_id == StatementLine.id)
        .where(
            or_(
                (StatementLine.state == StatementLineState.MATCHED)
                & ReconciliationMatch.id.is_(None),
                (StatementLine.state != StatementLineState.MATCHED)
                & ReconciliationMatch.id.is_not(None),
                StatementLine.state.in_((StatementLineState.BREAK, StatementLineState.EXPLAINED))
                & ReconciliationBreak.id.is_(None),
            )
        )
        .order_by(StatementLine.code)
        .limit(VIOLATIONS_SHOWN_MAX)
    )
    for code, state in rows:
        yield Violation("14 one bank line", f"line {code}", f"{state} without its record")


def matched_lines_pay_their_payout() -> Iterator[Violation]:
    """14: a line that matched a payout moved exactly its amount."""
    rows = db.session.execute(
        select(StatementLine.code, StatementLine.amount_fen, Payout.code, Payout.amount_fen)
        .join(ReconciliationMatch, ReconciliationMatch.statement_line_id == StatementLine.id)
        .join(Payout, Payout.id == ReconciliationMatch.payout_id)
        .where(func.abs(StatementLine.amount_fen) != Payout.amount_fen)
        .order_by(StatementLine.code)
        .limit(VIOLATIONS_SHOWN_MAX)
    )
    for code, moved_fen, payout_code, amount_fen in rows:
        yield Violation(
            "14 one bank line", f"line {code}", f"{moved_fen} for {payout_code} of {amount_fen}"
        )


def confirmed_payouts_have_a_bank_line() -> Iterator[Violation]:
    """14: what the bank confirmed was seen on a statement."""
    matched = select(ReconciliationMatch.id).where(and_(ReconciliationMatch.payout_id == Payout.id))
    rows = db.session.scalars(
        select(Payout.code)
        .where(Payout.state == PayoutState.CONFIRMED, ~matched.exists())
        .order_by(Payout.code)
        .limit(VIOLATIONS_SHOWN_MAX)
    )
    for code in rows:
        yield Violation("14 one bank line", f"payout {code}", "confirmed without a bank line")


CHECKS: tuple[Check, ...] = (
    statements_add_up,
    lines_are_matched_or_owned,
    matched_lines_pay_their_payout,
    confirmed_payouts_have_a_bank_line,
)
