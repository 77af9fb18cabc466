"""What must always be true of the books, proved again from the postings alone.

Shares no code with the booking: the database's guards and `post_entry` make a violation
impossible, these checks find it when somebody went round both (invariants 1-4, 16, 18, 34 and
the balances, see docs/trust.md). Each check reads everything and yields nothing when all is well.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy import Select, and_, case, func, or_, select, text
from sqlalchemy.orm import aliased

from marketplace.foundation import clock
from marketplace.foundation.db import db, dialect_name
from marketplace.foundation.money import AMOUNT_FEN_MAX
from marketplace.foundation.violations import VIOLATIONS_SHOWN_MAX, Check, Violation
from marketplace.ledger.entries import ACCOUNT_KINDS
from marketplace.ledger.models import Account, JournalEntry, Period, Posting
from marketplace.ledger.queries import kept_balance
from marketplace.ledger.states import PeriodState, Side

GUARDS = (
    "posting_before_header",
    "posting_moves_balance",
    "journal_entry_proved",
    "account_opened_empty",
    "account_keeps_its_nature",
    "account_no_delete",
    "period_stays_closed",
    "period_closed_by_two",
    "period_pack_kept",
    "period_pack_no_delete",
    "settlement_line_after_claim",
    "settlement_nets_within",
    "settlement_keeps_retained",
    "retention_of_settled",
    "retention_stays",
    "retention_no_delete",
    "claim_stays_decided",
    "funding_source_stays",
    "funding_share_covered",
    "fund_lot_arrived",
    "lot_return_stays",
    "break_proposal_stays",
    "break_proposal_amount",
)
SEALS = ("seal_block", "seal_leaf")
GUARDS_OF_ENGINE = {
    "sqlite": (
        *GUARDS,
        "account_balance_by_postings",
        "audit_event_no_replace",
        "period_no_delete",
        *(f"{table}_no_{act}" for table in ("journal_entry", "posting", "audit_event")
          for act in ("update", "delete")),
        *(f"{table}_no_{act}" for table in SEALS for act in ("update", "delete")),
    ),
    "postgresql": (
        *GUARDS,
        *(f"{table}_append_only" for table in ("journal_entry", "posting", "audit_event")),
        *(f"{table}_no_truncate" for table in ("journal_entry", "posting", "audit_event")),
        *(f"{table}_{act}" for table in SEALS for act in ("append_only", "no_truncate")),
    ),
}  # fmt: skip
CLOCK_TOLERANCE = timedelta(minutes=5)


def _rows(query: Select[*tuple[object, ...]]) -> Iterator[tuple[object, ...]]:
    for row in db.session.execute(query.limit(VIOLATIONS_SHOWN_MAX)):
        yield tuple(row)


def entries_balance() -> Iterator[Violation]:
    """1: every entry has two postings or more, which sum to zero."""
    difference = func.sum(Posting.debit_fen) - func.sum(Posting.credit_fen)
    unbalanced = (
        select(JournalEntry.id, func.count(Posting.id), func.coalesce(difference, 0))
        .outerjoin(Posting, Posting.entry_id == JournalEntry.id)
        .group_by(JournalEntry.id)
        .having(or_(func.count(Posting.id) < 2, difference != 0))
        .order_by(JournalEntry.id)
    )
    for entry_id, postings, fen in _rows(unbalanced):
        yield Violation(
            "1 entry balances", f"entry {entry_id}", f"{postings} postings, difference {fen} fen"
        )


def trial_balance_is_zero() -> Iterator[Violation]:
    """2: over all accounts of a currency, debits equal credits."""
    difference = func.sum(Posting.debit_fen) - func.sum(Posting.credit_fen)
    totals = (
        select(Account.currency, difference)
        .join(Account, Account.id == Posting.account_id)
        .group_by(Account.currency)
        .having(difference != 0)
        .order_by(Account.currency)
    )
    for currency, fen in _rows(totals):
        yield Violation("2 trial balance", f"currency {currency}", f"difference {fen} fen")


def amounts_are_whole_and_bounded() -> Iterator[Violation]:
    """3: a posting is a positive whole number of fen on exactly one side, within bounds."""
    larger = case((Posting.debit_fen > Posting.credit_fen, Posting.debit_fen),
                  else_=Posting.credit_fen)  # fmt: skip
    smaller = case((Posting.debit_fen > Posting.credit_fen, Posting.credit_fen),
                   else_=Posting.debit_fen)  # fmt: skip
    wrong = or_(larger <= 0, larger > AMOUNT_FEN_MAX, smaller != 0)
    if dialect_name() == "sqlite":
        wrong = or_(
            wrong,
            func.typeof(Posting.debit_fen) != "integer",
            func.typeof(Posting.credit_fen) != "integer",
        )
    bad = (
        select(Posting.id, Posting.entry_id, Posting.debit_fen, Posting.credit_fen)
        .where(wrong)
        .order_by(Posting.id)
    )
    for posting_id, entry_id, debit_fen, credit_fen in _rows(bad):
        yield Violation(
            "3 amount",
            f"posting {posting_id} of entry {entry_id}",
            f"debit {debit_fen}, credit {credit_fen}",
        )


def postings_have_headers() -> Iterator[Violation]:
    """4: no posting without its entry, none without its account."""
    loose = (
        select(Posting.id, Posting.entry_id, Posting.account_id)
        .outerjoin(JournalEntry, JournalEntry.id == Posting.entry_id)
        .outerjoin(Account, Account.id == Posting.account_id)
        .where(or_(JournalEntry.id.is_(None), Account.id.is_(None)))
        .order_by(Posting.id)
    )
    for posting_id, entry_id, account_id in _rows(loose):
        yield Violation(
            "4 nothing is removed",
            f"posting {posting_id}",
            f"entry {entry_id} or account {account_id} does not exist",
        )


def guards_are_in_place() -> Iterator[Violation]:
    """4: the triggers that refuse edits and prove entries exist and are switched on."""
    if dialect_name() == "sqlite":
        query = text("SELECT name FROM sqlite_master WHERE type = 'trigger'")
    else:
        query = text(
            "SELECT t.tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
            " JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE NOT t.tgisinternal AND t.tgenabled IN ('O', 'A')"
            " AND n.nspname = current_schema()"
        )
    present = set(db.session.scalars(query))
    for name in GUARDS_OF_ENGINE[dialect_name()]:
        if name not in present:
            yield Violation("4 guards in place", f"trigger {name}", "missing or switched off")


def events_are_booked_once() -> Iterator[Violation]:
    """16: one entry per kind and natural key."""
    twice = (
        select(JournalEntry.kind, JournalEntry.key, func.count())
        .group_by(JournalEntry.kind, JournalEntry.key)
        .having(func.count() > 1)
        .order_by(JournalEntry.kind, JournalEntry.key)
    )
    for kind, key, count in _rows(twice):
        yield Violation("16 booked once", f"{kind} {key}", f"{count} entries")


def reversals_are_exact() -> Iterator[Violation]:
    """18: a reversal is the exact negative of an entry, once, and never of a reversal."""
    original = aliased(JournalEntry)
    chained = (
        select(JournalEntry.id, JournalEntry.reverses_id)
        .join(original, original.id == JournalEntry.reverses_id)
        .where(original.reverses_id.is_not(None))
        .order_by(JournalEntry.id)
    )
    for entry_id, reversed_id in _rows(chained):
        yield Violation("18 reversal", f"entry {entry_id}", f"reverses reversal {reversed_id}")
    twice = (
        select(JournalEntry.reverses_id, func.count())
        .where(JournalEntry.reverses_id.is_not(None))
        .group_by(JournalEntry.reverses_id)
        .having(func.count() > 1)
        .order_by(JournalEntry.reverses_id)
    )
    for reversed_id, count in _rows(twice):
        yield Violation("18 reversal", f"entry {reversed_id}", f"reversed {count} times")
    yield from _reversals_that_differ()


def _reversals_that_differ() -> Iterator[Violation]:
    """Original and reversal together leave every account where it was."""
    joined = or_(Posting.entry_id == JournalEntry.id, Posting.entry_id == JournalEntry.reverses_id)
    left_over = func.sum(Posting.debit_fen) - func.sum(Posting.credit_fen)
    differing = (
        select(JournalEntry.id, Posting.account_id, left_over)
        .join(Posting, joined)
        .where(JournalEntry.reverses_id.is_not(None))
        .group_by(JournalEntry.id, Posting.account_id)
        .having(left_over != 0)
        .order_by(JournalEntry.id)
    )
    for entry_id, account_id, fen in _rows(differing):
        yield Violation(
            "18 reversal", f"entry {entry_id}", f"leaves {fen} fen on account {account_id}"
        )


def balances_are_sums_of_postings() -> Iterator[Violation]:
    """A guarded account's balance is the sum of its postings and never below zero."""
    debits = func.coalesce(func.sum(Posting.debit_fen), 0)
    credits_ = func.coalesce(func.sum(Posting.credit_fen), 0)
    total = case((Account.side == Side.DEBIT, debits - credits_), else_=credits_ - debits)
    kept = kept_balance()
    wrong = (
        select(Account.code, kept, total)
        .outerjoin(Posting, Posting.account_id == Account.id)
        .where(Account.guarded)
        .group_by(Account.id, Account.code, Account.balance_fen, Account.side)
        .having(or_(kept != total, total < 0))
        .order_by(Account.code)
    )
    for code, balance_fen, sum_fen in _rows(wrong):
        yield Violation(
            "balance is the sum of postings", str(code), f"{balance_fen} kept, {sum_fen} posted"
        )


