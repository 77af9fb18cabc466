"""Stored statements and their lines: what is known, what comes before what."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select

from marketplace.foundation.bulk import is_among, plan_for_the_values
from marketplace.foundation.db import db
from marketplace.foundation.errors import NotFound
from marketplace.foundation.paging import Page, PageRequest
from marketplace.funds.queries import in_bank_accounts
from marketplace.payouts.models import Payout
from marketplace.reconciliation.models import (
    BankStatement,
    ReconciliationBreak,
    ReconciliationMatch,
    ReconciliationShare,
    StatementLine,
    StatementLineSighting,
    StatementSetAside,
)
from marketplace.reconciliation.rules.identity import Span
from marketplace.reconciliation.states import SetAsideState, StatementKind

CHUNK = 500
FEW = 50
EVERYWHERE = ("",)
COUNTS = BankStatement.set_aside_at.is_(None)
"""Whether a statement counts: it was not set aside."""
BEFORE_MAX = 20


@dataclass(frozen=True, slots=True)
class KnownLine:
    """A stored line that a new file may bring again."""

    line_id: int
    line_key: str
    movement_key: str | None
    span: Span


@dataclass(frozen=True, slots=True)
class LineRow:
    """A bank line with its statement and what became of it."""

    line: StatementLine
    currency: str
    bank_account: str
    payout_code: str | None
    entry_id: int | None
    cause: str | None
    break_code: str | None
    """The difference it is or was, with what officers said about it."""
    shares: tuple[tuple[str, int], ...] = ()
    """Payouts it pays together or in part, with the entry of each."""
    known_from: str | None = None
    """The earlier statement that brought it first."""


@dataclass(frozen=True, slots=True)
class StatementRow:
    """A statement as lists show it."""

    statement: BankStatement
    gap_fen: int | None
    """Opening balance less the closing balance before it; 0 when it follows, none for the first
    and for notifications and those set aside."""
    waits: bool
    """Whether it is proposed to set it aside."""


def find_statement_by_file(file_sha256: str) -> BankStatement | None:
    """The first statement that counts and was taken from exactly this file."""
    return db.session.scalar(
        select(BankStatement)
        .where(BankStatement.file_sha256 == file_sha256, COUNTS)
        .order_by(BankStatement.id)
        .limit(1)
    )


def find_statement(bank_account: str, statement_key: str) -> BankStatement | None:
    """A statement by what it says."""
    return db.session.scalar(
        select(BankStatement).where(
            BankStatement.bank_account == bank_account,
            BankStatement.statement_key == statement_key,
        )
    )


def list_known_lines(
    line_keys: Collection[str], movement_keys: Collection[str]
) -> Iterator[KnownLine]:
    """Lines of statements that count, with one of these keys.

    Lines are looked for alone and their statements after that. Joined, PostgreSQL takes the few
    statements there are first, which it has no statistics of, and reads every line ever stored.
    """
    if len(line_keys) > FEW:
        plan_for_the_values()
    for column, keys in (
        (StatementLine.line_key, line_keys),
        (StatementLine.movement_key, movement_keys),
    ):
        wanted = sorted(keys)
        for start in range(0, len(wanted), CHUNK):
            found = db.session.execute(
                select(
                    StatementLine.id,
                    StatementLine.line_key,
                    StatementLine.movement_key,
                    StatementLine.statement_id,
                )
                .where(is_among(column, wanted[start : start + CHUNK]))
                .order_by(StatementLine.id)
                .limit(CHUNK * 100)
            ).all()
            spans = _spans_of({row.statement_id for row in found}) if found else {}
            for line_id, line_key, movement_key, statement_id in found:
                if (span := spans.get(statement_id)) is not None:
                    yield KnownLine(line_id, line_key, movement_key, span)


def _spans_of(statement_ids: Collection[int]) -> dict[int, Span]:
    """Those of some statements that count."""
    rows = db.session.execute(
        select(BankStatement.id, *_SPAN)
        .where(is_among(BankStatement.id, statement_ids), COUNTS)
        .order_by(BankStatement.id)
        .limit(len(statement_ids))
    )
    return {row[0]: _span(*row[1:]) for row in rows}


_SPAN = (
    BankStatement.code,
    BankStatement.opening_fen,
    BankStatement.closing_fen,
    BankStatement.from_on,
    BankStatement.to_on,
    BankStatement.kind,
)


def _span(
    code: str, opening: int, closing: int, from_on: date | None, to_on: date | None, kind: str
) -> Span:
    return Span(code, opening, closing, from_on, to_on, kind == StatementKind.NOTIFICATION)


def list_statements_before(
    bank_account: str, *, currency: str, begins_on: date | None
) -> list[Span]:
    """The latest statements of an account that began on or before a day, latest first."""
    wanted = (
        select(*_SPAN)
        .where(
            BankStatement.bank_account == bank_account, BankStatement.currency == currency, COUNTS
        )
        .order_by(BankStatement.to_on.desc(), BankStatement.id.desc())
        .limit(BEFORE_MAX)
    )
    if begins_on is not None:
        begun = BankStatement.from_on <= begins_on
        wanted = wanted.where(or_(begun, BankStatement.from_on.is_(None)))
    return [_span(*row) for row in db.session.execute(wanted)]


def find_balance_before(references: Collection[str], *, number_masked: str) -> int | None:
    """What a bank account held before payouts with these references left, in fen.

    The opening balance of the statement that shows one of them, else the closing balance of the
    newest proved statement of the account; None when there is none.
    """
    shown = (
        select(BankStatement.opening_fen)
        .join(StatementLine, StatementLine.statement_id == BankStatement.id)
        .where(StatementLine.end_to_end_id.in_(references), COUNTS)
        .order_by(BankStatement.id)
        .limit(1)
    )
    newest = (
        select(BankStatement.closing_fen)
        .where(
            BankStatement.bank_account_number == number_masked,
            BankStatement.kind == StatementKind.STATEMENT,
            COUNTS,
        )
        .order_by(BankStatement.to_on.desc(), BankStatement.id.desc())
        .limit(1)
    )
    found = db.session.scalar(shown)
    return found if found is not None else db.session.scalar(newest)


def find_bank_account_number(bank_account: str) -> str | None:
    """The masked number that the newest statement of this account carries; none where no statement
    shows digits of one."""
    return db.session.scalar(
        select(BankStatement.bank_account_number)
        .where(
            BankStatement.bank_account == bank_account,
            BankStatement.bank_account_number.like("**** %"),
            COUNTS,
        )
        .order_by(BankStatement.to_on.desc(), BankStatement.id.desc())
        .limit(1)
    )


WAITING = "to_sign"
"""As a wish: statements of which it is proposed to set them aside."""
SET_ASIDE = "set_aside"


def list_statements(
    page: PageRequest, *, paths: Sequence[str] = EVERYWHERE, wanted: str = ""
) -> Page[StatementRow]:
    """Imported statements of accounts under some paths, newest first; all of them, or those set
    aside, or those that wait for it."""
    waits = _waits()
    within = [in_bank_accounts(BankStatement.bank_account, paths)]
    if wanted in (WAITING, SET_ASIDE):
        within.append(waits if wanted == WAITING else ~COUNTS)
    total = db.session.scalar(select(func.count()).select_from(BankStatement).where(*within)) or 0
    rows = db.session.execute(
        select(BankStatement, waits)
        .where(*within)
        .order_by(BankStatement.id.desc())
        .offset(page.offset)
        .limit(page.limit)
    ).all()
    gaps = _gaps([statement.id for statement, _waits in rows])
    found = [StatementRow(one, gaps.get(one.id), is_proposed) for one, is_proposed in rows]
    return Page(found, total, page.number, page.limit)


def _waits() -> ColumnElement[bool]:
    return (
        select(StatementSetAside.id)
        .where(
            StatementSetAside.statement_id == BankStatement.id,
            StatementSetAside.state == SetAsideState.PROPOSED,
        )
        .correlate(BankStatement)
        .exists()
    )


def _gaps(statement_ids: Sequence[int]) -> dict[int, int | None]:
    """What lies between each of these statements and the one before it in its account."""
    shown = select(BankStatement.bank_account).where(BankStatement.id.in_(statement_ids))
    before = func.lag(BankStatement.closing_fen).over(
        partition_by=(BankStatement.bank_account, BankStatement.currency),
        order_by=(BankStatement.from_on, BankStatement.to_on, BankStatement.id),
    )
    chained = (
        select(BankStatement.id, (BankStatement.opening_fen - before).label("gap"))
        .where(
            BankStatement.kind == StatementKind.STATEMENT,
            BankStatement.bank_account.in_(shown),
            COUNTS,
        )
        .subquery()
    )
    rows = db.session.execute(
        select(chained.c.id, chained.c.gap)
        .where(chained.c.id.in_(statement_ids))
        .order_by(chained.c.id)
        .limit(len(statement_ids))
    )
    return {statement_id: gap for statement_id, gap in rows}


def get_statement_by_code(code: str, *, paths: Sequence[str] = EVERYWHERE) -> BankStatement:
    """One statement of an account under some paths."""
    found = db.session.scalar(
        select(BankStatement).where(
            BankStatement.code == code, in_bank_accounts(BankStatement.bank_account, paths)
        )
    )
    if found is None:
        raise NotFound("statement", code)
    return found


def get_statement_row(code: str, *, paths: Sequence[str] = EVERYWHERE) -> StatementRow:
    """The same as lists show it."""
    statement = get_statement_by_code(code, paths=paths)
    waits = db.session.scalar(select(_waits()).where(BankStatement.id == statement.id))
    return StatementRow(statement, _gaps([statement.id]).get(statement.id), bool(waits))


def list_lines_of_statement(statement_id: int, page: PageRequest) -> Page[LineRow]:
    """The lines a statement brought first, in the bank's order, then those known before."""
    sighted = select(StatementLineSighting.statement_line_id).where(
        StatementLineSighting.statement_id == statement_id
    )
    within = or_(StatementLine.statement_id == statement_id, StatementLine.id.in_(sighted))
    total = db.session.scalar(select(func.count()).select_from(StatementLine).where(within))
    rows = db.session.execute(
        _line_rows()
        .where(within)
        .order_by(StatementLine.statement_id != statement_id, StatementLine.number)
        .offset(page.offset)
        .limit(page.limit)
    ).all()
    shares = _shares_of([row[0].id for row in rows])
    found = [
        LineRow(
            line,
            currency,
            account,
            payout_code,
            entry_id,
            cause,
            break_code,
            shares=tuple(shares.get(line.id, ())),
            known_from=None if line.statement_id == statement_id else code,
        )
        for line, code, currency, account, payout_code, entry_id, cause, break_code in rows
    ]
    return Page(found, total or 0, page.number, page.limit)


