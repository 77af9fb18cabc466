"""Accounting months as the end of a month reads them: sums per ledger account, every entry."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from sqlalchemy import case, func, select

from marketplace.foundation.db import db
from marketplace.foundation.errors import NotFound
from marketplace.foundation.paging import Page, PageRequest
from marketplace.ledger.models import Account, JournalEntry, Period, Posting, SealLeaf
from marketplace.ledger.states import PeriodState, Side


@dataclass(frozen=True, slots=True)
class TrialLine:
    """A ledger account over a month: on its own side, in fen."""

    ledger_account: str
    side: Side
    currency: str
    opening_fen: int
    debited_fen: int
    credited_fen: int

    @property
    def closing_fen(self) -> int:
        moved = self.debited_fen - self.credited_fen
        return self.opening_fen + (moved if self.side is Side.DEBIT else -moved)


@dataclass(frozen=True, slots=True)
class JournalRow:
    """One posting with its entry."""

    entry_id: int
    kind: str
    key: str
    effective_on: date
    posted_at: str
    ledger_account: str
    debited_fen: int
    credited_fen: int


def list_periods(page: PageRequest) -> Page[Period]:
    """Every accounting month that has entries, newest first."""
    total = db.session.scalar(select(func.count()).select_from(Period)) or 0
    rows = db.session.scalars(
        select(Period).order_by(Period.first_on.desc()).offset(page.offset).limit(page.limit)
    ).all()
    return Page(rows, total, page.number, page.limit)


def count_periods_to_close(*, user_id: int) -> int:
    """Months that one officer announced to close, and another than this one has to sign."""
    return (
        db.session.scalar(
            select(func.count())
            .select_from(Period)
            .where(Period.state == PeriodState.CLOSING, Period.closing_by != user_id)
        )
        or 0
    )


def get_period(code: str) -> Period:
    """A month by its code, `2026-11`; not found when nothing was ever booked in it."""
    period = db.session.scalar(
        select(Period).where(Period.code == code).execution_options(populate_existing=True)
    )
    if period is None:
        raise NotFound("period", code)
    return period


def find_open_period_before(first_on: date) -> Period | None:
    """The earliest month before a day that is not closed."""
    return db.session.scalar(
        select(Period)
        .where(Period.first_on < first_on, Period.state != PeriodState.CLOSED)
        .order_by(Period.first_on)
        .limit(1)
    )


def count_unsealed_in(period: Period) -> int:
    """Entries of a month that no block holds yet."""
    sealed = select(SealLeaf.entry_id).where(SealLeaf.entry_id == JournalEntry.id)
    found = (
        select(func.count())
        .select_from(JournalEntry)
        .where(JournalEntry.effective_on.between(period.first_on, period.last_on), ~sealed.exists())
    )
    return db.session.scalar(found) or 0


def count_entries_in(period: Period) -> int:
    """Entries of a month."""
    found = (
        select(func.count())
        .select_from(JournalEntry)
        .where(JournalEntry.effective_on.between(period.first_on, period.last_on))
    )
    return db.session.scalar(found) or 0


def each_trial_line(period: Period) -> Iterator[TrialLine]:
    """Every ledger account used up to the end of a month, by code."""
    growth = case(
        (Account.side == Side.DEBIT, Posting.debit_fen - Posting.credit_fen),
        else_=Posting.credit_fen - Posting.debit_fen,
    )
    before = JournalEntry.effective_on < period.first_on
    rows = db.session.execute(
        select(
            Account.code,
            Account.side,
            Account.currency,
            func.sum(case((before, growth), else_=0)),
            func.sum(case((before, 0), else_=Posting.debit_fen)),
            func.sum(case((before, 0), else_=Posting.credit_fen)),
        )
        .join(Posting, Posting.account_id == Account.id)
        .join(JournalEntry, JournalEntry.id == Posting.entry_id)
        .where(JournalEntry.effective_on <= period.last_on)
        .group_by(Account.code, Account.side, Account.currency)
        .order_by(Account.code)
    )
    for code, side, currency, opening, debited, credited in rows:
        yield TrialLine(code, Side(side), currency, int(opening), int(debited), int(credited))


def each_journal_row(period: Period) -> Iterator[JournalRow]:
    """Every posting of a month, in the order of booking."""
    rows = db.session.execute(
        select(
            JournalEntry.id,
            JournalEntry.kind,
            JournalEntry.key,
            JournalEntry.effective_on,
            JournalEntry.posted_at,
            Account.code,
            Posting.debit_fen,
            Posting.credit_fen,
        )
        .join(Posting, Posting.entry_id == JournalEntry.id)
        .join(Account, Account.id == Posting.account_id)
        .where(JournalEntry.effective_on.between(period.first_on, period.last_on))
        .order_by(JournalEntry.id, Posting.id)
        .execution_options(yield_per=5_000)
    )
    for entry_id, kind, key, effective_on, posted_at, code, debit_fen, credit_fen in rows:
        yield JournalRow(
            entry_id,
            kind,
            key,
            effective_on,
            posted_at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            code,
            debit_fen,
            credit_fen,
        )