def accounts_keep_their_nature() -> Iterator[Violation]:
    """An account has the side and guard of its kind; its code begins with its kind."""
    for code, kind, side, guarded in db.session.execute(
        select(Account.code, Account.kind, Account.side, Account.guarded).order_by(Account.code)
    ):
        nature = ACCOUNT_KINDS.get(kind)
        if nature is None or (side, guarded) != (nature.side, nature.guarded):
            yield Violation("chart of accounts", code, f"{kind}: {side}, guarded {guarded}")
        elif not code.startswith(f"{kind}:"):
            yield Violation("chart of accounts", code, f"is not of kind {kind}")


def currencies_do_not_mix() -> Iterator[Violation]:
    """1: all postings of an entry are in its currency."""
    mixed = (
        select(Posting.entry_id, Account.code, Account.currency, JournalEntry.currency)
        .join(Account, Account.id == Posting.account_id)
        .join(JournalEntry, JournalEntry.id == Posting.entry_id)
        .where(Account.currency != JournalEntry.currency)
        .order_by(Posting.id)
    )
    for entry_id, code, currency, wanted in _rows(mixed):
        yield Violation(
            "1 one currency", f"entry {entry_id}", f"{code} is {currency}, not {wanted}"
        )


def clock_never_ran_ahead() -> Iterator[Violation]:
    """34: no entry was posted in the future; otherwise our clock runs behind."""
    ahead = (
        select(JournalEntry.id, JournalEntry.posted_at)
        .where(JournalEntry.posted_at > clock.now() + CLOCK_TOLERANCE)
        .order_by(JournalEntry.id)
    )
    for entry_id, posted_at in _rows(ahead):
        yield Violation("34 clock", f"entry {entry_id}", f"posted at {posted_at}, in the future")


def closed_periods_took_nothing() -> Iterator[Violation]:
    """No entry was posted into a period after it was closed."""
    late = (
        select(JournalEntry.id, Period.code)
        .join(
            Period,
            and_(
                JournalEntry.effective_on >= Period.first_on,
                JournalEntry.effective_on <= Period.last_on,
            ),
        )
        .where(Period.state == PeriodState.CLOSED, JournalEntry.posted_at > Period.closed_at)
        .order_by(JournalEntry.id)
    )
    for entry_id, code in _rows(late):
        yield Violation("closed period", f"entry {entry_id}", f"posted after {code} was closed")


CHECKS: tuple[Check, ...] = (
    entries_balance,
    trial_balance_is_zero,
    amounts_are_whole_and_bounded,
    postings_have_headers,
    guards_are_in_place,
    events_are_booked_once,
    reversals_are_exact,
    balances_are_sums_of_postings,
    accounts_keep_their_nature,
    currencies_do_not_mix,
    clock_never_ran_ahead,
    closed_periods_took_nothing,
)
