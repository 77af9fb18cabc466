"""Matches that are undone: what a line is tied to, what stands on it, who proposed and signed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import aliased

from marketplace.benefits.clawbacks.models import BenefitClawback
from marketplace.benefits.clawbacks.states import BenefitClawbackState
from marketplace.foundation.db import db
from marketplace.foundation.errors import NotFound
from marketplace.foundation.paging import Page, PageRequest
from marketplace.funds.queries import in_bank_accounts
from marketplace.ledger.flow_queries import list_days_of_entries
from marketplace.ledger.queries import list_closed_months
from marketplace.payouts.models import Payout, PayoutAttempt
from marketplace.payouts.states import PayoutState
from marketplace.people.models import User
from marketplace.reconciliation.models import (
    BankStatement,
    BreakProposal,
    MatchUndoing,
    ReconciliationBreak,
    ReconciliationMatch,
    ReconciliationShare,
    StatementLine,
)
from marketplace.reconciliation.rules.undoing import MatchUse
from marketplace.reconciliation.states import ProposalState, StatementLineState, UndoingState

EVERYWHERE = ("",)
STORY_MAX = 50
TIES_MAX = 20_000
"""A line that pays a whole batch as one sum is tied to each of its payouts."""
NAMED_MAX = 5
"""So many of a kind stand in the way by name; the others are told when these are gone."""
Tie = ReconciliationMatch | ReconciliationShare
TIES: tuple[type[Tie], ...] = (ReconciliationMatch, ReconciliationShare)


@dataclass(frozen=True, slots=True)
class LineInPlace:
    """A bank line of an account an office keeps, with its statement."""

    line: StatementLine
    statement_code: str
    bank_account: str
    currency: str


@dataclass(frozen=True, slots=True)
class UndoingRow:
    """A proposal to undo a match, with its line and the two people."""

    undoing: MatchUndoing
    line: StatementLine
    statement_code: str
    currency: str
    proposed_by_login: str
    decided_by_login: str | None


@dataclass(frozen=True, slots=True)
class LineOfPayout:
    """A bank line that confirms or brought back a payout, or did until it was undone."""

    line_code: str
    undone_at: datetime | None


def get_line_in_place(code: str, *, paths: Sequence[str] = EVERYWHERE) -> LineInPlace:
    """One bank line of an account under some paths."""
    row = db.session.execute(
        select(
            StatementLine, BankStatement.code, BankStatement.bank_account, BankStatement.currency
        )
        .join(BankStatement, BankStatement.id == StatementLine.statement_id)
        .where(StatementLine.code == code, in_bank_accounts(BankStatement.bank_account, paths))
    ).one_or_none()
    if row is None:
        raise NotFound("statement_line", code)
    return LineInPlace(*row)


def list_ties_together(line_id: int) -> list[Tie]:
    """What counts between a line and payouts, by line and number: its one match; or its shares, and
    those of all lines that pay the same payout with it. Undone as a whole."""
    own = _ties(line_id_in=(line_id,))
    payout_ids = {tie.payout_id for tie in own if isinstance(tie, ReconciliationShare)}
    if not payout_ids:
        return own
    rows = db.session.scalars(
        select(ReconciliationShare)
        .where(
            ReconciliationShare.entry_id.in_({tie.entry_id for tie in own}),
            ReconciliationShare.undone_id.is_(None),
        )
        .order_by(ReconciliationShare.statement_line_id, ReconciliationShare.id)
        .limit(TIES_MAX)
        .execution_options(populate_existing=True)
    )
    return list(rows)


def _ties(*, line_id_in: Collection[int]) -> list[Tie]:
    found: list[Tie] = []
    for tie in TIES:
        found += db.session.scalars(
            select(tie)
            .where(tie.statement_line_id.in_(line_id_in), tie.undone_id.is_(None))
            .order_by(tie.statement_line_id, tie.id)
            .limit(TIES_MAX)
            .execution_options(populate_existing=True)
        )
    return found


def lock_lines_by_id(line_ids: Collection[int]) -> list[StatementLine]:
    """Lines, lowest first as in matching, held until the unit of work ends."""
    return list(
        db.session.scalars(
            select(StatementLine)
            .where(StatementLine.id.in_(line_ids))
            .order_by(StatementLine.id)
            .limit(len(line_ids))
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    )


def get_match_use(line: StatementLine, ties: Sequence[Tie]) -> MatchUse:
    """What a line is tied to and what was built on it, as the rules ask it."""
    if line.state is not StatementLineState.MATCHED or not ties:
        shown = select(ReconciliationBreak.code).where(
            ReconciliationBreak.statement_line_id == line.id
        )
        is_explained = line.state is StatementLineState.EXPLAINED
        state = StatementLineState.BREAK if line.state is StatementLineState.MATCHED else line.state
        return MatchUse(state, db.session.scalar(shown) if is_explained else None)
    payout_ids = {tie.payout_id for tie in ties}
    if line.amount_fen > 0:
        return MatchUse(line.state, returned=_codes_of(payout_ids))
    return MatchUse(
        line.state,
        moved_on=_moved_on(ties),
        differences=_differences(payout_ids),
        clawbacks=_clawbacks(payout_ids),
        closed_months=_closed_months(ties),
    )


def _codes_of(payout_ids: Iterable[int]) -> tuple[str, ...]:
    return _first(select(Payout.code).where(Payout.id.in_(payout_ids)))


def _moved_on(ties: Sequence[Tie]) -> tuple[str, ...]:
    stands = (
        select(PayoutAttempt.id)
        .where(
            PayoutAttempt.payout_id == Payout.id,
            PayoutAttempt.number == Payout.attempt,
            PayoutAttempt.outcome == "confirmed",
            PayoutAttempt.outcome_entry_id.in_({tie.entry_id for tie in ties}),
        )
        .exists()
    )
    return _first(
        select(Payout.code).where(
            Payout.id.in_({tie.payout_id for tie in ties}),
            (Payout.state != PayoutState.CONFIRMED) | ~stands,
        )
    )


def _differences(payout_ids: Collection[int]) -> tuple[str, ...]:
    return _first(
        select(ReconciliationBreak.code)
        .join(BreakProposal, BreakProposal.break_id == ReconciliationBreak.id)
        .where(
            BreakProposal.payout_id.in_(payout_ids),
            BreakProposal.state.in_((ProposalState.PROPOSED, ProposalState.POSTED)),
            BreakProposal.reverses_id.is_(None),
        )
        .distinct()
    )


def _clawbacks(payout_ids: Collection[int]) -> tuple[str, ...]:
    return _first(
        select(BenefitClawback.code)
        .join(Payout, Payout.benefit_id == BenefitClawback.benefit_id)
        .where(Payout.id.in_(payout_ids), BenefitClawback.state != BenefitClawbackState.REJECTED)
        .distinct()
    )


def _first(wanted: Select[str]) -> tuple[str, ...]:
    column = wanted.selected_columns[0]
    return tuple(db.session.scalars(wanted.order_by(column).limit(NAMED_MAX)))


def _closed_months(ties: Sequence[Tie]) -> tuple[str, ...]:
    """Of the lines and of the entries, which may have another day."""
    lines = select(StatementLine.booked_on).where(
        StatementLine.id.in_({tie.statement_line_id for tie in ties})
    )
    days = set(db.session.scalars(lines.distinct().order_by(StatementLine.booked_on).limit(400)))
    days |= set(list_days_of_entries({tie.entry_id for tie in ties}))
    return tuple(sorted({month for day in days for month in list_closed_months(day, day)}))


def lock_waiting_undoing(line_id: int) -> MatchUndoing | None:
    """The proposal about a line that waits for its second signature, held."""
    return _lock_undoing(line_id, MatchUndoing.state == UndoingState.PROPOSED)


def lock_last_undoing(line_id: int) -> MatchUndoing | None:
    """The newest proposal about a line, whatever became of it, held."""
    return _lock_undoing(line_id, MatchUndoing.id.is_not(None))


def _lock_undoing(line_id: int, condition: ColumnElement[bool]) -> MatchUndoing | None:
    return db.session.scalar(
        select(MatchUndoing)
        .where(MatchUndoing.statement_line_id == line_id, condition)
        .order_by(MatchUndoing.id.desc())
        .limit(1)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def list_undone_ties(line_id: int) -> list[Tie]:
    """What a line was tied to and no longer is, newest first (at most 50 of each kind)."""
    found: list[Tie] = []
    for tie in TIES:
        found += db.session.scalars(
            select(tie)
            .where(tie.statement_line_id == line_id, tie.undone_id.is_not(None))
            .order_by(tie.id.desc())
            .limit(STORY_MAX)
        )
    return found


def list_undoings(
    page: PageRequest, *, paths: Sequence[str] = EVERYWHERE, state: UndoingState | None = None
) -> Page[UndoingRow]:
    """Proposals to undo matches of accounts under some paths, newest first."""
    within = [in_bank_accounts(BankStatement.bank_account, paths)]
    if state is not None:
        within.append(MatchUndoing.state == state)
    rows = _undoings().where(*within)
    total = db.session.scalar(
        select(func.count()).select_from(rows.with_only_columns(MatchUndoing.id).subquery())
    )
    shown = rows.order_by(MatchUndoing.id.desc()).offset(page.offset).limit(page.limit)
    items = [UndoingRow(*row) for row in db.session.execute(shown)]
    return Page(items, total or 0, page.number, page.limit)


def list_undoings_of(line_ids: Collection[int], ids: Collection[int]) -> list[UndoingRow]:
    """What was proposed about some lines, and these proposals, newest first (at most 50)."""
    rows = db.session.execute(
        _undoings()
        .where(MatchUndoing.statement_line_id.in_(line_ids) | MatchUndoing.id.in_(ids))
        .order_by(MatchUndoing.id.desc())
        .limit(STORY_MAX)
    )
    return [UndoingRow(*row) for row in rows]


def _undoings() -> Select[MatchUndoing, StatementLine, str, str, str, str]:
    maker, checker = aliased(User), aliased(User)
    return (
        select(
            MatchUndoing,
            StatementLine,
            BankStatement.code,
            BankStatement.currency,
            maker.login,
            checker.login,
        )
        .join(StatementLine, StatementLine.id == MatchUndoing.statement_line_id)
        .join(BankStatement, BankStatement.id == StatementLine.statement_id)
        .join(maker, maker.id == MatchUndoing.proposed_by)
        .outerjoin(checker, checker.id == MatchUndoing.decided_by)
    )


def count_waiting_undoings(*, paths: Sequence[str] = EVERYWHERE) -> int:
    """How many matches of accounts under some paths wait for a second signature to be undone."""
    found = (
        select(func.count())
        .select_from(MatchUndoing)
        .join(StatementLine, StatementLine.id == MatchUndoing.statement_line_id)
        .join(BankStatement, BankStatement.id == StatementLine.statement_id)
        .where(
            MatchUndoing.state == UndoingState.PROPOSED,
            in_bank_accounts(BankStatement.bank_account, paths),
        )
    )
    return db.session.scalar(found) or 0


def list_lines_of_payouts(payout_ids: Collection[int]) -> dict[int, list[LineOfPayout]]:
    """The bank lines of some payouts, in the order in which they were tied; those undone with the
    day."""
    found: dict[int, list[LineOfPayout]] = {}
    for tie in TIES:
        rows = db.session.execute(
            select(tie.payout_id, StatementLine.code, MatchUndoing.decided_at)
            .join(StatementLine, StatementLine.id == tie.statement_line_id)
            .outerjoin(MatchUndoing, MatchUndoing.id == tie.undone_id)
            .where(tie.payout_id.in_(payout_ids))
            .order_by(tie.id)
            .limit(TIES_MAX)
        )
        for payout_id, line_code, undone_at in rows:
            found.setdefault(payout_id, []).append(LineOfPayout(line_code, undone_at))
    return found
