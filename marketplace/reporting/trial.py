"""The balances of a month: by kind of ledger account, and account by account."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Select, case, func, select

from marketplace.foundation.db import db
from marketplace.foundation.paging import Page, PageRequest
from marketplace.ledger.models import Account, JournalEntry, Period, Posting
from marketplace.ledger.states import Side

KINDS_MAX = 200


@dataclass(frozen=True, slots=True)
class TrialSum:
    """What moved in a month on one ledger account, or on all of a kind. Amounts in fen, opening
    and closing on the own side of the account."""

    kind: str
    key: str
    """Whose account; empty when it is the sum of a kind."""
    currency: str
    count: int
    opening_fen: int
    debited_fen: int
    credited_fen: int
    side: Side

    @property
    def closing_fen(self) -> int:
        moved = self.debited_fen - self.credited_fen
        return self.opening_fen + (moved if self.side is Side.DEBIT else -moved)


def list_trial_kinds(period: Period) -> Sequence[TrialSum]:
    """Every kind of ledger account used up to the end of the month, with its sums."""
    rows = db.session.execute(
        _sums(period, (Account.kind, Account.side, Account.currency))
        .order_by(Account.kind, Account.side, Account.currency)
        .limit(KINDS_MAX)
    )
    return [_line(row, row.kind, "") for row in rows]


def list_trial_lines(period: Period, kind: str, page: PageRequest) -> Page[TrialSum]:
    """The ledger accounts of a kind that were used up to the end of the month, by code."""
    wanted = _sums(period, (Account.kind, Account.code, Account.side, Account.currency)).where(
        Account.kind == kind
    )
    total = db.session.scalar(select(func.count()).select_from(wanted.subquery())) or 0
    rows = db.session.execute(wanted.order_by(Account.code).offset(page.offset).limit(page.limit))
    lines = [_line(row, row.kind, row.code.removeprefix(f"{kind}:")) for row in rows]
    return Page(lines, total, page.number, page.limit)


def _sums(period: Period, by: tuple[Any, ...]) -> Select[Any]:
    growth = case(
        (Account.side == Side.DEBIT, Posting.debit_fen - Posting.credit_fen),
        else_=Posting.credit_fen - Posting.debit_fen,
    )
    before = JournalEntry.effective_on < period.first_on
    return (
        select(
            *by,
            func.count(Account.id.distinct()).label("used"),
            func.sum(case((before, growth), else_=0)).label("opening"),
            func.sum(case((before, 0), else_=Posting.debit_fen)).label("debited"),
            func.sum(case((before, 0), else_=Posting.credit_fen)).label("credited"),
        )
        .join(Posting, Posting.account_id == Account.id)
        .join(JournalEntry, JournalEntry.id == Posting.entry_id)
        .where(JournalEntry.effective_on <= period.last_on)
        .group_by(*by)
    )


def _line(row: Row[Any], kind: str, key: str) -> TrialSum:
    return TrialSum(
        kind, key, row.currency, int(row.used),
        int(row.opening), int(row.debited), int(row.credited), Side(row.side),
    )  # fmt: skip
