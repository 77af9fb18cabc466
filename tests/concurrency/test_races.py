"""One voucher pays once, the last seats are given once, however many ask at the same moment."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest
from sqlalchemy import func, select, text

from marketplace.catalog.queries.course_runs import get_course_run
from marketplace.enrollment.models import Enrollment, WaitingPlace
from marketplace.enrollment.operations import enroll
from marketplace.enrollment.operations.enroll import enroll_or_wait, withdraw_enrollment
from marketplace.enrollment.states import ExitReason, WaitingState
from marketplace.enrollment.waiting_queries import find_waiting_place, position_of
from marketplace.foundation.db import db, write_transaction
from marketplace.foundation.errors import Refusal, Refused
from marketplace.ledger.models import JournalEntry
from marketplace.redemption.models import Redemption, Reservation
from marketplace.redemption.operations import redeem
from marketplace.redemption.operations.redeem import redeem_voucher
from marketplace.redemption.operations.reserve import reserve_voucher
from marketplace.redemption.queries.cases import get_redemption_case
from marketplace.vouchers.operations.quotes import make_quote
from marketplace.vouchers.states import VoucherState
from tests.concurrency.races import race
from tests.factories.catalog import make_open_course_run
from tests.factories.people import make_worker
from tests.factories.redemption import make_case, make_ready_case
from tests.factories.vouchers import make_scheme, make_voucher

pytestmark = pytest.mark.slow
RESERVED = VoucherState.RESERVED


def count_rows(model, *conditions) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(model).where(*conditions)) or 0


def redeemed_entries() -> int:
    return count_rows(JournalEntry, JournalEntry.kind == "voucher.redeemed")


def test_500_redemptions_of_one_voucher_book_once(app, now):
    with write_transaction():
        case = make_ready_case()
        voucher_id, institution_id = case.voucher.id, case.institution.id

    def act(_number):
        return redeem_voucher(voucher_id, institution_id=institution_id, actor_id=None).id

    answers = race(app, act, count=500)
    assert len(answers) == 500
    assert len(set(answers)) == 1, "an honest retry gets the same redemption"
    assert redeemed_entries() == 1
    assert count_rows(Redemption) == 1


def _stale_cases(stale):
    """As read before anybody else, each believing to be the next redemption of the voucher."""
    before = itertools.count()
    return lambda ids, **_of: (
        dict.fromkeys(ids, RESERVED),
        dict.fromkeys(ids, replace(stale, redemptions_before=next(before))),
    )


def test_without_the_protection_the_same_race_pays_several_times(app, now, monkeypatch):
    """The control: lock, replay check, natural key and unique rows away, the harness sees it."""
    with write_transaction():
        scheme = make_scheme()
        case = make_ready_case(scheme=scheme)
        # Others' commitments: else the guarded balance, the last wall, would still hold.
        for _other in range(3):
            make_case(scheme=scheme)
        voucher_id, institution_id = case.voucher.id, case.institution.id
        stale = get_redemption_case(voucher_id, institution_id=institution_id)
        assert stale is not None
    with write_transaction() as session:
        for noun in ("voucher", "reservation", "enrollment"):
            session.execute(text(f"DROP INDEX uq_redemption_{noun}"))
    monkeypatch.setattr(redeem, "lock_cases", _stale_cases(stale))
    monkeypatch.setattr(redeem, "write_at_once", lambda *_what, **_by: None)
    monkeypatch.setattr(redeem, "list_standing_redemptions", lambda _ids: {})
    monkeypatch.setattr(redeem, "mark_vouchers_redeemed", lambda _ids: None)

    def act(_number):
        return redeem_voucher(voucher_id, institution_id=institution_id, actor_id=None).id

    answers = race(app, act, count=4)
    assert len(set(answers)) > 1
    assert redeemed_entries() > 1
    assert count_rows(Redemption) > 1


def test_200_workers_for_the_last_20_seats(app, now):
    """20 are in, 180 stand on the waiting list one behind the other, and nobody is on both."""
    with write_transaction():
        run = make_open_course_run(capacity=20)
        run_id, course_id = run.id, run.course_id
        worker_ids = [make_worker(user_id=None).id for _worker in range(200)]

    def act(number):
        return type(
            enroll_or_wait(worker_ids[number], course_run_id=run_id, actor_id=None)
        ).__name__

    answers = race(app, act, count=200)
    assert (answers.count("Enrollment"), answers.count("WaitingPlace")) == (20, 180)
    assert count_rows(Enrollment) == 20
    assert get_course_run(run_id).seats_taken == 20
    places = db.session.scalars(select(WaitingPlace).order_by(WaitingPlace.id)).all()
    assert [position_of(place) for place in places] == list(range(1, 181))
    enrolled = set(db.session.scalars(select(Enrollment.worker_id)))
    waiting = [place.worker_id for place in places]
    assert enrolled.isdisjoint(waiting)
    assert enrolled | set(waiting) == set(worker_ids)
    with write_transaction():
        first = db.session.scalars(select(Enrollment.id).limit(1)).one()
        withdraw_enrollment(first, reason=ExitReason.OTHER, actor_id=None)
    assert find_waiting_place(waiting[0], course_id).state is WaitingState.OFFERED
    assert find_waiting_place(waiting[1], course_id).state is WaitingState.WAITING
    assert get_course_run(run_id).seats_taken == 20, "the offered seat counts as taken"


def test_without_the_conditional_seat_the_same_race_overfills_the_class(app, now, monkeypatch):
    """The control: a seat counted by reading first, as a careless program would."""
    with write_transaction():
        run_id = make_open_course_run(capacity=3).id
        worker_ids = [make_worker(user_id=None).id for _worker in range(12)]

    def read_then_take(course_run_id):
        if get_course_run(course_run_id).seats_taken >= 3:
            raise Refused(Refusal("course_run_full"))

    monkeypatch.setattr(enroll, "take_seat", read_then_take)
    monkeypatch.setattr(enroll, "list_enrollment_refusals", lambda *_facts: ())

    def act(number):
        return enroll_or_wait(worker_ids[number], course_run_id=run_id, actor_id=None).id

    race(app, act, count=12)
    assert count_rows(Enrollment) > 3


def test_one_voucher_for_two_classes_at_once(app, now):
    with write_transaction():
        voucher = make_voucher(make_worker().id)
        voucher_id, worker_id = voucher.id, voucher.worker_id
        quotes = [
            make_quote(
                worker_id,
                voucher_id=voucher_id,
                course_run_id=make_open_course_run().id,
                actor_id=None,
            ).id
            for _run in range(2)
        ]

    def act(number):
        return reserve_voucher(
            voucher_id, quote_id=quotes[number], worker_id=worker_id, actor_id=None
        ).id

    answers = race(app, act, count=2)
    assert sum(1 for answer in answers if isinstance(answer, int)) == 1
    assert ("voucher_in_other_class",) in answers
    assert count_rows(Reservation) == 1
    assert count_rows(Enrollment) == 1
