"""A statement confirms very many payouts in a few statements; nobody may see which way it went."""

from __future__ import annotations

from itertools import count, product

import pytest
from flask import current_app
from sqlalchemy import select, text

from marketplace.audit.models import AuditEvent
from marketplace.cli import matching as matching_in_pieces
from marketplace.cli.runner import Runner
from marketplace.foundation.db import db, dialect_name, rehearsal, write_transaction
from marketplace.foundation.errors import Refusal, Refused
from marketplace.ledger.models import Account, JournalEntry, Posting
from marketplace.payouts.models import Payout, PayoutAttempt
from marketplace.payouts.states import PayoutState
from marketplace.people.models import User
from marketplace.reconciliation.checks import CHECKS
from marketplace.reconciliation.models import (
    BankStatement,
    ReconciliationBreak,
    ReconciliationMatch,
    StatementLine,
)
from marketplace.reconciliation.operations import confirming, finding, matching
from marketplace.reconciliation.operations.statements import import_bank_statement
from marketplace.reconciliation.queries.finding import (
    ASKS,
    CONFIRMS,
    VERDICTS,
    lines_in,
    list_asking_line_ids,
    list_found_payouts,
)
from marketplace.reconciliation.queries.overview import get_reconciliation
from marketplace.reconciliation.rules.matching import (
    CandidateFacts,
    Confirmed,
    LineFacts,
    NotMatched,
    verdict_for_line,
)
from tests.factories.bank import make_camt053, make_entry
from tests.factories.rows import make_row
from tests.factories.settlement import make_officers, make_sent_batch

NUMBER = count(1)
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
            make_entry("300.00", reference=twice, bank_reference="C"),
            make_entry("300.00", reference=twice, bank_reference="D"),
            make_entry("400.01", reference=other, bank_reference="E"),
            make_entry("1.00", reference="PO-2222222222-1", bank_reference="F"),
        ]
        entries_of_another_day = [make_entry("800.50", reference=second, bank_reference="B")]
        for said, opening, closing in (
            (entries, "9000.00", "6798.99"),
            (entries_of_another_day, "6798.99", "5998.49"),
        ):
            content = make_camt053(said, opening=opening, closing=closing, key=closing)
            taken = import_bank_statement(content, file_name="f", bank_account="MAIN",
                                          actor_id=None)  # fmt: skip
            assert taken.problems == ()


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
    real, done = confirming._book, []

    def watched(*asked):
        done.append(real(*asked))
        return done[-1]

    monkeypatch.setattr(confirming, "_book", watched)
    at_once = outcome()
    assert [len(some) for some in done] == [2], "the clear ones; what is said twice goes singly"
    confirms, asks = (f"on_its_way THEN {VERDICTS.index(said)}" for said in (CONFIRMS, ASKS))
    monkeypatch.setattr(finding, "FIND", finding.FIND.replace(confirms, asks))
    assert outcome() == at_once
    assert len(done) == 1
    assert (at_once[0].matched, at_once[0].breaks_opened) == (3, 3)


def test_a_difference_leaves_its_line_open_and_no_index_is_written(lines):
    on_its_page = text("SELECT pg_stat_get_xact_tuples_hot_updated('statement_line'::regclass)")
    with rehearsal():
        # The server's count goes on over earlier transactions of a connection it has not yet
        # gathered from: only what is added here says something.
        if dialect_name() == "postgresql":
            before = db.session.scalar(on_its_page)
        found = finding.find_matches(actor_id=None)
        states = db.session.execute(select(StatementLine.state, StatementLine.is_open)).all()
        assert ("break", True) in states
        assert {is_open for _state, is_open in states} == {True}
        if dialect_name() == "postgresql":
            assert db.session.scalar(on_its_page) - before == found.breaks_opened
        confirming.confirm_found(actor_id=None)
        states = db.session.execute(select(StatementLine.state, StatementLine.is_open)).all()
        assert ("matched", False) in states


def test_when_the_books_refuse_some_the_others_are_confirmed(lines, monkeypatch):
    """Refused as a whole; then each is asked alone."""
    expected = outcome()

    def refusing(*_asked, **_by):
        raise Refused(Refusal("stale_state"))

    monkeypatch.setattr(confirming, "confirm_payouts", refusing)
    assert outcome() == expected


