"""Taking a seat in a class, and giving it up."""

from __future__ import annotations

from datetime import timedelta

import pytest

from marketplace.audit.queries import list_events_of
from marketplace.catalog.queries.course_runs import get_course_run, list_lessons
from marketplace.catalog.states import CourseRunState
from marketplace.enrollment.operations.enroll import (
    enroll_worker,
    record_no_show,
    withdraw_enrollment,
)
from marketplace.enrollment.queries import get_enrollment
from marketplace.enrollment.states import EnrollmentState, ExitReason
from marketplace.foundation import clock
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import NotFound, Refused
from marketplace.foundation.paging import PageRequest
from tests.factories.catalog import make_filed_course_run, make_open_course_run
from tests.factories.enrollment import attend, make_enrollment, make_staff
from tests.factories.people import make_worker


def enroll(worker, run):
    with write_transaction():
        return enroll_worker(worker.id, course_run_id=run.id, actor_id=None)


def test_a_worker_gets_a_seat(app, now):
    with write_transaction():
        worker, run = make_worker(), make_open_course_run(capacity=2)
    enrollment = enroll(worker, run)
    assert enrollment.state is EnrollmentState.CONFIRMED
    assert get_course_run(run.id).seats_taken == 1
    events = list_events_of("enrollment", enrollment.code, PageRequest())
    assert [event.event for event in events.items] == ["enrollment.confirmed"]


def test_nobody_enrolls_twice_in_a_class(app, now):
    with write_transaction():
        worker, run = make_worker(), make_open_course_run()
    enroll(worker, run)
    with pytest.raises(Refused) as refused:
        enroll(worker, run)
    assert refused.value.codes == ("already_enrolled",)
    assert get_course_run(run.id).seats_taken == 1


def test_the_database_refuses_a_second_seat_by_itself(app, now, monkeypatch):
    """The look before the leap is lost in a race; the index is not."""
    with write_transaction():
        worker, run = make_worker(), make_open_course_run()
    enroll(worker, run)
    monkeypatch.setattr(
        "marketplace.enrollment.operations.enroll.find_live_enrollment", lambda *_ids: None
    )
    with pytest.raises(Refused) as refused:
        enroll(worker, run)
    assert refused.value.codes == ("already_enrolled",)
    assert get_course_run(run.id).seats_taken == 1


def test_the_last_seat_fills_the_class(app, now):
    with write_transaction():
        first, second = make_worker(), make_worker()
        run = make_open_course_run(capacity=1)
    enroll(first, run)
    assert get_course_run(run.id).state is CourseRunState.FULL
    with pytest.raises(Refused) as refused:
        enroll(second, run)
    assert refused.value.codes == ("class_full",)


def test_a_class_that_is_only_filed_takes_nobody(app, now):
    with write_transaction():
        worker, run = make_worker(), make_filed_course_run()
    with pytest.raises(Refused) as refused:
        enroll(worker, run)
    assert refused.value.codes == ("class_not_open",)


def test_after_the_window_nobody_enrolls(app, now):
    with write_transaction():
        worker, run = make_worker(), make_open_course_run()
    late = clock.now() + timedelta(days=8)
    with clock.frozen(late), pytest.raises(Refused) as refused:
        enroll(worker, run)
    assert refused.value.codes == ("class_window_over",)


def test_who_withdraws_gives_the_seat_back_and_may_return(app, now):
    with write_transaction():
        worker, run = make_worker(), make_open_course_run(capacity=1)
    enrollment = enroll(worker, run)
    with write_transaction():
        withdraw_enrollment(enrollment.id, reason=ExitReason.ILLNESS, actor_id=None)
    assert get_enrollment(enrollment.id).state is EnrollmentState.WITHDRAWN
    assert get_enrollment(enrollment.id).exit_reason == "illness"
    run = get_course_run(run.id)
    assert (run.seats_taken, run.state) == (0, CourseRunState.OPEN)
    assert enroll(worker, run).id != enrollment.id


def test_withdrawing_twice_is_once(app, now):
    with write_transaction():
        enrollment = make_enrollment()
    for _attempt in range(2):
        with write_transaction():
            withdraw_enrollment(enrollment.id, reason=ExitReason.FAMILY, actor_id=None)
    assert get_course_run(enrollment.course_run_id).seats_taken == 0


def test_a_no_show_is_not_known_before_the_class_begins(app, now):
    with write_transaction():
        enrollment = make_enrollment()
    with pytest.raises(Refused) as refused, write_transaction():
        record_no_show(enrollment.id, actor_id=None)
    assert refused.value.codes == ("run_not_started",)


def test_a_no_show_never_came(app, now):
    with write_transaction():
        enrollment = make_enrollment()
    lesson = list_lessons(enrollment.course_run_id)[0]
    with clock.frozen(lesson.ends_at):
        for _attempt in range(2):
            with write_transaction():
                record_no_show(enrollment.id, actor_id=None)
    assert get_enrollment(enrollment.id).state is EnrollmentState.NO_SHOW


def test_who_attended_is_no_no_show(app, now):
    with write_transaction():
        enrollment = make_enrollment()
        run = get_course_run(enrollment.course_run_id)
        attend(enrollment, make_staff(run.institution_id).id, lessons=1)
    afterwards = clock.frozen(list_lessons(run.id)[0].ends_at)
    with afterwards, pytest.raises(Refused) as refused, write_transaction():
        record_no_show(enrollment.id, actor_id=None)
    assert refused.value.codes == ("training_began",)


def test_an_unknown_enrollment_is_not_found(app, now):
    with pytest.raises(NotFound), write_transaction():
        withdraw_enrollment(4711, reason=ExitReason.OTHER, actor_id=None)
    with pytest.raises(NotFound):
        get_enrollment(4711)
