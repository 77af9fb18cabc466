"""Reading the books for people: statements with a running balance, single entries, payments."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Subquery, case, func, or_, select, true

from marketplace.copayments.models import Copayment, CopaymentPayment
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.errors import NotFound
from marketplace.foundation.money import Money
from marketplace.foundation.paging import Page, PageRequest
from marketplace.funds.models import Allotment
from marketplace.funds.queries import is_bank_account_in
from marketplace.institutions.models import Institution, PayoutAccount
from marketplace.institutions.states import PayoutAccountState
from marketplace.jurisdictions.models import Jurisdiction
from marketplace.ledger.models import Account, JournalEntry, Posting
from marketplace.ledger.states import Side
from marketplace.payouts.models import Payout, PayoutAttempt
from marketplace.payouts.persons.queries import owes_worker
from marketplace.payouts.states import PayoutState
from marketplace.redemption.models import Redemption
from marketplace.retentions.queries.retentions import sum_released_unsettled_fen
from marketplace.settlement.models import Settlement, SettlementLine
from marketplace.settlement.states import SettlementState

EXPORT_LINES_MAX = 100_000


OF_A_BANK_ACCOUNT = frozenset(
    {"bank:other", "bank:fees", "bank:interest", "suspense:receipts", "suspense:payments"}
)
"""Kinds whose key is a bank account's name and a currency (reconciliation.entries)."""


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """One posting on a ledger account, with the balance after it."""

    entry_id: int
    effective_on: date
    kind: str
    key: str
    debited_fen: int
    credited_fen: int
    balance_fen: int


@dataclass(frozen=True, slots=True)
class LedgerTotals:
    """A ledger account over some days."""

    opening_fen: int
    debited_fen: int
    credited_fen: int
    closing_fen: int


@dataclass(frozen=True, slots=True)
class EntryPosting:
    """One side of an entry."""

    kind: str
    key: str
    debited_fen: int
    credited_fen: int


@dataclass(frozen=True, slots=True)
class EntryView:
    """One entry with all its postings."""

    entry_id: int
    kind: str
    key: str
    currency: str
    effective_on: date
    posted_at: datetime
    memo: str | None
    reverses_id: int | None
    postings: tuple[EntryPosting, ...]


@dataclass(frozen=True, slots=True)
class PaymentProgress:
    """Where one settlement of an institution stands on its way to the bank account."""

    settlement_code: str
    period_code: str
    amount: Money
    status: str
    """A key of reporting.labels.PAYMENT_LABELS."""
    changed_at: datetime
    payable_from: date | None
    reference: str | None


def _lines(ledger_account: str) -> Subquery:
    """Every posting of an account with its running balance, in the order of effect."""
    growth = case(
        (Account.side == Side.DEBIT, Posting.debit_fen - Posting.credit_fen),
        else_=Posting.credit_fen - Posting.debit_fen,
    )
    return (
        select(
            JournalEntry.id.label("entry_id"),
            JournalEntry.effective_on,
            JournalEntry.kind,
            JournalEntry.key,
            Posting.debit_fen.label("debited_fen"),
            Posting.credit_fen.label("credited_fen"),
            func.sum(growth)
            .over(order_by=(JournalEntry.effective_on, Posting.id))
            .label("balance_fen"),
            growth.label("growth"),
            Posting.id.label("posting_id"),
        )
        .join(JournalEntry, JournalEntry.id == Posting.entry_id)
        .join(Account, Account.id == Posting.account_id)
        .where(Account.code == ledger_account)
        .subquery()
    )


def _within(lines: Subquery, from_on: date | None, to_on: date | None) -> ColumnElement[bool]:
    wanted: ColumnElement[bool] = true()
    if from_on:
        wanted = wanted & (lines.c.effective_on >= from_on)
    if to_on:
        wanted = wanted & (lines.c.effective_on <= to_on)
    return wanted


