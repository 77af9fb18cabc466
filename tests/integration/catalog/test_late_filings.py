"""Filing in time (开班备案), and the officer's consent when it is late."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from marketplace.catalog.operations.course_runs import file_course_run, open_course_run
from marketplace.catalog.operations.late_filings import grant_late_filing, refuse_late_filing
from marketplace.catalog.queries.late_filings import count_waiting_late_filings, find_late_filing
from marketplace.catalog.states import CourseRunState, LateFilingState
from marketplace.foundation import clock
from marketplace.foundation.db import db, write_transaction
from marketplace.foundation.errors import Refused
from marketplace.institutions.queries import list_manager_ids
from marketplace.notices.models import Notice
from tests.factories.catalog import (
    make_filed_course_run,
    make_late_course_run,
    make_lessons,
    make_listed_course,
)
from tests.factories.institutions import make_accredited_institution, make_staff
from tests.factories.people import make_user


def test_a_late_class_without_a_reason_is_not_filed(app, now):
    with write_transaction():
        course = make_listed_course()
    starts_on = clock.today() + timedelta(days=4)
    with pytest.raises(Refused) as refused, write_transaction():
        file_course_run(
            course.id,
            starts_on=starts_on,
            ends_on=starts_on,
            enrollment_opens_on=clock.today(),
            enrollment_closes_on=starts_on,
            capacity=20,
            site="203",
            jurisdiction_id=None,
            lessons=make_lessons(starts_on, 1),
            actor_id=None,
        )
    assert refused.value.codes == ("course_run_filed_late",)


def test_a_class_in_time_asks_nobody(app, now):
    with write_transaction():
        run = make_filed_course_run()
        assert find_late_filing(run.id) is None
        assert open_course_run(run.id, actor_id=None).state is CourseRunState.OPEN


def test_a_late_class_opens_with_consent_only_and_its_managers_are_told(app, now):
    with write_transaction():
        school = make_accredited_institution()
        make_staff(school)
        run = make_late_course_run(make_listed_course(school))
        officer = make_user()
    assert count_waiting_late_filings([""]) == 1
    with pytest.raises(Refused) as refused, write_transaction():
        open_course_run(run.id, actor_id=None)
    assert refused.value.codes == ("late_filing_waits",)
    with write_transaction():
        grant_late_filing(run.id, answer="情况属实", actor_id=officer.id)
    with write_transaction():
        grant_late_filing(run.id, answer="again", actor_id=officer.id)  # once is enough
    filing = find_late_filing(run.id)
    assert (filing.state, filing.answer) == (LateFilingState.GRANTED, "情况属实")
    assert (filing.days_before, filing.days_asked) == (2, 5)
    notices = db.session.scalars(select(Notice).order_by(Notice.id)).all()
    assert [(one.kind, one.user_id) for one in notices] == [
        ("late_filing.granted", list_manager_ids(school.id)[0])
    ]
    with write_transaction():
        assert open_course_run(run.id, actor_id=None).state is CourseRunState.OPEN
    assert count_waiting_late_filings([""]) == 0


def test_a_no_needs_a_reason_and_stands(app, now):
    with write_transaction():
        run = make_late_course_run()
    with pytest.raises(Refused) as refused, write_transaction():
        refuse_late_filing(run.id, answer=" ", actor_id=None)
    assert refused.value.codes == ("reason_missing",)
    with write_transaction():
        refuse_late_filing(run.id, answer="理由不充分", actor_id=None)
    for act, codes in (
        (lambda: grant_late_filing(run.id, answer="", actor_id=None), ("late_filing_decided",)),
        (lambda: open_course_run(run.id, actor_id=None), ("late_filing_refused",)),
    ):
        with pytest.raises(Refused) as refused, write_transaction():
            act()
        assert refused.value.codes == codes


def test_nobody_consents_to_their_own_filing(app, now):
    with write_transaction():
        run = make_late_course_run()
        find_late_filing(run.id).asked_by = (both := make_user()).id
    with pytest.raises(Refused) as refused, write_transaction():
        grant_late_filing(run.id, answer="", actor_id=both.id)
    assert refused.value.codes == ("same_person",)
