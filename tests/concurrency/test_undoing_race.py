"""Officers sign and send back one undoing at once, while matching runs: one outcome."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from marketplace.foundation.db import db, write_transaction
from marketplace.ledger.models import JournalEntry
from marketplace.payouts.models import PayoutAttempt
from marketplace.reconciliation.checks import CHECKS
from marketplace.reconciliation.models import StatementLine
from marketplace.reconciliation.operations import undoing
from marketplace.reconciliation.operations.matching import match_statement_lines
from marketplace.reconciliation.operations.statements import import_bank_statement
from marketplace.reconciliation.states import StatementLineState, UndoingState
from tests.concurrency.races import race
from tests.factories.bank import make_camt053, make_entry
from tests.factories.settlement import make_officers, make_sent_batch

pytestmark = [pytest.mark.slow, pytest.mark.postgres]  # elsewhere one writes at a time


@pytest.fixture
def waiting(app, now):
    """A match that an officer wants undone, and two others who may sign."""
    with write_transaction():
        officers = make_officers()
        other = make_officers().checker_id
        make_sent_batch(officers, (120_000,))
        reference = db.session.scalars(select(PayoutAttempt.end_to_end_id)).one()
        content = make_camt053([make_entry("1200.00", reference=reference)], opening="2200.00")
        import_bank_statement(content, file_name="f", bank_account="MAIN", actor_id=None)
        match_statement_lines(actor_id=None)
        line_id = db.session.scalars(select(StatementLine.id)).one()
        undoing.propose_undoing(line_id, reason="付款不同", actor_id=officers.maker_id)
    return line_id, (officers.checker_id, other)


def test_signed_and_sent_back_at_once_leaves_one_outcome(app, waiting):
    line_id, checkers = waiting

    def act(number: int) -> object:
        who = checkers[number % 2]
        if number < 2:
            return undoing.approve_undoing(line_id, actor_id=who).state
        if number < 4:
            return undoing.return_undoing(line_id, reason="再看", actor_id=who).state
        return match_statement_lines(actor_id=None).matched

    answers = race(app, act, count=6)
    decided = [one for one in answers[:4] if isinstance(one, UndoingState)]
    assert len(decided) == 1
    refused = [one for one in answers[:4] if isinstance(one, tuple)]
    assert [codes[0] for codes in refused] == ["undoing_decided"] * 3
    assert answers[4:] == [0, 0], "matching ties it to nothing again"
    db.session.rollback()
    signed = decided == [UndoingState.SIGNED]
    line = db.session.get_one(StatementLine, line_id)
    wanted = StatementLineState.BREAK if signed else StatementLineState.MATCHED
    assert line.state is wanted
    reversals = select(func.count()).where(JournalEntry.kind == "reversal")
    assert db.session.scalar(reversals) == int(signed)
    assert [violation for check in CHECKS for violation in check()] == []


def test_without_the_second_look_the_same_race_is_stopped_by_the_database(
    app, waiting, monkeypatch
):
    """The control: both come through, and only the guard of the table is left."""
    line_id, checkers = waiting
    monkeypatch.setattr(undoing, "refusals_for_deciding_undoing", lambda _signature: ())
    with pytest.raises(IntegrityError):
        race(
            app,
            lambda number: undoing.return_undoing(
                line_id, reason="再看", actor_id=checkers[number]
            ),
            count=2,
        )