def _line_rows() -> Select[*tuple[Any, ...]]:
    return (
        select(
            StatementLine,
            BankStatement.code,
            BankStatement.currency,
            BankStatement.bank_account,
            Payout.code,
            ReconciliationMatch.entry_id,
            ReconciliationBreak.cause,
            ReconciliationBreak.code,
        )
        .join(BankStatement, BankStatement.id == StatementLine.statement_id)
        .outerjoin(
            ReconciliationMatch,
            (ReconciliationMatch.statement_line_id == StatementLine.id)
            & ReconciliationMatch.undone_id.is_(None),
        )
        .outerjoin(Payout, Payout.id == ReconciliationMatch.payout_id)
        .outerjoin(ReconciliationBreak, ReconciliationBreak.statement_line_id == StatementLine.id)
    )


def _shares_of(line_ids: Sequence[int]) -> dict[int, list[tuple[str, int]]]:
    found: dict[int, list[tuple[str, int]]] = {}
    rows = db.session.execute(
        select(ReconciliationShare.statement_line_id, Payout.code, ReconciliationShare.entry_id)
        .join(Payout, Payout.id == ReconciliationShare.payout_id)
        .where(
            ReconciliationShare.statement_line_id.in_(line_ids),
            ReconciliationShare.undone_id.is_(None),
        )
        .order_by(ReconciliationShare.id)
        .limit(CHUNK * 100)
    )
    for line_id, payout_code, entry_id in rows:
        found.setdefault(line_id, []).append((payout_code, entry_id))
    return found
