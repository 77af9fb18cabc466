"""Course runs and their seats, on both engines; two hundred hands for twenty seats."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import func, select, update

from marketplace.audit.queries import list_events_of
from marketplace.catalog.models import CourseRun
from marketplace.catalog.operations.course_runs import (
    cancel_course_run,
    finish_course_run,
    give_back_seat,
    open_course_run,
    start_course_run,
    take_seat,
)
from marketplace.catalog.operations.courses import list_course, revise_course
from marketplace.catalog.queries.course_runs import get_course_run_facts, list_lessons
from marketplace.catalog.states import CourseRunState
from marketplace.foundation.db import db, write_transaction
from marketplace.foundation.errors import NotFound, Refused
from marketplace.foundation.money import Money
from marketplace.foundation.paging import PageRequest
from marketplace.institutions.operations.registration import suspend_institution
from tests.factories.catalog import (
    make_content,
    make_filed_course_run,
    make_listed_course,
    make_open_course_run,
    make_running_course_run,
)

TAKERS = 200
SEATS = 20


def seats_of(course_run_id: int) -> tuple[int, CourseRunState]:
    db.session.rollback()
    row = db.session.execute(
        select(CourseRun.seats_taken, CourseRun.state).where(CourseRun.id == course_run_id)
    ).one()
    return row.seats_taken, row.state


class TestSeats:
    """One conditional statement, never read-then-write."""

    def test_the_last_seat_makes_it_full_and_giving_back_reopens(self, app, now):
        with write_transaction():
            run = make_open_course_run(capacity=2)
            take_seat(run.id)
            assert run.state == CourseRunState.OPEN
            take_seat(run.id)
            assert (run.state, run.seats_taken) == (CourseRunState.FULL, 2)
            with pytest.raises(Refused) as refused:
                take_seat(run.id)
            assert refused.value.codes == ("course_run_full",)
            give_back_seat(run.id)
            assert (run.state, run.seats_taken) == (CourseRunState.OPEN, 1)

    def test_a_class_that_is_not_open_gives_no_seat(self, app, now):
        with write_transaction():
            for run in (make_filed_course_run(), make_running_course_run()):
                with pytest.raises(Refused) as refused:
                    take_seat(run.id)
                assert refused.value.codes == ("course_run_not_open",)
            with pytest.raises(NotFound):
                take_seat(999_999)

    def test_giving_back_more_than_was_taken_is_refused(self, app, now):
        with write_transaction():
            run = make_open_course_run()
            with pytest.raises(Refused) as refused:
                give_back_seat(run.id)
            assert refused.value.codes == ("no_seat_taken",)

    def test_giving_back_while_running_does_not_reopen(self, app, now):
        with write_transaction():
            run = make_open_course_run(capacity=1, starts_on=now.date())
            take_seat(run.id)
            start_course_run(run.id, actor_id=None)
            give_back_seat(run.id)
            assert (run.state, run.seats_taken) == (CourseRunState.RUNNING, 0)

    @pytest.mark.slow
    def test_two_hundred_takers_get_twenty_seats(self, app, now):
        with write_transaction():
            run_id = make_open_course_run(capacity=SEATS).id
        outcomes = _all_at_once(app, lambda: take_seat(run_id))
        assert outcomes.count("taken") == SEATS
        assert outcomes.count("course_run_full") == TAKERS - SEATS
        assert seats_of(run_id) == (SEATS, CourseRunState.FULL)

    @pytest.mark.slow
    def test_the_race_shows_when_the_condition_is_off(self, app, now):
        """Negative control: readers who decide on what they read promise too many seats."""
        with write_transaction():
            run_id = make_open_course_run(capacity=SEATS).id
        outcomes = _read_then_write(app, run_id)
        assert outcomes.count("taken") > SEATS


def _all_at_once(app, act, hands: int = 16) -> list[str]:
    """Every taker in a transaction of their own, as many at once as there are hands."""

    def one(_number: int) -> str:
        with app.app_context():
            try:
                with write_transaction():
                    act()
            except Refused as refused:
                return refused.codes[0]
            finally:
                db.session.remove()
            return "taken"

    with ThreadPoolExecutor(hands) as pool:
        return list(pool.map(one, range(TAKERS)))


def _read_then_write(app, run_id: int) -> list[str]:
    """What the product must not do: look at the free seats first, then write what was seen."""
    hands = 40
    all_have_looked = Barrier(hands)

    def one(_number: int) -> str:
        with app.app_context():
            try:
                taken = db.session.scalar(
                    select(CourseRun.seats_taken).where(CourseRun.id == run_id)
                )
                db.session.rollback()
                all_have_looked.wait(timeout=60)
                if taken >= SEATS:
                    return "course_run_full"
                with write_transaction() as session:
                    session.execute(
                        update(CourseRun)
                        .where(CourseRun.id == run_id)
                        .values(seats_taken=taken + 1)
                    )
            finally:
                db.session.remove()
            return "taken"

    with ThreadPoolExecutor(hands) as pool:
        return list(pool.map(one, range(hands)))


class TestLife:
    """Filed, opened, started, finished; each asks again and is recorded."""

    def test_a_filed_class_has_its_lessons_in_order(self, app, now):
        with write_transaction():
            run = make_filed_course_run(days=3)
        lessons = list_lessons(run.id)
        assert [lesson.number for lesson in lessons] == [1, 2, 3]
        assert lessons[0].starts_at < lessons[1].starts_at

    def test_the_version_filed_on_stays(self, app, now):
        with write_transaction():
            course = make_listed_course(fee_fen=100_000)
            run = make_open_course_run(course)
            revise_course(
                course.id, content=make_content(fee_fen=200_000), based_on=1, actor_id=None
            )
            list_course(course.id, actor_id=None)
            later = make_open_course_run(course)
        assert get_course_run_facts(run.id).fee == Money(100_000, "CNY")
        assert get_course_run_facts(later.id).fee == Money(200_000, "CNY")

    def test_opening_asks_about_the_institution_again(self, app, now):
        with write_transaction():
            run = make_filed_course_run()
            suspend_institution(run.institution_id, reason="x", actor_id=None)
            with pytest.raises(Refused) as refused:
                open_course_run(run.id, actor_id=None)
        assert refused.value.codes == ("institution_out_of_standing",)

    def test_an_honest_retry_changes_nothing(self, app, now):
        with write_transaction():
            run = make_open_course_run()
            open_course_run(run.id, actor_id=None)
        events = list_events_of("course_run", run.code, PageRequest())
        assert [event.event for event in events.items] == ["course_run.opened", "course_run.filed"]

    def test_a_class_does_not_finish_before_its_last_day(self, app, now):
        with write_transaction():
            run = make_running_course_run(days=3)
            with pytest.raises(Refused) as refused:
                finish_course_run(run.id, actor_id=None)
        assert refused.value.codes == ("course_run_not_over",)

    def test_canceling_with_seats_taken_is_refused_with_the_count(self, app, now):
        with write_transaction():
            run = make_open_course_run()
            take_seat(run.id)
            with pytest.raises(Refused) as refused:
                cancel_course_run(run.id, reason="", actor_id=None)
        assert refused.value.codes == ("reason_missing", "course_run_has_learners")

    def test_a_canceled_class_keeps_its_reason(self, app, now):
        with write_transaction():
            run = make_open_course_run()
            cancel_course_run(run.id, reason="教师生病", actor_id=None)
        assert (run.state, run.cancel_reason) == (CourseRunState.CANCELED, "教师生病")

    def test_nothing_is_kept_of_a_refused_filing(self, app, now):
        with pytest.raises(Refused), write_transaction():
            make_filed_course_run(capacity=0)
        assert db.session.scalar(select(func.count()).select_from(CourseRun)) == 0
