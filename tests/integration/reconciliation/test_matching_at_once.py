"""A statement confirms very many payouts in a few statements; nobody may see which way it went."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from marketplace.audit.models import AuditEvent
from marketplace.foundation.db import db, rehearsal, write_transaction
from marketplace.foundation.errors import Refusal, Refused
from marketplace.ledger.models import Account, JournalEntry, Posting
from marketplace.payouts.models import Payout, PayoutAttempt
from marketplace.reconciliation.models import (
    ReconciliationBreak,
    ReconciliationMatch,
    StatementLine,
)
from marketplace.reconciliation.operations import matching
from marketplace.reconciliation.operations.statements import import_bank_statement
from tests.factories.bank import make_camt053, make_entry
from tests.factories.settlement import make_officers, make_sent_batch

AMOUNTS = (120_000, 80_050, 30_000, 40_000)


@pytest.fixture
def lines(app, now):
    """Two payments as they are, one said twice, one with another amount, one of nobody's."""
    with write_transaction():
        make_sent_batch(make_officers(), AMOUNTS)
        tried = select(PayoutAttempt.end_to_end_id).order_by(PayoutAttempt.id)
        first, second, twice, other = db.session.scalars(tried)
        entries = [
            make_entry("1200.00", reference=first, bank_reference="A"),
            make_entry("800.50", reference=second, bank_reference="B"),
            make_entry("300.00", reference=twice, bank_reference="C"),
            make_entry("300.00", reference=twice, bank_reference="D"),
            make_entry("400.01", reference=other, bank_reference="E"),
            make_entry("1.00", reference="PO-2222222222-1", bank_reference="F"),
        ]
        content = make_camt053(entries, opening="9000.00", closing="5998.49")
        verdict = import_bank_statement(content, file_name="f", bank_account="MAIN", actor_id=None)
        assert verdict.problems == ()


def outcome() -> list[object]:
    """What a run of matching leaves, tried and taken back, without numbers it drew."""
    pictures = (
        select(JournalEntry.key, JournalEntry.effective_on, Account.code, Posting.debit_fen)
        .join(Posting, Posting.entry_id == JournalEntry.id)
        .join(Account, Account.id == Posting.account_id)
        .where(JournalEntry.kind == "payout.confirmed")
        .order_by(JournalEntry.key, Account.code),
        select(Payout.code, Payout.state, PayoutAttempt.outcome, JournalEntry.key)
        .join(PayoutAttempt, PayoutAttempt.payout_id == Payout.id)
        .outerjoin(JournalEntry, JournalEntry.id == PayoutAttempt.outcome_entry_id)
        .order_by(Payout.code),
        select(ReconciliationMatch.statement_line_id, ReconciliationMatch.payout_id,
               ReconciliationMatch.explanation, JournalEntry.key)
        .join(JournalEntry, JournalEntry.id == ReconciliationMatch.entry_id)
        .order_by(ReconciliationMatch.statement_line_id),
        select(StatementLine.number, StatementLine.state).order_by(StatementLine.number),
        select(ReconciliationBreak.statement_line_id, ReconciliationBreak.cause)
        .order_by(ReconciliationBreak.statement_line_id),
        select(AuditEvent.event, AuditEvent.subject_code)
        .where(AuditEvent.event == "payout.confirmed").order_by(AuditEvent.subject_code),
    )  # fmt: skip
    with rehearsal():
        run = matching.match_statement_lines(actor_id=None)
        return [run, *(db.session.execute(one).all() for one in pictures)]


def test_at_once_leaves_what_one_by_one_leaves(lines, monkeypatch):
    real, done = matching._confirm_at_once, []

    def watched(*asked):
        done.append(real(*asked))
        return done[-1]

    monkeypatch.setattr(matching, "_confirm_at_once", watched)
    at_once = outcome()
    assert [len(some) for some in done] == [2], "the clear ones; what is said twice goes singly"
    monkeypatch.setattr(matching, "_confirm_at_once", lambda *_asked: frozenset())
    assert outcome() == at_once
    assert (at_once[0].matched, at_once[0].breaks_opened) == (3, 3)


def test_when_the_books_refuse_some_the_others_are_confirmed(lines, monkeypatch):
    """Refused as a whole; then each is asked alone."""
    expected = outcome()

    def refusing(*_asked, **_by):
        raise Refused(Refusal("stale_state"))

    monkeypatch.setattr(matching, "confirm_payouts", refusing)
    assert outcome() == expected
