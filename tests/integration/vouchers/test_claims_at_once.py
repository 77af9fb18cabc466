"""Many claims at the same instant: one voucher per person, and never more than the money."""

from __future__ import annotations

from threading import Barrier, Thread

import pytest
from sqlalchemy import func, select, text

from marketplace.foundation.db import db, write_transaction
from marketplace.foundation.errors import Refused
from marketplace.funds.entries import available, committed
from marketplace.funds.models import Allotment
from marketplace.ledger.queries import get_balance_fen
from marketplace.vouchers.models import Voucher
from marketplace.vouchers.operations.issue import claim_voucher
from tests.factories.funds import yuan
from tests.factories.voucher_rows import make_person
from tests.factories.vouchers import face_value_pack, make_pack, make_scheme, rule

CLAIMANTS = 6


def at_once(app, acts) -> list[str]:
    """Let everybody act at the same instant; the answers in no particular order."""
    barrier, answers = Barrier(len(acts)), []

    def run(act) -> None:
        with app.app_context():
            barrier.wait(30)
            try:
                answers.append(act())
            except Refused as refused:
                answers.append(",".join(refused.codes))
            finally:
                db.session.remove()

    threads = [Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return sorted(answers)


def claiming(worker_id: int, scheme_id: int):
    def act() -> str:
        with write_transaction():
            return claim_voucher(worker_id, scheme_id=scheme_id, actor_id=None).code

    return act


def count_vouchers() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(Voucher)) or 0


def test_one_person_claiming_many_times_at_once_gets_one_voucher(app, now):
    with write_transaction():
        scheme_id, worker_id = make_scheme(face_value_pack(50_000)).id, make_person().id
    answers = at_once(app, [claiming(worker_id, scheme_id)] * CLAIMANTS)
    assert len(answers) == CLAIMANTS
    assert len(set(answers)) == 1
    assert count_vouchers() == 1


def test_one_person_claiming_of_two_schemes_at_once_gets_one_voucher(app, now):
    limits = {"one_live_voucher": rule(True)}
    with write_transaction():
        schemes = [make_scheme(make_pack(limits=limits)).id for _ in range(2)]
        worker_id = make_person().id
    answers = at_once(app, [claiming(worker_id, scheme_id) for scheme_id in schemes])
    assert "other_voucher_live" in answers
    assert count_vouchers() == 1


def test_the_last_money_goes_to_one_and_the_others_are_told(app, now):
    with write_transaction():
        scheme_id = make_scheme(face_value_pack(50_000), amount=yuan(1_200)).id
        people = [make_person().id for _ in range(CLAIMANTS)]
    answers = at_once(app, [claiming(worker_id, scheme_id) for worker_id in people])
    assert answers.count("balance_too_low") == CLAIMANTS - 2
    assert count_vouchers() == 2
    code = db.session.scalars(select(Allotment.code)).one()
    assert get_balance_fen(available(code)) == 20_000
    assert get_balance_fen(committed(code)) == 100_000


def test_without_the_guard_the_harness_would_see_it_overdrawn(app, now):
    """The control: looking first and writing later, with no guard, spends money twice."""
    with write_transaction():
        db.session.execute(text("CREATE TABLE plain (left_fen BIGINT)"))
        db.session.execute(text("INSERT INTO plain VALUES (120000)"))
    looked = Barrier(CLAIMANTS)

    def act() -> str:
        left = db.session.scalar(text("SELECT left_fen FROM plain"))
        db.session.rollback()
        looked.wait(30)
        if left < 50_000:
            return "balance_too_low"
        with write_transaction():
            db.session.execute(text("UPDATE plain SET left_fen = left_fen - 50000"))
        return "given"

    answers = at_once(app, [act] * CLAIMANTS)
    assert answers == ["given"] * CLAIMANTS
    assert db.session.scalar(text("SELECT left_fen FROM plain")) == 120_000 - CLAIMANTS * 50_000


def test_the_guard_alone_stops_an_overdraw_when_the_look_comes_too_early(app, now, monkeypatch):
    """Even if the rule saw money that is gone by now, the books refuse."""
    from marketplace.vouchers.queries import facts

    with write_transaction():
        scheme_id = make_scheme(face_value_pack(50_000), amount=yuan(500)).id
        people = [make_person().id for _ in range(2)]
    claiming(people[0], scheme_id)()
    monkeypatch.setattr(facts, "get_available_fen", lambda _allotment: 50_000)
    with pytest.raises(Refused) as refused:
        claiming(people[1], scheme_id)()
    assert refused.value.codes == ("balance_too_low",)
    assert count_vouchers() == 1