def test_the_search_in_the_database_decides_as_the_rules_do(app, now):
    """Every payout state, outcome and try, with lines of every kind, against the pure rule."""
    stages = (
        ("sent", None, 1),
        ("sent", None, 2),
        ("sent", "confirmed", 1),
        ("confirmed", "confirmed", 1),
        ("returned", "returned:AC04", 1),
    )
    said = [*product((-500, 500, -501), ("CNY", "USD"))]
    facts: dict[int, tuple[CandidateFacts | None, LineFacts]] = {}
    with write_transaction():
        make_sent_batch(make_officers(), (500,) * len(stages))
        statements = {
            code: make_row(BankStatement, currency=code, opening_fen=0, closing_fen=0,
                           incoming_fen=0, outgoing_fen=0)
            for code in ("CNY", "USD")
        }  # fmt: skip
        tries = db.session.scalars(select(PayoutAttempt).order_by(PayoutAttempt.id)).all()
        for tried, (state, outcome, present) in zip(tries, stages, strict=True):
            payout = db.session.get(Payout, tried.payout_id)
            payout.state, payout.attempt, tried.outcome = state, present, outcome
            tried.outcome_entry_id = tried.sent_entry_id if outcome else None
            for amount_fen, currency in said:
                line = a_line(statements[currency], amount_fen, tried.end_to_end_id)
                facts[line.id] = (
                    CandidateFacts(500, "CNY", PayoutState(state), present == 1, outcome, False),
                    LineFacts(amount_fen, currency, tried.end_to_end_id),
                )
        for amount_fen, reference in ((-7, None), (-7, ""), (7, None), (-7, "PO-X"), (7, "PO-X")):
            line = a_line(statements["CNY"], amount_fen, reference)
            facts[line.id] = None, LineFacts(amount_fen, "CNY", reference)
        words = finding.IN_WORDS_OF[dialect_name()]
        db.session.execute(text(finding.FIND.format(of_account="", **words)))
        pieces = db.session.execute(text("SELECT block, lines, verdict FROM looked_up")).all()
        db.session.execute(text("DROP TABLE looked_up"))
    listed = [
        (line, VERDICTS[said]) for block, lines, said in pieces for line in lines_in(block, lines)
    ]
    verdicts = dict(listed)
    assert len(listed) == len(verdicts), "each line once"
    assert verdicts.keys() == facts.keys()
    for line_id, (candidate, line) in facts.items():
        assert verdicts[line_id] == expected_verdict(line, candidate), (line, candidate)
    assert {CONFIRMS, ASKS, "other_currency", "unknown_credit"} < set(verdicts.values())


def a_line(statement, amount_fen, reference):
    return make_row(
        StatementLine, statement_id=statement.id, number=next(NUMBER), amount_fen=amount_fen,
        end_to_end_id=reference, state="imported", counterparty_sealed=None,
    )  # fmt: skip


def expected_verdict(line, candidate):
    """What the rule says at once is said by the search too; the rest is looked at singly."""
    verdict = verdict_for_line(line, candidate)
    if isinstance(verdict, Confirmed) and candidate.outcome is None:
        return CONFIRMS
    by_line_alone = ("other_currency", "amount_differs")
    if isinstance(verdict, NotMatched) and (candidate is None or verdict.cause in by_line_alone):
        return verdict.cause
    return ASKS


class Killed(BaseException):
    """The power fails."""


def test_a_run_killed_between_finding_and_booking_is_shown_and_finished(lines, monkeypatch):
    monkeypatch.setattr(confirming, "CHUNK", 1)
    steps = []

    def dying(done, total):
        steps.append((done, total))
        if len(steps) == 2:
            raise Killed

    with pytest.raises(Killed):
        matching_in_pieces.reconcile_all(step=dying)
    assert steps == [(0, 4), (1, 4)]
    summary = get_reconciliation()
    assert (summary.matched, summary.found, summary.breaks) == (1, 1, 2)
    assert summary.unexplained_fen > 80_050, "what is not booked counts as open"
    [waiting] = list_found_payouts([line.id for line in db.session.scalars(select(StatementLine))])
    assert db.session.get(StatementLine, waiting).state == "imported"
    again = matching_in_pieces.book_found()
    assert (again.matched, again.breaks_opened) == (2, 1)
    assert get_reconciliation().found == 0
    assert [check for one in CHECKS for check in one()] == []
    assert matching_in_pieces.reconcile_all() == matching.MatchingResult(0, 0, 0)
    with rehearsal():
        booked = select(JournalEntry.key).where(JournalEntry.kind == "payout.confirmed")
        assert len(set(db.session.scalars(booked))) == 3


def test_what_changed_between_finding_and_booking_is_looked_at_again(lines):
    with write_transaction():
        found = finding.find_matches(actor_id=None)
        assert (found.waiting, found.breaks_opened) == (4, 2)
        first, second = db.session.scalars(select(Payout).order_by(Payout.id).limit(2))
        first.state = PayoutState.RETURNED
        line = db.session.scalars(
            select(StatementLine).where(StatementLine.amount_fen == -second.amount_fen)
        ).one()
        line.state = "break"  # an officer closes it himself meanwhile
        line.state = "explained"
    with write_transaction():
        booked = confirming.confirm_found(actor_id=None)
        assert (booked.matched, booked.breaks_resolved) == (0, 0)
        assert list_found_payouts([line.id]) == {}
        done = matching.match_singly(list_asking_line_ids(), actor_id=None)
    assert done.matched == 1, "one of the two that say the same payout"
    causes = db.session.scalars(select(ReconciliationBreak.cause)).all()
    assert sorted(causes) == ["already_matched", "amount_differs", "no_such_payout",
                              "payout_not_sent"]  # fmt: skip


def test_on_a_page_many_lines_are_left_to_the_runner(lines, monkeypatch):
    monkeypatch.setattr(matching, "BOOKED_ON_A_PAGE_MAX", 3)
    officer_id = db.session.scalars(select(User.id).order_by(User.id).limit(1)).one()
    with write_transaction():
        left = matching.match_now_or_later(actor_id=officer_id)
    assert (left.matched, left.breaks_opened, left.waiting) == (0, 2, 4)
    runner = Runner(current_app._get_current_object())
    assert runner.run_next()
    summary = get_reconciliation()
    assert (summary.matched, summary.found, summary.breaks) == (3, 0, 3)
    assert set(db.session.scalars(select(ReconciliationMatch.matched_by))) == {officer_id}
