"""Open bank lines and the payouts they may belong to."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, or_, select

from marketplace.foundation.bulk import is_among
from marketplace.foundation.db import db
from marketplace.funds.queries import in_bank_accounts
from marketplace.payouts.models import Payout, PayoutAttempt
from marketplace.reconciliation.models import (
    BankStatement,
    ReconciliationBreak,
    ReconciliationMatch,
    ReconciliationShare,
    StatementLine,
)
from marketplace.reconciliation.queries.finding import OPEN_LINES

PAIRS_MAX = 20_000
TIES = (ReconciliationMatch, ReconciliationShare)
_IN_TIME = (StatementLine.amount_fen > 0, StatementLine.booked_on, StatementLine.id)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A try of a payout that a line names, and whether its outcome has its bank line already."""

    payout: Payout
    attempt: PayoutAttempt
    is_matched: bool


@dataclass(frozen=True, slots=True)
class UndonePair:
    """A line and a payout that were tied before, until two officers undid it."""

    line_id: int
    line_code: str
    payout_id: int
    payout_code: str


def lock_open_lines(line_ids: Collection[int]) -> Sequence[tuple[StatementLine, str]]:
    """Those of some lines that are still open, with their currency, in the same order."""
    rows = db.session.execute(
        select(StatementLine, BankStatement.currency)
        .join(BankStatement, BankStatement.id == StatementLine.statement_id)
        .where(StatementLine.id.in_(line_ids), StatementLine.state.in_(OPEN_LINES))
        .order_by(*_IN_TIME)
        .limit(len(line_ids))
        .with_for_update(of=StatementLine)
        .execution_options(populate_existing=True)
    )
    return [(line, currency) for line, currency in rows]


def list_candidates(references: Collection[str]) -> dict[str, Candidate]:
    """The payout tries with these references (at most one page of lines names them)."""
    rows = db.session.execute(
        _candidates()
        .where(PayoutAttempt.end_to_end_id.in_(sorted(references)))
        .order_by(PayoutAttempt.id)
        .limit(len(references))
    )
    return {row[1].end_to_end_id: Candidate(*row) for row in rows}


def find_candidate(end_to_end_id: str) -> Candidate | None:
    """The payout try with a reference, as it stands now."""
    row = db.session.execute(
        _candidates().where(PayoutAttempt.end_to_end_id == end_to_end_id)
    ).one_or_none()
    return None if row is None else Candidate(*row)


def _candidates() -> Select[Payout, PayoutAttempt, bool]:
    return (
        select(Payout, PayoutAttempt, has_bank_line())
        .join(PayoutAttempt, PayoutAttempt.payout_id == Payout.id)
        .execution_options(populate_existing=True)
    )


def has_bank_line() -> ColumnElement[bool]:
    """Whether the outcome of a try belongs to a bank line, or is shared by several."""
    return or_(
        select(ReconciliationMatch.id)
        .where(ReconciliationMatch.entry_id == PayoutAttempt.outcome_entry_id)
        .exists(),
        select(ReconciliationShare.id)
        .where(ReconciliationShare.entry_id == PayoutAttempt.outcome_entry_id)
        .exists(),
    )


def list_undone_pairs(line_ids: Collection[int]) -> list[UndonePair]:
    """What some lines were tied to before: nothing ties them again by itself."""
    found: list[UndonePair] = []
    for tie in TIES:
        of_lines = _undone_pairs(tie).where(is_among(tie.statement_line_id, line_ids))
        rows = db.session.execute(of_lines.order_by(tie.id.desc()).limit(PAIRS_MAX))
        found += [UndonePair(*row) for row in rows]
    return found


def list_undone_codes(*, paths: Sequence[str]) -> set[tuple[str, str]]:
    """Open lines of accounts under some paths with the payouts they were tied to before, by
    code."""
    found: set[tuple[str, str]] = set()
    for tie in TIES:
        is_open = StatementLine.is_open & in_bank_accounts(BankStatement.bank_account, paths)
        pairs = _undone_pairs(tie).where(is_open)
        rows = db.session.execute(pairs.order_by(tie.id.desc()).limit(PAIRS_MAX))
        found |= {(row[1], row[3]) for row in rows}
    return found


def _undone_pairs(
    tie: type[ReconciliationMatch | ReconciliationShare],
) -> Select[int, str, int, str]:
    return (
        select(tie.statement_line_id, StatementLine.code, tie.payout_id, Payout.code)
        .join(StatementLine, StatementLine.id == tie.statement_line_id)
        .join(BankStatement, BankStatement.id == StatementLine.statement_id)
        .join(Payout, Payout.id == tie.payout_id)
        .where(tie.undone_id.is_not(None))
    )


def list_breaks_of_lines(line_ids: Collection[int]) -> dict[int, ReconciliationBreak]:
    """The differences these lines caused, by line."""
    rows = db.session.scalars(
        select(ReconciliationBreak)
        .where(ReconciliationBreak.statement_line_id.in_(line_ids))
        .order_by(ReconciliationBreak.id)
        .limit(len(line_ids))
    )
    return {item.statement_line_id: item for item in rows}
