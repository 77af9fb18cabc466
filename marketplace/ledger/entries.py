"""A journal entry before it is posted: pure, and balanced by construction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from marketplace.foundation.money import Money
from marketplace.ledger.states import Side


@dataclass(frozen=True, slots=True)
class AccountName:
    """An account by its code; opened on first use with the side and guard of its kind."""

    kind: str
    key: str

    @property
    def code(self) -> str:
        return f"{self.kind}:{self.key}"


@dataclass(frozen=True, slots=True)
class AccountKind:
    """How accounts of a kind behave."""

    side: Side
    guarded: bool


ACCOUNT_KINDS: dict[str, AccountKind] = {
    "fund:appropriated": AccountKind(Side.DEBIT, guarded=True),
    "fund:unallotted": AccountKind(Side.CREDIT, guarded=True),
    "allotment:available": AccountKind(Side.CREDIT, guarded=True),
    "allotment:committed": AccountKind(Side.CREDIT, guarded=True),
    "allotment:set_aside": AccountKind(Side.CREDIT, guarded=True),
    "fund:frozen": AccountKind(Side.CREDIT, guarded=True),
    "allotment:frozen": AccountKind(Side.CREDIT, guarded=True),
    "payable:institution": AccountKind(Side.CREDIT, guarded=True),
    "retention:institution": AccountKind(Side.CREDIT, guarded=True),
    # One account a person: what they are owed beside their training.
    "payable:worker": AccountKind(Side.CREDIT, guarded=True),
    "receivable:institution": AccountKind(Side.DEBIT, guarded=True),
    # One account a person: what they have to give back.
    "receivable:worker": AccountKind(Side.DEBIT, guarded=True),
    # Given back on an account of the treasury, of which no statements are read here.
    "treasury:repaid": AccountKind(Side.DEBIT, guarded=True),
    "advance:institution": AccountKind(Side.DEBIT, guarded=True),
    "clearing:rail": AccountKind(Side.CREDIT, guarded=True),
    "bank:paid": AccountKind(Side.CREDIT, guarded=False),
    "bank:other": AccountKind(Side.CREDIT, guarded=False),
    "bank:fees": AccountKind(Side.DEBIT, guarded=False),
    "bank:interest": AccountKind(Side.CREDIT, guarded=False),
    "suspense:receipts": AccountKind(Side.CREDIT, guarded=True),
    "suspense:payments": AccountKind(Side.DEBIT, guarded=True),
    "overpaid:institution": AccountKind(Side.DEBIT, guarded=True),
    "overpaid:worker": AccountKind(Side.DEBIT, guarded=True),
    "clearing:region": AccountKind(Side.CREDIT, guarded=False),
    # What moves on the Stripe balance beside co-payments, their refunds and transfers.
    "stripe:other": AccountKind(Side.CREDIT, guarded=False),
    "stripe:fees": AccountKind(Side.DEBIT, guarded=False),
    "stripe:bank": AccountKind(Side.DEBIT, guarded=False),
    "suspense:stripe": AccountKind(Side.DEBIT, guarded=False),
    # The book of co-payments, which never meets the accounts above in one entry.
    "receivable:copayment": AccountKind(Side.DEBIT, guarded=True),
    "payable:copayment": AccountKind(Side.CREDIT, guarded=True),
    "held:copayment": AccountKind(Side.DEBIT, guarded=True),
    "refundable:copayment": AccountKind(Side.CREDIT, guarded=True),
}
"""The chart of accounts (domain: Money). A guarded balance may never fall below zero."""


@dataclass(frozen=True, slots=True)
class Line:
    """One posting to be: an account and the amount on one side."""

    account: AccountName
    side: Side
    fen: int


@dataclass(frozen=True, slots=True)
class EntryDraft:
    """A business fact in the words of the books."""

    kind: str
    key: str
    currency: str
    effective_on: date
    memo: str
    lines: tuple[Line, ...]


def debit(account: AccountName, amount: Money) -> Line:
    return Line(account, Side.DEBIT, amount.fen)


def credit(account: AccountName, amount: Money) -> Line:
    return Line(account, Side.CREDIT, amount.fen)


def draft_entry(
    kind: str, key: str, *, effective_on: date, memo: str, currency: str, lines: Sequence[Line]
) -> EntryDraft:
    """Put a draft together. Amounts are positive, both sides agree, no account comes twice."""
    assert len(lines) >= 2, "an entry has at least two postings"
    assert all(line.fen > 0 for line in lines), "amounts are positive; the side says the sign"
    assert len({line.account for line in lines}) == len(lines), "an account comes once"
    debits = sum(line.fen for line in lines if line.side is Side.DEBIT)
    credits_ = sum(line.fen for line in lines if line.side is Side.CREDIT)
    assert debits == credits_, "debits and credits agree to the fen"
    return EntryDraft(kind, key, currency, effective_on, memo, tuple(lines))


def entry_for_reversal(original: EntryDraft, *, effective_on: date, reason: str) -> EntryDraft:
    """The exact negative of an entry: every debit a credit, every credit a debit."""
    other = {Side.DEBIT: Side.CREDIT, Side.CREDIT: Side.DEBIT}
    lines = [Line(line.account, other[line.side], line.fen) for line in original.lines]
    return draft_entry(
        "reversal",
        f"{original.kind}:{original.key}",
        effective_on=effective_on,
        memo=reason,
        currency=original.currency,
        lines=lines,
    )
