"""Two officers sign the same settlement at the same instant: one wins, the other is told."""

from __future__ import annotations

from threading import Barrier, Thread

import pytest
from sqlalchemy import select, update

from marketplace.foundation.db import db, write_transaction
from marketplace.foundation.errors import Refused
from marketplace.people.models import User
from marketplace.settlement.models import Settlement
from marketplace.settlement.operations import approve_settlement, prepare_settlement
from marketplace.settlement.states import SettlementState
from tests.factories.rows import make_row
from tests.factories.settlement import make_earning_institution, make_officers

OFFICERS = 6


@pytest.fixture
def race(app, now):
    """A settlement waiting for its second signature, and officers who all may sign."""
    with write_transaction():
        officers = make_officers()
        institution = make_earning_institution(officers)
        settlement = prepare_settlement(
            institution.id, period_code="2026-11", actor_id=officers.maker_id
        )
        signers = [make_row(User, name=None).id for _ in range(OFFICERS)]
        return settlement.id, signers


def _run(app, signers, act) -> list[str]:
    """Let everybody act at once; the answers in no particular order."""
    barrier, answers = Barrier(len(signers)), []

    def sign(signer: int) -> None:
        with app.app_context():
            try:
                answers.append(act(signer, barrier))
            except Refused as refused:
                answers.append(",".join(refused.codes))
            finally:
                db.session.remove()

    threads = [Thread(target=sign, args=(signer,)) for signer in signers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return sorted(answers)


def test_one_wins_and_the_others_are_refused_by_name(app, race):
    settlement_id, signers = race

    def approve(signer: int, barrier: Barrier) -> str:
        barrier.wait(30)
        with write_transaction():
            approve_settlement(settlement_id, actor_id=signer)
        return "approved"

    answers = _run(app, signers, approve)
    assert answers == ["approved"] + ["settlement_already_decided"] * (OFFICERS - 1)
    db.session.rollback()
    assert db.session.get_one(Settlement, settlement_id).decided_by in signers


def test_without_the_lock_everybody_would_win(app, race):
    """The control: looking in one unit of work and acting in another lets all of them sign."""
    settlement_id, signers = race

    def approve(signer: int, barrier: Barrier) -> str:
        state = db.session.scalar(select(Settlement.state).where(Settlement.id == settlement_id))
        db.session.rollback()
        barrier.wait(30)
        if state != SettlementState.PREPARED:
            return "settlement_already_decided"
        with write_transaction():
            db.session.execute(
                update(Settlement)
                .where(Settlement.id == settlement_id)
                .values(state=SettlementState.APPROVED, decided_by=signer)
            )
        return "approved"

    assert _run(app, signers, approve) == ["approved"] * OFFICERS
