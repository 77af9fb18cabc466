"""The smallest valid occupation, course and course run."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from itertools import count
from typing import Any

from marketplace.catalog.models import Course, CourseRun, Occupation
from marketplace.catalog.operations.course_runs import (
    LessonTimes,
    file_course_run,
    finish_course_run,
    open_course_run,
    start_course_run,
)
from marketplace.catalog.operations.courses import draft_course, list_course, submit_course
from marketplace.catalog.rules import CourseContent
from marketplace.catalog.states import CourseMode
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.institutions.models import Institution
from tests.factories.institutions import make_accredited_institution

_numbers = count(1)


def make_occupation(
    code: str | None = None, *, title: str = "电工", classification: str = "cn-2022"
) -> Occupation:
    """A leaf of a classification."""
    occupation = Occupation(
        classification=classification,
        code=code or f"9-99-99-{next(_numbers):02d}",
        title=title,
        depth=4,
        work_types=[],
        marks=[],
    )
    db.session.add(occupation)
    db.session.flush()
    return occupation


def make_content(title: str = "低压电工", **changes: Any) -> CourseContent:
    """What a small course says."""
    values: dict[str, Any] = {
        "title": title,
        "description": "安全用电、线路安装与检修。",
        "hours": 40,
        "mode": CourseMode.ONSITE,
        "fee_fen": 120_000,
        "currency": "CNY",
        **changes,
    }
    return CourseContent(**values)


def make_draft_course(
    institution: Institution | None = None,
    *,
    occupation: Occupation | None = None,
    level: int | None = 5,
    **content: Any,
) -> Course:
    """A course only its institution sees."""
    institution = institution or make_accredited_institution()
    return draft_course(
        institution.id,
        content=make_content(**content),
        occupation_id=occupation.id if occupation else None,
        level=level,
        actor_id=None,
    )


def make_listed_course(
    institution: Institution | None = None,
    *,
    occupation: Occupation | None = None,
    level: int | None = 5,
    **content: Any,
) -> Course:
    """A public course, findable by search. `fee_fen`, `title`, `hours`… go into what it says."""
    course = make_draft_course(institution, occupation=occupation, level=level, **content)
    submit_course(course.id, actor_id=None)
    return list_course(course.id, actor_id=None)


def make_filed_course_run(
    course: Course | None = None,
    *,
    starts_on: date | None = None,
    days: int = 5,
    capacity: int = 20,
    jurisdiction_id: int | None = None,
) -> CourseRun:
    """A course run of some days in a row, one lesson of six hours each, from next week on."""
    # Six hours of a lesson are eight of 45 minutes: the class teaches what the course promises.
    course = course or make_listed_course(hours=min(40, 8 * days))
    starts_on = starts_on or clock.today() + timedelta(days=7)
    opens_on = min(clock.today(), starts_on)
    # In time: a class is filed some days before it starts.
    with clock.frozen(min(clock.now(), _noon(starts_on - timedelta(days=30)))):
        return file_course_run(
            course.id,
            starts_on=starts_on,
            ends_on=starts_on + timedelta(days=days - 1),
            enrollment_opens_on=opens_on,
            enrollment_closes_on=starts_on,
            capacity=capacity,
            site="一号教学楼 203",
            jurisdiction_id=jurisdiction_id,
            lessons=make_lessons(starts_on, days),
            actor_id=None,
        )


def _noon(on: date) -> datetime:
    return datetime.combine(on, time(12), tzinfo=clock.zone())


def make_late_course_run(course: Course | None = None) -> CourseRun:
    """A course run filed two days before it starts: it waits for an officer."""
    course = course or make_listed_course()
    starts_on = clock.today() + timedelta(days=2)
    return file_course_run(
        course.id,
        starts_on=starts_on,
        ends_on=starts_on,
        enrollment_opens_on=clock.today(),
        enrollment_closes_on=starts_on,
        capacity=20,
        site="一号教学楼 203",
        jurisdiction_id=None,
        lessons=make_lessons(starts_on, 1),
        actor_id=None,
        late_reason="教师临时调整",
    )


def make_open_course_run(course: Course | None = None, **plan: Any) -> CourseRun:
    """A course run that takes enrollments today."""
    return open_course_run(make_filed_course_run(course, **plan).id, actor_id=None)


def make_running_course_run(course: Course | None = None, **plan: Any) -> CourseRun:
    """A course run that begins today and was started."""
    course_run = make_open_course_run(course, **{"starts_on": clock.today(), **plan})
    return start_course_run(course_run.id, actor_id=None)


def make_finished_course_run(course: Course | None = None, **plan: Any) -> CourseRun:
    """A course run of one day, today, that is over."""
    course_run = make_running_course_run(course, **{"days": 1, **plan})
    return finish_course_run(course_run.id, actor_id=None)


def make_lessons(starts_on: date, days: int) -> list[LessonTimes]:
    """One lesson a day, 09:00 to 15:00 local time."""
    lessons = []
    for offset in range(days):
        on = starts_on + timedelta(days=offset)
        begin = datetime.combine(on, time(9), tzinfo=clock.zone())
        lessons.append(LessonTimes(begin, begin + timedelta(hours=6), topic=f"第{offset + 1}课"))
    return lessons
