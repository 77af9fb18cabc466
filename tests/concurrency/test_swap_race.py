"""Two who change to the last seat: one is there, the other keeps place, voucher and money."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from marketplace.catalog.queries.course_runs import get_course_run
from marketplace.enrollment.models import Enrollment
from marketplace.enrollment.operations import enroll
from marketplace.enrollment.queries import get_enrollment
from marketplace.enrollment.states import ENDED, EnrollmentState
from marketplace.foundation.db import db, write_transaction
from marketplace.foundation.errors import Refusal, Refused
from marketplace.redemption.operations.swap import swap_enrollment
from marketplace.redemption.queries import swaps
from marketplace.redemption.queries.reservations import find_standing_reservation
from marketplace.reporting.invariants import check_books
from tests.concurrency.races import race
from tests.factories.catalog import make_listed_course, make_open_course_run
from tests.factories.redemption import make_case
from tests.factories.vouchers import make_scheme

pytestmark = pytest.mark.slow


def go(enrollment_id: int, run_id: int) -> int:
    return swap_enrollment(
        enrollment_id, course_run_id=run_id, own_share_fen=40_000, actor_id=None
    ).to_enrollment_id


@pytest.fixture
def runs(app, now):
    """Four classes with a learner each, and a fifth with one seat."""
    with write_transaction():
        scheme = make_scheme()
        cases = [
            make_case(scheme=scheme, course_run=make_open_course_run(make_listed_course()))
            for _learner in range(4)
        ]
        wanted = make_open_course_run(make_listed_course(), capacity=1)
        return [(case.enrollment.id, case.run.id) for case in cases], wanted.id


def live_in(run_id: int) -> int:
    db.session.rollback()
    wanted = (Enrollment.course_run_id == run_id, Enrollment.state.not_in(ENDED))
    return db.session.scalar(select(func.count()).select_from(Enrollment).where(*wanted)) or 0


def test_the_last_seat_goes_to_one_and_two_may_change_places(app, runs):
    mine, wanted = runs
    (third, third_run), (fourth, fourth_run) = mine[2:]
    acts = [(mine[0][0], wanted), (mine[1][0], wanted), (third, fourth_run), (fourth, third_run)]
    answers = race(app, lambda number: go(*acts[number]), count=4)
    won = [isinstance(answer, int) for answer in answers]
    assert sorted(won[:2]) == [False, True]
    loser, loser_run = mine[won.index(False)]
    assert answers[won.index(False)] in (("class_full",), ("course_run_full",))
    assert live_in(wanted) == get_course_run(wanted).seats_taken == 1
    assert get_enrollment(loser).state is EnrollmentState.CONFIRMED
    assert find_standing_reservation(loser) is not None
    assert get_course_run(loser_run).seats_taken == 1
    assert won[2:] == [True, True], "who change places do not wait for each other"
    assert live_in(third_run) == live_in(fourth_run) == 1
    assert not check_books().violations


def test_without_the_conditional_seat_both_would_be_in(app, runs, monkeypatch):
    """The control: a seat counted by reading first, and no lock on the course."""
    mine, wanted = runs

    def read_then_take(course_run_id):
        if get_course_run(course_run_id).seats_taken >= 1:
            raise Refused(Refusal("course_run_full"))

    monkeypatch.setattr(enroll, "take_seat", read_then_take)
    monkeypatch.setattr(enroll, "list_enrollment_refusals", lambda *_facts: ())
    monkeypatch.setattr(swaps, "list_enrollment_refusals", lambda *_facts: ())
    race(app, lambda number: go(mine[number][0], wanted), count=2)
    assert live_in(wanted) == 2
