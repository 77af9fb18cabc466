"""The work list of matching: lines that found their payout and are not booked yet."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Row, func, select

from marketplace.foundation.db import db
from marketplace.funds.queries import in_bank_accounts
from marketplace.payouts.models import Payout, PayoutAttempt
from marketplace.reconciliation.models import (
    BankStatement,
    FoundMatch,
    ReconciliationBreak,
    StatementLine,
)
from marketplace.reconciliation.states import StatementLineState

CONFIRMS = "confirms"
"""Verdict: the line alone names a payout on its way, with its amount."""
ASKS = "asks"
"""Verdict: to be looked at singly, after all that confirm."""
OPEN_LINES = (StatementLineState.IMPORTED, StatementLineState.BREAK)
SHOWN_MAX = 10_000
ASKING_MAX = 200_000
_IN_TIME = (StatementLine.amount_fen > 0, StatementLine.booked_on, StatementLine.id)
Found = Row[*tuple[Any, ...]]


def count_found() -> int:
    """How many lines are on the list."""
    return db.session.scalar(select(func.count()).select_from(FoundMatch)) or 0


def is_anything_found() -> bool:
    """Whether an earlier search left lines on the list."""
    return db.session.scalar(select(FoundMatch.statement_line_id).limit(1)) is not None


def count_found_in(paths: Sequence[str], bank_account: str | None = None) -> int:
    """How many lines of accounts under some paths found their payout and are not booked yet,
    at most 10,000."""
    wanted = (
        select(FoundMatch.statement_line_id)
        .join(StatementLine, StatementLine.id == FoundMatch.statement_line_id)
        .join(BankStatement, BankStatement.id == StatementLine.statement_id)
        .where(FoundMatch.verdict == CONFIRMS, in_bank_accounts(BankStatement.bank_account, paths))
        .limit(SHOWN_MAX)
    )
    if bank_account:
        wanted = wanted.where(BankStatement.bank_account == bank_account)
    return db.session.scalar(select(func.count()).select_from(wanted.subquery())) or 0


def lock_found_breaks(after: int, limit: int) -> Sequence[Found]:
    """Open lines behind a number that are differences, with what is stored of them; held."""
    return db.session.execute(
        select(
            StatementLine.id.label("line_id"),
            StatementLine.amount_fen,
            FoundMatch.verdict,
            ReconciliationBreak.id.label("break_id"),
            ReconciliationBreak.cause,
        )
        .select_from(FoundMatch)
        .join(StatementLine, StatementLine.id == FoundMatch.statement_line_id)
        .outerjoin(ReconciliationBreak, ReconciliationBreak.statement_line_id == StatementLine.id)
        .where(
            FoundMatch.statement_line_id > after,
            FoundMatch.verdict.not_in((CONFIRMS, ASKS)),
            StatementLine.state.in_(OPEN_LINES),
        )
        .order_by(FoundMatch.statement_line_id)
        .limit(limit)
        .with_for_update(of=StatementLine)
    ).all()


def lock_found(after: int, limit: int) -> Sequence[int]:
    """The next lines behind a number that will confirm their payout, held on the list."""
    return db.session.scalars(
        select(FoundMatch.statement_line_id)
        .where(FoundMatch.statement_line_id > after, FoundMatch.verdict == CONFIRMS)
        .order_by(FoundMatch.statement_line_id)
        .limit(limit)
        .with_for_update()
    ).all()


def lock_found_lines(line_ids: Collection[int]) -> Sequence[Found]:
    """Lines on the list with what is needed to be sure; the lines are held. Those that somebody
    closed meanwhile are among them."""
    return db.session.execute(
        select(
            StatementLine.id.label("line_id"),
            StatementLine.state,
            StatementLine.amount_fen,
            StatementLine.end_to_end_id.label("reference"),
            StatementLine.booked_on,
            BankStatement.currency,
            Payout.id.label("payout_id"),
            Payout.amount_fen.label("payout_fen"),
            Payout.currency.label("payout_currency"),
            ReconciliationBreak.id.label("break_id"),
        )
        .join(BankStatement, BankStatement.id == StatementLine.statement_id)
        .join(PayoutAttempt, PayoutAttempt.end_to_end_id == StatementLine.end_to_end_id)
        .join(Payout, Payout.id == PayoutAttempt.payout_id)
        .outerjoin(ReconciliationBreak, ReconciliationBreak.statement_line_id == StatementLine.id)
        .where(StatementLine.id.in_(line_ids))
        .order_by(StatementLine.id)
        .limit(len(line_ids))
        .with_for_update(of=StatementLine)
    ).all()


def list_asking_line_ids() -> Sequence[int]:
    """Lines to be looked at singly: money that left first, then by day (at most 200,000)."""
    return db.session.scalars(
        select(StatementLine.id)
        .join(FoundMatch, FoundMatch.statement_line_id == StatementLine.id)
        .where(FoundMatch.verdict == ASKS)
        .order_by(*_IN_TIME)
        .limit(ASKING_MAX)
    ).all()


def list_found_payouts(line_ids: Collection[int]) -> dict[int, str]:
    """Of a page of lines those that found their payout and are not booked yet, with its code."""
    rows = db.session.execute(
        select(FoundMatch.statement_line_id, Payout.code)
        .join(PayoutAttempt, PayoutAttempt.id == FoundMatch.payout_attempt_id)
        .join(Payout, Payout.id == PayoutAttempt.payout_id)
        .where(FoundMatch.statement_line_id.in_(line_ids), FoundMatch.verdict == CONFIRMS)
        .order_by(FoundMatch.statement_line_id)
        .limit(len(line_ids))
    )
    return {line_id: code for line_id, code in rows}
