"""Booking. `post_entry` is the only way money moves; it never commits."""

from __future__ import annotations

from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.errors import Refusal, Refused
from marketplace.foundation.money import Money
from marketplace.ledger import errors as _errors  # noqa: F401  (registers the refusals)
from marketplace.ledger.entries import (
    ACCOUNT_KINDS,
    AccountName,
    EntryDraft,
    entry_for_reversal,
)
from marketplace.ledger.models import Account, JournalEntry, Posting
from marketplace.ledger.queries import (
    find_entry,
    get_balance_fen,
    get_draft_of,
    get_next_entry_id,
)
from marketplace.ledger.states import Side


def post_entry(draft: EntryDraft, *, actor_id: int | None) -> int:
    """Book a balanced entry and return its number.

    The same event again returns the entry that exists (an honest retry); the same event with
    other amounts is refused (`entry_differs`). Refuses `balance_too_low` and `period_closed`.
    """
    if earlier := find_entry(draft.kind, draft.key):
        return _same_entry(earlier, draft)
    return _write_entry(draft, actor_id=actor_id, reverses_id=None)


def reverse_entry(entry_id: int, *, reason: str, actor_id: int | None) -> int:
    """Book the exact negative of an entry, today, once. Refuses a reversal of a reversal."""
    original = db.session.get_one(JournalEntry, entry_id)
    if original.reverses_id is not None:
        raise Refused(Refusal("reversal_of_reversal"))
    draft = entry_for_reversal(get_draft_of(entry_id), effective_on=clock.today(), reason=reason)
    if find_entry(draft.kind, draft.key):
        raise Refused(Refusal("already_reversed"))
    return _write_entry(draft, actor_id=actor_id, reverses_id=entry_id)


def open_account(name: AccountName, *, currency: str) -> int:
    """The number of an account, opened on first use. Two openers at once get the same one."""
    account_id = db.session.scalar(select(Account.id).where(Account.code == name.code))
    if account_id is not None:
        return account_id
    kind = ACCOUNT_KINDS[name.kind]
    values = {
        "code": name.code,
        "kind": name.kind,
        "side": kind.side,
        "currency": currency,
        "guarded": kind.guarded,
        "balance_fen": 0,
        "opened_at": clock.now(),
    }
    try:
        with db.session.begin_nested():
            db.session.execute(insert(Account).values(values))
    except IntegrityError:
        pass  # opened by someone else between our look and our write
    return db.session.scalars(select(Account.id).where(Account.code == name.code)).one()


def _same_entry(earlier: JournalEntry, draft: EntryDraft) -> int:
    posted = get_draft_of(earlier.id)
    if set(posted.lines) != set(draft.lines) or posted.currency != draft.currency:
        raise Refused(Refusal("entry_differs", {"kind": draft.kind, "key": draft.key}))
    return earlier.id


def _write_entry(draft: EntryDraft, *, actor_id: int | None, reverses_id: int | None) -> int:
    # Accounts in one order for everybody: two entries over the same accounts cannot deadlock.
    lines = sorted(draft.lines, key=lambda line: line.account.code)
    ids = {line.account: open_account(line.account, currency=draft.currency) for line in lines}
    entry_id = get_next_entry_id()
    postings = [
        {
            "entry_id": entry_id,
            "account_id": ids[line.account],
            "debit_fen": line.fen if line.side is Side.DEBIT else 0,
            "credit_fen": line.fen if line.side is Side.CREDIT else 0,
        }
        for line in lines
    ]
    header = {
        "id": entry_id,
        "kind": draft.kind,
        "key": draft.key,
        "currency": draft.currency,
        "effective_on": draft.effective_on,
        "posted_at": clock.now(),
        "actor_id": actor_id,
        "memo": draft.memo,
        "reverses_id": reverses_id,
    }
    try:
        with db.session.begin_nested():
            db.session.execute(insert(Posting), postings)
            db.session.execute(insert(JournalEntry).values(header))
    except IntegrityError as error:
        raise _refused(error, draft) from error
    return entry_id


def _refused(error: IntegrityError, draft: EntryDraft) -> Exception:
    """The database's no in our words; anything unforeseen stays an error."""
    text = str(error.orig)
    if "balance_not_negative" in text:
        return Refused(_balance_refusal(draft))
    if "period is closed" in text:
        return Refused(Refusal("period_closed", {"day": draft.effective_on}))
    if "uq_journal_entry_kind" in text or "journal_entry.kind" in text:
        return Refused(Refusal("stale_state"))
    return error


def _balance_refusal(draft: EntryDraft) -> Refusal:
    for line in draft.lines:
        kind = ACCOUNT_KINDS[line.account.kind]
        balance = get_balance_fen(line.account)
        if kind.guarded and line.side is not kind.side and balance < line.fen:
            return Refusal(
                "balance_too_low",
                {
                    "available": Money(balance, draft.currency),
                    "wanted": Money(line.fen, draft.currency),
                    "account": line.account.code,
                },
            )
    return Refusal("stale_state")
