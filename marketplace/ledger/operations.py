"""Booking. `post_entry` is the only way money moves; it never commits."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping, Sequence
from datetime import date
from itertools import pairwise

from sqlalchemy import insert, select, text, update
from sqlalchemy.exc import IntegrityError

from marketplace.audit.operations import record_event
from marketplace.foundation import clock
from marketplace.foundation.db import db, dialect_name, table_of
from marketplace.foundation.errors import Refusal, Refused
from marketplace.foundation.money import Money
from marketplace.ledger import errors as _errors  # noqa: F401  (registers the refusals)
from marketplace.ledger.at_once import book_at_once
from marketplace.ledger.entries import (
    ACCOUNT_KINDS,
    AccountName,
    EntryDraft,
    Line,
    entry_for_reversal,
)
from marketplace.ledger.models import Account, JournalEntry, Period, Posting
from marketplace.ledger.queries import (
    find_account_ids,
    find_entry,
    get_balance_fen,
    get_draft_of,
    get_entry,
    get_next_entry_id,
    is_any_booked,
    lock_balances,
    lock_period,
)
from marketplace.ledger.states import PeriodState, Side

_POSTED = ("account_id", "debit_fen", "credit_fen")
_INSERT_POSTING = insert(table_of(Posting))
_INSERT_HEADER = insert(table_of(JournalEntry))
_INSERT_POSTINGS_DRAWING = text(
    """
    INSERT INTO posting (entry_id, account_id, debit_fen, credit_fen)
    SELECT CASE WHEN opens THEN nextval('journal_entry_number')
                ELSE currval('journal_entry_number') END, account_id, debit_fen, credit_fen
    FROM unnest(CAST(:opens AS boolean[]), CAST(:account_id AS bigint[]),
                CAST(:debit_fen AS bigint[]), CAST(:credit_fen AS bigint[]))
         WITH ORDINALITY AS line (opens, account_id, debit_fen, credit_fen, place)
    ORDER BY place
    RETURNING entry_id
    """
)


def post_entry(draft: EntryDraft, *, actor_id: int | None) -> int:
    """Book a balanced entry and return its number.

    The same event again returns the entry that exists (an honest retry); the same event with
    other amounts is refused (`entry_differs`). Refuses `balance_too_low` and `period_closed`.
    """
    if earlier := find_entry(draft.kind, draft.key):
        return _same_entry(earlier, draft)
    entry_id = _write_entry(draft, actor_id=actor_id, reverses_id=None)
    if entry_id is not None:
        return entry_id
    # The same event was booked by someone else while we wrote: theirs is ours.
    booked = find_entry(draft.kind, draft.key)
    assert booked is not None, "the database said it is booked"
    return _same_entry(booked, draft)


def post_entries(drafts: Sequence[EntryDraft], *, actor_id: int | None) -> list[int]:
    """Book many events in a few statements; their numbers, in the order given.

    Means and refuses the same as `post_entry` for one after the other; only that on PostgreSQL
    money one of them brings may be spent by another, as nobody can read the state between.
    """
    if numbers := book_at_once(drafts, actor_id=actor_id):
        return numbers
    if not is_any_booked(drafts):
        accounts = _stand_ready(drafts)
        lock_balances(accounts.values())
        try:
            with db.session.begin_nested():
                return _insert_entries(drafts, accounts, actor_id=actor_id)
        except IntegrityError:
            pass  # the books refuse one of them: one by one they say which, and why
    return [post_entry(draft, actor_id=actor_id) for draft in drafts]


def reverse_entry(
    entry_id: int, *, reason: str, actor_id: int | None, effective_on: date | None = None
) -> int:
    """Book the exact negative of an entry, once: today, or on a day whose month is open, where the
    month that holds the mistake shall not show it. Refuses a reversal of a reversal."""
    original = get_entry(entry_id)
    if original.reverses_id is not None:
        raise Refused(Refusal("reversal_of_reversal"))
    day = effective_on or clock.today()
    draft = entry_for_reversal(get_draft_of(entry_id), effective_on=day, reason=reason)
    if find_entry(draft.kind, draft.key):
        raise Refused(Refusal("already_reversed"))
    reversal_id = _write_entry(draft, actor_id=actor_id, reverses_id=entry_id)
    if reversal_id is None:
        raise Refused(Refusal("already_reversed"))
    return reversal_id


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


def _write_entry(draft: EntryDraft, *, actor_id: int | None, reverses_id: int | None) -> int | None:
    """Postings first, header last (the header's trigger proves them); none if booked already."""
    if reverses_id is None and (numbers := book_at_once([draft], actor_id=actor_id)):
        return numbers[0]
    accounts = _stand_ready([draft])
    lock_balances(accounts.values())
    try:
        with db.session.begin_nested():
            [entry_id] = _insert_entries(
                [draft], accounts, actor_id=actor_id, reverses_id=reverses_id
            )
    except IntegrityError as error:
        # Whoever booked the same event while we waited may have left us without the money.
        if _is_booked_already(error) or find_entry(draft.kind, draft.key):
            return None
        raise _refused(error, draft) from error
    return entry_id


def _stand_ready(drafts: Sequence[EntryDraft]) -> dict[AccountName, int]:
    """Months and accounts of these entries, opened on first use: the number of each account."""
    for day in sorted({draft.effective_on for draft in drafts}):
        open_period(day)
    currencies = {line.account: draft.currency for draft in drafts for line in draft.lines}
    ids = find_account_ids(currencies)
    for name in sorted(currencies.keys() - ids.keys(), key=lambda name: name.code):
        ids[name] = open_account(name, currency=currencies[name])
    return ids


def _insert_entries(
    drafts: Sequence[EntryDraft],
    accounts: Mapping[AccountName, int],
    *,
    actor_id: int | None,
    reverses_id: int | None = None,
) -> list[int]:
    """Postings first, headers last (a header's trigger proves its postings)."""
    # Accounts in one order for everybody: two entries over the same accounts cannot deadlock.
    lines = [
        (place, accounts[line.account], line)
        for place, draft in enumerate(drafts)
        for line in sorted(draft.lines, key=lambda line: line.account.code)
    ]
    if dialect_name() == "postgresql":
        numbers = _insert_postings_drawing_numbers(lines)
    else:
        first = get_next_entry_id()
        numbers = [first + place for place in range(len(drafts))]
        rows = [_posting(numbers[place], account_id, line) for place, account_id, line in lines]
        db.session.execute(_INSERT_POSTING, rows)
    headers = [
        {
            "id": number,
            "kind": draft.kind,
            "key": draft.key,
            "currency": draft.currency,
            "effective_on": draft.effective_on,
            "posted_at": clock.now(),
            "actor_id": actor_id,
            "memo": draft.memo,
            "reverses_id": reverses_id,
        }
        for number, draft in zip(numbers, drafts, strict=True)
    ]
    db.session.execute(_INSERT_HEADER, headers)
    return numbers


def _posting(entry_id: int, account_id: int, line: Line) -> dict[str, int]:
    return {
        "entry_id": entry_id,
        "account_id": account_id,
        "debit_fen": line.fen if line.side is Side.DEBIT else 0,
        "credit_fen": line.fen if line.side is Side.CREDIT else 0,
    }


def _insert_postings_drawing_numbers(lines: Sequence[tuple[int, int, Line]]) -> list[int]:
    """PostgreSQL takes a posting only for the number its connection drew last (migration 0002).

    So the numbers are drawn in the same statement, each at the first line of its entry.
    """
    rows = [_posting(0, account_id, line) for _place, account_id, line in lines]
    places = [place for place, _account_id, _line in lines]
    written = db.session.execute(
        _INSERT_POSTINGS_DRAWING,
        {
            "opens": [place != before for before, place in pairwise([None, *places])],
            **{name: [row[name] for row in rows] for name in _POSTED},
        },
    )
    return sorted({int(entry_id) for (entry_id,) in written})


BOOKED_ALREADY = ("uq_journal_entry_", "event is booked already", "entry is reversed already")


def _is_booked_already(error: IntegrityError) -> bool:
    return any(sign in str(error.orig) for sign in BOOKED_ALREADY)


def _refused(error: IntegrityError, draft: EntryDraft) -> Exception:
    """The database's no in our words; anything unforeseen stays an error."""
    reason = str(error.orig)
    if "balance_not_negative" in reason:
        return Refused(_balance_refusal(draft))
    if "period is closed" in reason:
        return Refused(Refusal("period_closed", {"day": draft.effective_on}))
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


def open_period(day: date) -> None:
    """Make sure the accounting month of a day exists; it begins open."""
    first_on = day.replace(day=1)
    if db.session.scalar(select(Period.id).where(Period.first_on == first_on)) is not None:
        return
    values = {
        "code": f"{day:%Y-%m}",
        "first_on": first_on,
        "last_on": day.replace(day=monthrange(day.year, day.month)[1]),
        "state": PeriodState.OPEN,
    }
    try:
        with db.session.begin_nested():
            db.session.execute(insert(Period).values(values))
    except IntegrityError:
        pass  # opened by someone else between our look and our write


def start_closing_period(code: str, *, actor_id: int) -> None:
    """First signature: announce that a past month will close. It still takes entries.

    Refuses `period_not_over` and `state_forbids`.
    """
    period = lock_period(code)
    if period.state is not PeriodState.OPEN:
        raise Refused(Refusal("state_forbids", {"state": period.state.value}))
    if period.last_on >= clock.today():
        raise Refused(Refusal("period_not_over", {"period": code}))
    _move_period(period, PeriodState.CLOSING, {"closing_by": actor_id})
    record_event("period.closing", subject_kind="period", subject_code=code, actor_id=actor_id)


def close_period(code: str, *, actor_id: int) -> None:
    """Second signature, another person's: nothing is posted into the month from now on.

    Refuses `state_forbids` and `same_person`. Waits for entries being written at this moment,
    so that none slips in behind the closing.
    """
    if dialect_name() == "postgresql":
        db.session.execute(text("LOCK TABLE journal_entry IN SHARE ROW EXCLUSIVE MODE"))
    period = lock_period(code)
    if period.state is not PeriodState.CLOSING:
        raise Refused(Refusal("state_forbids", {"state": period.state.value}))
    if period.closing_by == actor_id:
        raise Refused(Refusal("same_person"))
    signed = {"closed_by": actor_id, "closed_at": clock.now()}
    _move_period(period, PeriodState.CLOSED, signed)
    record_event("period.closed", subject_kind="period", subject_code=code, actor_id=actor_id)


def _move_period(period: Period, state: PeriodState, signed: dict[str, object]) -> None:
    moved = db.session.execute(
        update(Period)
        .where(Period.id == period.id, Period.state == period.state)
        .values(state=state, **signed)
        .returning(Period.id)
    ).scalar_one_or_none()
    if moved is None:
        raise Refused(Refusal("stale_state"))
