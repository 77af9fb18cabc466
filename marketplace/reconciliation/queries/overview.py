"""Statements, lines, differences, and how much is still unexplained."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import aliased

from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.errors import NotFound
from marketplace.foundation.paging import Page, PageRequest
from marketplace.funds.queries import in_bank_accounts
from marketplace.ledger.queries import get_balance_fen
from marketplace.payouts.entries import clearing
from marketplace.payouts.models import Payout, PayoutAttempt, PayoutBatch
from marketplace.payouts.states import PayoutState, RailName
from marketplace.people.models import User
from marketplace.reconciliation.models import (
    BankStatement,
    ReconciliationBreak,
    StatementLine,
)
from marketplace.reconciliation.queries.finding import OPEN_LINES, count_found_in
from marketplace.reconciliation.states import BreakState, StatementLineState


@dataclass(frozen=True, slots=True)
class BreakRow:
    """A difference with its line, owner and age."""

    item: ReconciliationBreak
    line: StatementLine
    bank_account: str
    statement_code: str
    currency: str
    owner_login: str | None
    explained_by_login: str | None
    age_days: int


@dataclass(frozen=True, slots=True)
class RailPosition:
    """Money on its way through a rail: what the books say, what the payouts say."""

    rail: str
    clearing_fen: int
    sent_fen: int

    @property
    def difference_fen(self) -> int:
        return self.clearing_fen - self.sent_fen


@dataclass(frozen=True, slots=True)
class ReconciliationSummary:
    """Do bank, payouts and books agree?"""

    lines: int
    matched: int
    explained: int
    breaks: int
    found: int
    """Lines that found their payout and are not booked yet, at most 10,000 counted: they are
    still open."""
    open_fen: int
    """Sum of the absolute amounts of lines neither matched nor explained."""
    rails: tuple[RailPosition, ...]

    @property
    def unexplained_fen(self) -> int:
        """0 only when every bank line is matched or explained and clearing holds exactly the
        payouts that are on their way. Absolute amounts: two mistakes never cancel out."""
        return self.open_fen + sum(abs(rail.difference_fen) for rail in self.rails)


def lock_break(break_id: int) -> ReconciliationBreak:
    """A difference, held until the unit of work ends."""
    found = db.session.scalar(
        select(ReconciliationBreak)
        .where(ReconciliationBreak.id == break_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound("break")
    return found


EVERYWHERE = ("",)
NOBODY = 0
"""As an owner: differences that nobody has taken."""


def get_reconciliation(
    bank_account: str | None = None, *, paths: Sequence[str] = EVERYWHERE
) -> ReconciliationSummary:
    """Counts per state and what is unexplained, for one bank account or all under some paths."""
    wanted = (
        select(StatementLine.state, func.count(), func.sum(func.abs(StatementLine.amount_fen)))
        .join(BankStatement, BankStatement.id == StatementLine.statement_id)
        .where(in_bank_accounts(BankStatement.bank_account, paths))
        .group_by(StatementLine.state)
    )
    if bank_account:
        wanted = wanted.where(BankStatement.bank_account == bank_account)
    counts = {state: (count, int(fen)) for state, count, fen in db.session.execute(wanted)}
    count_of = {state: counts.get(state, (0, 0))[0] for state in StatementLineState}
    return ReconciliationSummary(
        lines=sum(count_of.values()) - count_of[StatementLineState.SET_ASIDE],
        matched=count_of[StatementLineState.MATCHED],
        explained=count_of[StatementLineState.EXPLAINED],
        breaks=count_of[StatementLineState.BREAK],
        found=count_found_in(paths, bank_account),
        open_fen=sum(counts.get(state, (0, 0))[1] for state in OPEN_LINES),
        rails=tuple(_position(rail) for rail in RailName),
    )


def _position(rail: RailName) -> RailPosition:
    sent = db.session.scalar(
        select(func.coalesce(func.sum(Payout.amount_fen), 0))
        .select_from(Payout)
        .join(
            PayoutAttempt,
            (PayoutAttempt.payout_id == Payout.id) & (PayoutAttempt.number == Payout.attempt),
        )
        .join(PayoutBatch, PayoutBatch.id == PayoutAttempt.batch_id)
        .where(Payout.state == PayoutState.SENT, PayoutBatch.rail == rail)
    )
    return RailPosition(rail, get_balance_fen(clearing(rail)), int(sent or 0))


@dataclass(frozen=True, slots=True)
class BreakFilter:
    """Which differences an officer wants to see."""

    state: BreakState | None = BreakState.OPEN
    cause: str | None = None
    owner_id: int | None = None
    """Those of one officer; NOBODY: those that nobody has taken."""
    bank_account: str | None = None
    days_open: int = 0
    """At least so old."""


ALL_OPEN = BreakFilter()


def list_breaks(
    page: PageRequest, *, wanted: BreakFilter = ALL_OPEN, paths: Sequence[str] = EVERYWHERE
) -> Page[BreakRow]:
    """Differences of accounts under some paths, oldest first."""
    owner, explainer = aliased(User), aliased(User)
    found = (
        select(
            ReconciliationBreak,
            StatementLine,
            BankStatement.bank_account,
            BankStatement.code,
            BankStatement.currency,
            owner.login,
            explainer.login,
        )
        .join(StatementLine, StatementLine.id == ReconciliationBreak.statement_line_id)
        .join(BankStatement, BankStatement.id == StatementLine.statement_id)
        .outerjoin(owner, owner.id == ReconciliationBreak.owner_id)
        .outerjoin(explainer, explainer.id == ReconciliationBreak.explained_by)
        .where(in_bank_accounts(BankStatement.bank_account, paths), *_conditions(wanted))
    )
    total = db.session.scalar(
        select(func.count()).select_from(found.with_only_columns(ReconciliationBreak.id).subquery())
    )
    rows = db.session.execute(
        found.order_by(ReconciliationBreak.id).offset(page.offset).limit(page.limit)
    )
    items = [
        BreakRow(item, line, bank, statement, currency, owns, explained, _age_days(item.opened_at))
        for item, line, bank, statement, currency, owns, explained in rows
    ]
    return Page(items, total or 0, page.number, page.limit)


def _conditions(wanted: BreakFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.state is not None:
        conditions.append(ReconciliationBreak.state == wanted.state)
    if wanted.cause:
        conditions.append(ReconciliationBreak.cause == wanted.cause)
    if wanted.owner_id == NOBODY:
        conditions.append(ReconciliationBreak.owner_id.is_(None))
    elif wanted.owner_id is not None:
        conditions.append(ReconciliationBreak.owner_id == wanted.owner_id)
    if wanted.bank_account:
        conditions.append(BankStatement.bank_account == wanted.bank_account)
    if wanted.days_open > 0:
        before = clock.now() - timedelta(days=wanted.days_open)
        conditions.append(ReconciliationBreak.opened_at <= before)
    return conditions


def _age_days(opened_at: datetime) -> int:
    return max((clock.today() - clock.local_date(opened_at)).days, 0)


def get_break_by_code(code: str, *, paths: Sequence[str] = EVERYWHERE) -> ReconciliationBreak:
    """One difference of an account under some paths."""
    found = db.session.scalar(_breaks(paths).where(ReconciliationBreak.code == code))
    if found is None:
        raise NotFound("break", code)
    return found


def count_open_breaks(*, paths: Sequence[str] = EVERYWHERE) -> int:
    """How many differences of accounts under some paths nobody has closed."""
    opened = _breaks(paths).where(ReconciliationBreak.state == BreakState.OPEN)
    return db.session.scalar(select(func.count()).select_from(opened.subquery())) or 0


def _breaks(paths: Sequence[str]) -> Select[ReconciliationBreak]:
    return (
        select(ReconciliationBreak)
        .join(StatementLine, StatementLine.id == ReconciliationBreak.statement_line_id)
        .join(BankStatement, BankStatement.id == StatementLine.statement_id)
        .where(in_bank_accounts(BankStatement.bank_account, paths))
    )
