"""One waiting list per course: first come, first offered, over classes, with a deadline."""

from __future__ import annotations

from datetime import timedelta

import pytest

from marketplace.catalog.queries.course_runs import get_course_run
from marketplace.catalog.queries.courses import get_course
from marketplace.catalog.states import CourseRunState
from marketplace.enrollment.models import Enrollment
from marketplace.enrollment.operations.enroll import enroll_or_wait, enroll_worker
from marketplace.enrollment.operations.enroll import withdraw_enrollment as withdraw
from marketplace.enrollment.operations.waiting import (
    join_waiting_list,
    leave_waiting_list,
    offer_seats,
    open_run_and_offer,
)
from marketplace.enrollment.rules import OFFER_HOLDS
from marketplace.enrollment.states import ExitReason, WaitingState
from marketplace.enrollment.waiting_queries import find_waiting_place, position_of
from marketplace.foundation import clock
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import Refused
from marketplace.foundation.paging import PageRequest
from marketplace.notices.queries import list_notices
from marketplace.redemption.operations.call_off import call_off_course_run
from tests.factories.catalog import make_filed_course_run, make_open_course_run
from tests.factories.people import make_worker
from tests.kept import kept


class Full:
    """A class of one seat that is taken, and three people who wait in their order."""

    def __init__(self):
        self.run = make_open_course_run(capacity=1, days=1)
        self.seat = enroll_worker(make_worker().id, course_run_id=self.run.id, actor_id=None)
        self.workers = [make_worker() for _one in range(3)]
        for worker in self.workers:
            enroll_or_wait(worker.id, course_run_id=self.run.id, actor_id=None)

    def states(self):
        places = [find_waiting_place(one.id, self.run.course_id) for one in self.workers]
        return [place.state.value if place else None for place in places]

    def give_up_the_seat(self):
        with write_transaction():
            withdraw(self.seat.id, reason=ExitReason.OTHER, actor_id=None)


@pytest.fixture
@kept
def full(app, now):
    with write_transaction():
        return Full()


def test_they_stand_in_the_order_of_coming_and_again_is_the_same_place(full):
    with write_transaction():
        places = [
            join_waiting_list(worker.id, course_id=full.run.course_id, actor_id=None)
            for worker in full.workers
        ]
        assert [position_of(place) for place in places] == [1, 2, 3]


def test_the_freed_seat_is_kept_for_the_first_and_nobody_slips_in(full):
    full.give_up_the_seat()
    assert full.states() == ["offered", "waiting", "waiting"]
    first = full.workers[0]
    [notice] = list_notices(first.user_id, PageRequest()).items[:1]
    assert notice.kind == "waiting_list.offered"
    with write_transaction():
        stranger = make_worker()
    with pytest.raises(Refused) as refused, write_transaction():
        enroll_worker(stranger.id, course_run_id=full.run.id, actor_id=None)
    assert refused.value.codes == ("class_full",)
    with write_transaction():
        enrollment = enroll_worker(first.id, course_run_id=full.run.id, actor_id=None)
    assert isinstance(enrollment, Enrollment)
    assert full.states() == [None, "waiting", "waiting"]
    assert get_course_run(full.run.id).seats_taken == 1


def test_an_offer_not_taken_goes_to_the_next(full):
    full.give_up_the_seat()
    with clock.frozen(clock.now() + OFFER_HOLDS - timedelta(seconds=1)), write_transaction():
        assert offer_seats(full.run.course_id) == 0
    late = clock.now() + OFFER_HOLDS
    with clock.frozen(late):
        with pytest.raises(Refused), write_transaction():
            enroll_worker(full.workers[0].id, course_run_id=full.run.id, actor_id=None)
        with write_transaction():
            assert offer_seats(full.run.course_id) == 1
    assert full.states() == [None, "offered", "waiting"]
    assert get_course_run(full.run.id).seats_taken == 1


def test_who_leaves_gives_the_kept_seat_to_the_next(full):
    full.give_up_the_seat()
    first = full.workers[0]
    place = find_waiting_place(first.id, full.run.course_id)
    with write_transaction():
        leave_waiting_list(place.code, worker_id=first.id, actor_id=None)
    assert full.states() == [None, "offered", "waiting"]
    with pytest.raises(Refused) as refused, write_transaction():
        leave_waiting_list(place.code, worker_id=first.id, actor_id=None)
    assert refused.value.codes == ("not_waiting",)


def test_the_list_follows_to_the_next_class(full):
    with write_transaction():
        course = get_course(full.run.course_id)
        later = make_filed_course_run(course, capacity=2, days=1)
        open_run_and_offer(later.id, actor_id=None)
    assert full.states() == ["offered", "offered", "waiting"]
    assert get_course_run(later.id).state is CourseRunState.FULL


def test_calling_the_class_off_keeps_the_place_on_the_list(full):
    full.give_up_the_seat()
    with write_transaction():
        call_off_course_run(full.run.id, reason="教师生病", actor_id=None)
    assert full.states() == ["waiting", "waiting", "waiting"]
    assert find_waiting_place(full.workers[0].id, full.run.course_id).state is WaitingState.WAITING
    [notice] = list_notices(full.workers[0].user_id, PageRequest()).items[:1]
    assert notice.kind == "waiting_list.run_canceled"


def test_while_seats_are_free_nobody_waits(app, now):
    with write_transaction():
        run = make_open_course_run(capacity=2, days=1)
        worker = make_worker()
    with pytest.raises(Refused) as refused, write_transaction():
        join_waiting_list(worker.id, course_id=run.course_id, actor_id=None)
    assert refused.value.codes == ("seats_are_free",)


def test_the_command_lets_offers_lapse_and_offers_again(full, app):
    full.give_up_the_seat()
    with clock.frozen(clock.now() + OFFER_HOLDS):
        answer = app.test_cli_runner().invoke(args=["waiting", "offer", "--json"])
    assert answer.exit_code == 0, answer.output
    assert '{"courses": 1, "offers": 1}' in answer.output
