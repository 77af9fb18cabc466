"""Reading the books."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    ScalarSelect,
    Text,
    and_,
    bindparam,
    case,
    cast,
    func,
    or_,
    select,
    text,
)
from sqlalchemy.orm import aliased

from marketplace.foundation.db import db, dialect_name, table_of
from marketplace.foundation.direct import Direct, ask, is_among
from marketplace.foundation.errors import NotFound
from marketplace.ledger.entries import AccountName, EntryDraft, Line
from marketplace.ledger.models import Account, BalanceSlot, JournalEntry, Period, Posting
from marketplace.ledger.states import PeriodState, Side

CODES_AT_ONCE = 500
_ENTRY, _ACCOUNT, _SLOT = map(table_of, (JournalEntry, Account, BalanceSlot))


def kept_balance() -> ColumnElement[int]:
    """Inside a statement on `account`: what a guarded one holds, in its own row and its slots."""
    in_slots = select(func.sum(_SLOT.c.balance_fen)).where(_SLOT.c.account_id == _ACCOUNT.c.id)
    # A sum is of another type than what is summed on PostgreSQL.
    slots_fen = cast(func.coalesce(in_slots.scalar_subquery(), 0), BigInteger)
    return (_ACCOUNT.c.balance_fen + slots_fen).label("balance_fen")


_ANY_BOOKED = (
    select(_ENTRY.c.id)
    .where(_ENTRY.c.kind == bindparam("kind"), _ENTRY.c.key.in_(bindparam("keys", expanding=True)))
    .limit(1)
)
_ACCOUNT_IDS = select(_ACCOUNT.c.code, _ACCOUNT.c.id).where(
    _ACCOUNT.c.code.in_(bindparam("codes", expanding=True))
)
_BALANCE = select(_ACCOUNT.c.id, _ACCOUNT.c.side, _ACCOUNT.c.guarded, kept_balance()).where(
    _ACCOUNT.c.code == bindparam("code")
)
# As the trigger's UPDATE does, not stronger: foreign keys of other postings need not wait.
_LOCK_BALANCES = text("SELECT hold_accounts(CAST(:ids AS bigint[]))")


def find_entry(kind: str, key: str) -> JournalEntry | None:
    """The entry of a business event, if it was booked."""
    return db.session.scalar(
        select(JournalEntry).where(JournalEntry.kind == kind, JournalEntry.key == key)
    )


def is_any_booked(drafts: Sequence[EntryDraft]) -> bool:
    """Whether one of these events has an entry already."""
    keys: dict[str, list[str]] = {}
    for draft in drafts:
        keys.setdefault(draft.kind, []).append(draft.key)
    return any(
        db.session.execute(_ANY_BOOKED, {"kind": kind, "keys": some}).first() is not None
        for kind, of_kind in keys.items()
        for some in _chunks(of_kind)
    )


def find_account_ids(names: Collection[AccountName]) -> dict[AccountName, int]:
    """Numbers of those of the accounts that are open."""
    by_code = {name.code: name for name in names}
    return {
        by_code[code]: int(account_id)
        for codes in _chunks(list(by_code))
        for code, account_id in db.session.execute(_ACCOUNT_IDS, {"codes": codes})
    }


def lock_balances(account_ids: Collection[int]) -> None:
    """Guarded accounts, ours until the end of the unit of work, taken in one order."""
    if dialect_name() == "postgresql":
        db.session.execute(_LOCK_BALANCES, {"ids": list(account_ids)})


def get_entry(entry_id: int) -> JournalEntry:
    """An entry by its number."""
    entry = db.session.get(JournalEntry, entry_id)
    if entry is None:
        raise NotFound("journal entry", entry_id)
    return entry


def is_entry_on(entry_id: int, *, account_code: str) -> bool:
    """Whether an entry has a posting on an account: whose account it is decides who may see it."""
    found = db.session.scalar(
        select(Posting.id)
        .join(Account, Account.id == Posting.account_id)
        .where(Posting.entry_id == entry_id, Account.code == account_code)
        .limit(1)
    )
    return found is not None


def get_draft_of(entry_id: int) -> EntryDraft:
    """A posted entry in the form it was drafted in."""
    entry = get_entry(entry_id)
    rows = db.session.execute(
        select(Account.kind, Account.code, Posting.debit_fen, Posting.credit_fen)
        .join(Account, Account.id == Posting.account_id)
        .where(Posting.entry_id == entry_id)
        .order_by(Posting.id)
        .limit(1000)
    )
    lines = tuple(
        Line(
            AccountName(kind, code.removeprefix(f"{kind}:")),
            Side.DEBIT if debit_fen else Side.CREDIT,
            debit_fen or credit_fen,
        )
        for kind, code, debit_fen, credit_fen in rows
    )
    return EntryDraft(
        entry.kind, entry.key, entry.currency, entry.effective_on, entry.memo or "", lines
    )


def get_balance_fen(account: AccountName) -> int:
    """What an account holds, on its own side; 0 for one never used."""
    row = db.session.execute(_BALANCE, {"code": account.code}).one_or_none()
    if row is None:
        return 0
    if row.guarded:
        return int(row.balance_fen)
    return sum_postings_fen(row.id, row.side)


def guarded_balance_of(code: ColumnElement[str]) -> ScalarSelect[int]:
    """Inside another statement: what the guarded account of a code holds; NULL: never used."""
    return select(kept_balance()).where(_ACCOUNT.c.code == code).scalar_subquery()


def sum_postings_fen(account_id: int, side: Side) -> int:
    """The balance by adding up every posting: the slow second path, which must agree."""
    debits, credits_ = db.session.execute(
        select(
            func.coalesce(func.sum(Posting.debit_fen), 0),
            func.coalesce(func.sum(Posting.credit_fen), 0),
        ).where(Posting.account_id == account_id)
    ).one()
    difference = int(debits) - int(credits_)
    return difference if side is Side.DEBIT else -difference


@dataclass(frozen=True, slots=True)
class Booked:
    """What the books say of one business event."""

    entry_id: int
    amount_fen: int
    is_reversed: bool


def get_balances_fen(kind: str) -> dict[str, int]:
    """Key -> balance of every account of a guarded kind, for checks over all of them."""
    rows = db.session.execute(
        select(Account.code, kept_balance()).where(Account.kind == kind, Account.guarded)
    )
    return {code.removeprefix(f"{kind}:"): int(balance_fen) for code, balance_fen in rows}


def get_sums_fen(kind: str) -> dict[str, int]:
    """Key -> balance of every account of a kind, guarded or not, from its postings."""
    moved = func.sum(Posting.credit_fen - Posting.debit_fen)
    rows = db.session.execute(
        select(Account.code, Account.side, moved)
        .join(Posting, Posting.account_id == Account.id)
        .where(Account.kind == kind)
        .group_by(Account.code, Account.side)
    )
    return {
        code.removeprefix(f"{kind}:"): int(fen) if side is Side.CREDIT else -int(fen)
        for code, side, fen in rows
    }


def get_received_fen(kind: str, *, entry_kind: str) -> dict[str, int]:
    """Key -> what accounts of a kind were credited by entries of a kind, for checks."""
    rows = db.session.execute(
        select(Account.code, func.sum(Posting.credit_fen))
        .join(Posting, Posting.account_id == Account.id)
        .join(JournalEntry, JournalEntry.id == Posting.entry_id)
        .where(Account.kind == kind, JournalEntry.kind == entry_kind)
        .group_by(Account.code)
    )
    return {code.removeprefix(f"{kind}:"): int(received) for code, received in rows}


def get_booked(entry_kind: str) -> dict[str, Booked]:
    """Natural key -> entry, amount and whether it was reversed, for checks over a whole kind."""
    reversal = aliased(JournalEntry)
    rows = db.session.execute(
        select(
            JournalEntry.key,
            JournalEntry.id,
            func.sum(Posting.debit_fen),
            func.count(reversal.id),
        )
        .join(Posting, Posting.entry_id == JournalEntry.id)
        .outerjoin(reversal, reversal.reverses_id == JournalEntry.id)
        .where(JournalEntry.kind == entry_kind)
        .group_by(JournalEntry.key, JournalEntry.id)
    )
    return {
        key: Booked(entry_id, int(amount_fen), bool(reversed_by))
        for key, entry_id, amount_fen, reversed_by in rows
    }


def count_entries() -> int:
    """All entries in the books."""
    return db.session.scalar(select(func.count()).select_from(JournalEntry)) or 0


def count_postings() -> int:
    """All postings in the books."""
    return db.session.scalar(select(func.count()).select_from(Posting)) or 0


def count_entries_by_kind() -> dict[str, int]:
    """How often each kind of event was booked."""
    rows = db.session.execute(select(JournalEntry.kind, func.count()).group_by(JournalEntry.kind))
    return {kind: int(count) for kind, count in rows}


def get_newest_entry_id() -> int:
    """The highest entry number so far; 0 in empty books."""
    return int(db.session.scalar(select(func.coalesce(func.max(JournalEntry.id), 0))) or 0)


def list_entry_ids_after(entry_id: int) -> Sequence[int]:
    """Numbers of the entries booked after one, in order; at most a thousand."""
    return db.session.scalars(
        select(JournalEntry.id)
        .where(JournalEntry.id > entry_id)
        .order_by(JournalEntry.id)
        .limit(1000)
    ).all()


def get_next_entry_id() -> int:
    """The number of the entry being written; its postings need it before the header exists."""
    if dialect_name() == "postgresql":
        return int(db.session.scalar(text("SELECT nextval('journal_entry_number')")))
    # Safe on SQLite: the write lock is ours alone and postings are never deleted.
    return int(db.session.scalar(select(func.coalesce(func.max(Posting.entry_id), 0))) or 0) + 1


def is_month_closed(day: date) -> bool:
    """Whether the accounting month of a day takes no more entries."""
    found = select(Period.id).where(
        Period.first_on <= day, Period.last_on >= day, Period.state == PeriodState.CLOSED
    )
    return db.session.scalar(found) is not None


def list_closed_months(first_on: date, last_on: date) -> Sequence[str]:
    """Closed accounting months that have a day from the one to the other, oldest first (at most
    120)."""
    return db.session.scalars(
        select(Period.code)
        .where(
            Period.first_on <= last_on,
            Period.last_on >= first_on,
            Period.state == PeriodState.CLOSED,
        )
        .order_by(Period.first_on)
        .limit(120)
    ).all()


def lock_period(code: str) -> Period:
    """An accounting month, held until the end of the unit of work."""
    period = db.session.scalar(
        select(Period)
        .where(Period.code == code)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if period is None:
        raise NotFound("period", code)
    return period


@dataclass(frozen=True, slots=True)
class Turnover:
    """What moved through an account by entries of one kind, their reversals included."""

    debit_fen: int = 0
    credit_fen: int = 0


def list_balances_fen(accounts: Sequence[AccountName]) -> dict[AccountName, int]:
    """Balances of guarded accounts, all in one query; 0 for those never used."""
    by_code, found = {account.code: account for account in accounts}, dict.fromkeys(accounts, 0)
    for codes in _chunks(list(by_code)):
        found.update({by_code[code]: int(fen) for code, fen in ask(_BALANCES, {"codes": codes})})
    return found


_BALANCES = Direct(
    select(_ACCOUNT.c.code, kept_balance())
    .where(is_among(_ACCOUNT.c.code, "codes", Text), _ACCOUNT.c.guarded)
    .order_by(_ACCOUNT.c.code)
    .limit(CODES_AT_ONCE)
)


def list_turnovers_fen(
    accounts: Sequence[AccountName], *, kind: str
) -> dict[AccountName, Turnover]:
    """What entries of a kind moved through each account; a reversal takes away again."""
    by_code = {account.code: account for account in accounts}
    found = dict.fromkeys(accounts, Turnover())
    back = JournalEntry.reverses_id.is_not(None)
    signed_debit = case((back, -Posting.credit_fen), else_=Posting.debit_fen)
    signed_credit = case((back, -Posting.debit_fen), else_=Posting.credit_fen)
    reversal = and_(
        JournalEntry.kind == "reversal", JournalEntry.key.startswith(f"{kind}:", autoescape=True)
    )
    for codes in _chunks(list(by_code)):
        rows = db.session.execute(
            select(Account.code, func.sum(signed_debit), func.sum(signed_credit))
            .join(Posting, Posting.account_id == Account.id)
            .join(JournalEntry, JournalEntry.id == Posting.entry_id)
            .where(Account.code.in_(codes), or_(JournalEntry.kind == kind, reversal))
            .group_by(Account.code)
            .order_by(Account.code)
            .limit(len(codes))
        )
        found.update({by_code[code]: Turnover(int(dr), int(cr)) for code, dr, cr in rows})
    return found


def list_outflows_fen(
    accounts: Sequence[AccountName], *, since: date, besides: Collection[str]
) -> dict[AccountName, int]:
    """What left each account from a day on, less what came back, entries of some kinds left out."""
    by_code = {account.code: account for account in accounts}
    found = dict.fromkeys(accounts, 0)
    other = and_(
        JournalEntry.kind.not_in(besides),
        *(~JournalEntry.key.startswith(f"{kind}:", autoescape=True) for kind in besides),
        JournalEntry.effective_on >= since,
    )
    for codes in _chunks(list(by_code)):
        rows = db.session.execute(
            select(Account.code, func.sum(Posting.debit_fen - Posting.credit_fen))
            .join(Posting, Posting.account_id == Account.id)
            .join(JournalEntry, JournalEntry.id == Posting.entry_id)
            .where(Account.code.in_(codes), other)
            .group_by(Account.code)
            .order_by(Account.code)
            .limit(len(codes))
        )
        found.update({by_code[code]: int(fen) for code, fen in rows})
    return found


def find_account(code: str) -> Account | None:
    """An account by its code."""
    return db.session.scalar(select(Account).where(Account.code == code))


def _chunks(codes: list[str], size: int = CODES_AT_ONCE) -> list[list[str]]:
    """SQLite binds a limited number of values per statement."""
    return [codes[start : start + size] for start in range(0, len(codes), size)]


def list_mixed_entries(family: str) -> Sequence[tuple[int, str]]:
    """Entries that touch accounts of a family (`copayment`) and others as well, for checks."""
    inside = case((Account.kind.like(f"%:{family}"), 1), else_=0)
    rows = db.session.execute(
        select(JournalEntry.id, JournalEntry.kind)
        .join(Posting, Posting.entry_id == JournalEntry.id)
        .join(Account, Account.id == Posting.account_id)
        .group_by(JournalEntry.id, JournalEntry.kind)
        .having(func.min(inside) != func.max(inside))
        .order_by(JournalEntry.id)
        .limit(100)
    )
    return [(int(entry_id), kind) for entry_id, kind in rows]