def list_ledger_lines(
    ledger_account: str,
    page: PageRequest,
    *,
    from_on: date | None = None,
    to_on: date | None = None,
) -> Page[LedgerLine]:
    """The postings of a ledger account in these days, newest first, each with its balance."""
    lines = _lines(ledger_account)
    wanted = select(lines).where(_within(lines, from_on, to_on))
    total = db.session.scalar(select(func.count()).select_from(wanted.subquery())) or 0
    rows = db.session.execute(
        wanted.order_by(lines.c.effective_on.desc(), lines.c.posting_id.desc())
        .offset(page.offset)
        .limit(page.limit)
    )
    return Page([_line(row) for row in rows], total, page.number, page.limit)


def each_ledger_line(
    ledger_account: str, *, from_on: date | None = None, to_on: date | None = None
) -> Iterator[LedgerLine]:
    """The same postings oldest first, for a download."""
    lines = _lines(ledger_account)
    rows = db.session.execute(
        select(lines)
        .where(_within(lines, from_on, to_on))
        .order_by(lines.c.effective_on, lines.c.posting_id)
        .limit(EXPORT_LINES_MAX)
    )
    yield from map(_line, rows)


def _line(row: Row[Any]) -> LedgerLine:
    return LedgerLine(
        row.entry_id,
        row.effective_on,
        row.kind,
        row.key,
        row.debited_fen,
        row.credited_fen,
        int(row.balance_fen),
    )


def get_ledger_totals(
    ledger_account: str, *, from_on: date | None = None, to_on: date | None = None
) -> LedgerTotals:
    """Opening balance, both sides and closing balance of these days."""
    lines = _lines(ledger_account)
    before = select(func.coalesce(func.sum(lines.c.growth), 0)).where(
        lines.c.effective_on < from_on if from_on else ~true()
    )
    opening = int(db.session.scalar(before) or 0)
    debits, credits_, growth = db.session.execute(
        select(
            func.coalesce(func.sum(lines.c.debited_fen), 0),
            func.coalesce(func.sum(lines.c.credited_fen), 0),
            func.coalesce(func.sum(lines.c.growth), 0),
        ).where(_within(lines, from_on, to_on))
    ).one()
    return LedgerTotals(opening, int(debits), int(credits_), opening + int(growth))


def get_entry_view(entry_id: int) -> EntryView:
    """One entry by its number."""
    entry = db.session.get(JournalEntry, entry_id)
    if entry is None:
        raise NotFound("entry", entry_id)
    rows = db.session.execute(
        select(Account.kind, Account.code, Posting.debit_fen, Posting.credit_fen)
        .join(Account, Account.id == Posting.account_id)
        .where(Posting.entry_id == entry_id)
        .order_by(Posting.credit_fen, Posting.id)
        .limit(1000)
    )
    return EntryView(
        entry.id,
        entry.kind,
        entry.key,
        entry.currency,
        entry.effective_on,
        entry.posted_at,
        entry.memo,
        entry.reverses_id,
        tuple(
            EntryPosting(kind, code.removeprefix(f"{kind}:"), debited_fen, credited_fen)
            for kind, code, debited_fen, credited_fen in rows
        ),
    )


def sum_unsettled_fen(institution_id: int) -> int:
    """What an institution has earned, or was released to it, and no settlement holds yet."""
    held = select(SettlementLine.id).where(
        SettlementLine.redemption_id == Redemption.id, SettlementLine.released_at.is_(None)
    )
    found = db.session.scalar(
        select(func.coalesce(func.sum(Redemption.amount_fen), 0)).where(
            Redemption.institution_id == institution_id,
            Redemption.reversal_entry_id.is_(None),
            ~held.exists(),
        )
    )
    return int(found or 0) + sum_released_unsettled_fen(institution_id)


