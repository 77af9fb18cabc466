"""Statements set aside: what one is used for, who proposed and signed, what waits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import InstrumentedAttribute, aliased

from marketplace.foundation.db import db
from marketplace.foundation.errors import NotFound
from marketplace.funds.queries import in_bank_accounts
from marketplace.ledger.queries import list_closed_months
from marketplace.people.models import User
from marketplace.reconciliation.models import (
    BankStatement,
    ReconciliationBreak,
    StatementLine,
    StatementLineSighting,
    StatementSetAside,
)
from marketplace.reconciliation.rules.setting_aside import StatementUse
from marketplace.reconciliation.states import SetAsideState, StatementLineState

EVERYWHERE = ("",)
STORY_MAX = 50


@dataclass(frozen=True, slots=True)
class SetAsideRow:
    """A proposal to set a statement aside, with the two people."""

    proposal: StatementSetAside
    proposed_by_login: str
    decided_by_login: str | None


def get_use(statement: BankStatement) -> StatementUse:
    """What a statement is used for, as the rules ask it."""
    matched, line = _booked(statement.id, StatementLineState.MATCHED, StatementLine.code)
    explained, difference = _booked(
        statement.id, StatementLineState.EXPLAINED, ReconciliationBreak.code
    )
    first_on, last_on = _days(statement)
    return StatementUse(
        is_set_aside=statement.set_aside_at is not None,
        matched=matched,
        matched_line=line,
        explained=explained,
        explained_break=difference,
        closed_months=tuple(list_closed_months(first_on, last_on)) if first_on and last_on else (),
    )


def _booked(
    statement_id: int, state: StatementLineState, example: InstrumentedAttribute[str]
) -> tuple[int, str | None]:
    row = db.session.execute(
        select(func.count(), func.min(example))
        .select_from(StatementLine)
        .outerjoin(ReconciliationBreak, ReconciliationBreak.statement_line_id == StatementLine.id)
        .where(
            StatementLine.statement_id == statement_id,
            StatementLine.state == state,
            ~is_seen_elsewhere(),
        )
    ).one()
    return int(row[0]), row[1]


def is_seen_elsewhere() -> ColumnElement[bool]:
    """Whether a line is also in another statement that counts."""
    return (
        select(StatementLineSighting.id)
        .join(BankStatement, BankStatement.id == StatementLineSighting.statement_id)
        .where(
            StatementLineSighting.statement_line_id == StatementLine.id,
            BankStatement.set_aside_at.is_(None),
        )
        .correlate(StatementLine)
        .exists()
    )


def _days(statement: BankStatement) -> tuple[date | None, date | None]:
    """From its first day to its last, as it says and as its lines are booked."""
    row = db.session.execute(
        select(func.min(StatementLine.booked_on), func.max(StatementLine.booked_on)).where(
            StatementLine.statement_id == statement.id
        )
    ).one()
    days = [day for day in (statement.from_on, statement.to_on, *row) if day is not None]
    return (min(days), max(days)) if days else (None, None)


def lock_statement(statement_id: int) -> BankStatement:
    """A statement, held until the unit of work ends."""
    found = db.session.scalar(
        select(BankStatement)
        .where(BankStatement.id == statement_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound("statement")
    return found


def lock_lines_of_statement(statement_id: int) -> None:
    """Hold all its lines, lowest first, as matching does; they are counted, not read."""
    held = (
        select(StatementLine.id)
        .where(StatementLine.statement_id == statement_id)
        .order_by(StatementLine.id)
        .with_for_update()
        .subquery()
    )
    db.session.execute(select(func.count()).select_from(held))


def lock_waiting(statement_id: int) -> StatementSetAside | None:
    """The proposal that waits for its second signature, held."""
    return db.session.scalar(
        select(StatementSetAside)
        .where(
            StatementSetAside.statement_id == statement_id,
            StatementSetAside.state == SetAsideState.PROPOSED,
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def lock_last(statement_id: int) -> StatementSetAside | None:
    """The newest proposal about a statement, whatever became of it, held."""
    return db.session.scalar(
        select(StatementSetAside)
        .where(StatementSetAside.statement_id == statement_id)
        .order_by(StatementSetAside.id.desc())
        .limit(1)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def list_set_asides_of(statement_id: int) -> list[SetAsideRow]:
    """What was proposed about a statement, newest first (at most 50)."""
    maker, checker = aliased(User), aliased(User)
    rows = db.session.execute(
        select(StatementSetAside, maker.login, checker.login)
        .join(maker, maker.id == StatementSetAside.proposed_by)
        .outerjoin(checker, checker.id == StatementSetAside.decided_by)
        .where(StatementSetAside.statement_id == statement_id)
        .order_by(StatementSetAside.id.desc())
        .limit(STORY_MAX)
    )
    return [SetAsideRow(*row) for row in rows]


def count_waiting_set_asides(*, paths: Sequence[str] = EVERYWHERE) -> int:
    """How many statements of accounts under some paths wait for a second signature."""
    found = (
        select(func.count())
        .select_from(StatementSetAside)
        .join(BankStatement, BankStatement.id == StatementSetAside.statement_id)
        .where(
            StatementSetAside.state == SetAsideState.PROPOSED,
            in_bank_accounts(BankStatement.bank_account, paths),
        )
    )
    return db.session.scalar(found) or 0