def list_payment_progress(institution_id: int, page: PageRequest) -> Page[PaymentProgress]:
    """Each settlement of an institution: what was done, what comes next, newest first."""
    wanted = (
        select(Settlement, Payout, PayoutAttempt.end_to_end_id, PayoutAccount.payable_from)
        .outerjoin(Payout, Payout.settlement_id == Settlement.id)
        .outerjoin(
            PayoutAttempt,
            (PayoutAttempt.payout_id == Payout.id) & (PayoutAttempt.number == Payout.attempt),
        )
        .outerjoin(
            PayoutAccount,
            (PayoutAccount.institution_id == Settlement.institution_id)
            & (PayoutAccount.state == PayoutAccountState.VERIFIED),
        )
        .where(
            Settlement.institution_id == institution_id,
            Settlement.state != SettlementState.REJECTED,
        )
    )
    total = db.session.scalar(
        select(func.count()).select_from(wanted.with_only_columns(Settlement.id).subquery())
    )
    rows = db.session.execute(
        wanted.order_by(Settlement.id.desc()).offset(page.offset).limit(page.limit)
    )
    found = [
        PaymentProgress(
            settlement.code,
            settlement.period_code,
            Money(settlement.amount_fen - settlement.netted_fen, settlement.currency),
            _status(settlement, payout, payable_from),
            payout.changed_at if payout else settlement.decided_at or settlement.prepared_at,
            payable_from,
            reference,
        )
        for settlement, payout, reference, payable_from in rows
    ]
    return Page(found, total or 0, page.number, page.limit)


def _status(settlement: Settlement, payout: Payout | None, payable_from: date | None) -> str:
    if settlement.state == SettlementState.PREPARED:
        return "settlement_prepared"
    if payout is not None and payout.state != PayoutState.PREPARED:
        return payout.state.value
    if settlement.netted_fen == settlement.amount_fen:
        return "netted"
    if payable_from is None:
        return "no_payout_account"
    if payable_from > clock.today():
        return "account_held"
    return "prepared" if payout is not None else "settlement_approved"


def is_in_subtrees(kind: str, key: str, *, paths: Sequence[str]) -> bool:
    """May an officer of these subtrees read this ledger account?

    Accounts of an institution or allotment belong to its jurisdiction, those of a bank account to
    the office that keeps it, those of a person to the allotments that owe them something; funds,
    bank rails and clearing are common to all officers.
    """
    if "" in paths:
        return True
    if kind in OF_A_BANK_ACCOUNT:
        return is_bank_account_in(key.rpartition(".")[0], paths=paths)
    if kind.endswith(":copayment"):
        return _copayment_path_in(key, paths)
    if kind.endswith(":worker"):
        return owes_worker(key, paths=paths)
    owner: Any = {"institution": Institution, "allotment": Allotment}.get(_owner_of(kind))
    if owner is None:
        return bool(paths)
    path: str | None = db.session.scalar(
        select(Jurisdiction.path)
        .join(owner, owner.jurisdiction_id == Jurisdiction.id)
        .where(owner.code == key)
    )
    return path is not None and path.startswith(tuple(paths))


def is_entry_in_subtrees(entry: EntryView, *, paths: Sequence[str]) -> bool:
    """May an officer of these subtrees read this entry? One owned side inside is enough; an
    entry between common accounts (fund, bank) is common to all officers."""
    owned = [posting for posting in entry.postings if _owner_of(posting.kind)]
    return any(is_in_subtrees(p.kind, p.key, paths=paths) for p in owned or entry.postings)


OWNERS = ("institution", "allotment", "copayment", "worker")


def _owner_of(kind: str) -> str:
    if kind in OF_A_BANK_ACCOUNT:
        return "bank account"
    return next((word for word in OWNERS if word in kind), "")


def _copayment_path_in(key: str, paths: Sequence[str]) -> bool:
    """Whether a co-payment or a payment of one is of an institution in these subtrees."""
    code = key.partition(":")[0]
    path: str | None = db.session.scalar(
        select(Jurisdiction.path)
        .join(Institution, Institution.jurisdiction_id == Jurisdiction.id)
        .join(Copayment, Copayment.institution_id == Institution.id)
        .outerjoin(CopaymentPayment, CopaymentPayment.copayment_id == Copayment.id)
        .where(or_(Copayment.code == code, CopaymentPayment.code == code))
        .limit(1)
    )
    return path is not None and path.startswith(tuple(paths))
