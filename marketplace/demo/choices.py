"""What people have to decide about: revisions, warnings, a late filing, a canceled class."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta

from marketplace.catalog.operations.course_runs import LessonTimes, file_course_run
from marketplace.catalog.operations.courses import draft_course, revise_course, submit_course
from marketplace.catalog.queries.course_history import content_of
from marketplace.catalog.queries.courses import get_course, get_latest_version
from marketplace.catalog.queries.occupations import find_occupation_by_code
from marketplace.catalog.rules import CourseContent
from marketplace.catalog.states import CourseMode
from marketplace.demo.cast import Cast, SchoolInPlay
from marketplace.demo.history import announce_run, at, enroll
from marketplace.foundation import clock
from marketplace.foundation.db import write_transaction
from marketplace.redemption.operations.call_off import call_off_course_run

CANCEL_REASON = "主讲教师住院，无法按期开课"


def make_choices(cast: Cast, *, scheme_id: int, today: date) -> None:
    """A revision to review, a copy with a doubtful price, a late filing, a canceled class."""
    yesterday = today - timedelta(days=1)
    with at(yesterday):
        _revise(cast.schools[0])
        _submit_copy(cast.schools[5], cast.schools[1])
    _cancel_class(cast, scheme_id=scheme_id, today=today)
    _file_late(cast.schools[1], today=today)


def _revise(school: SchoolInPlay) -> None:
    """A listed course with more hours, another text and a fee that rose by more than a fifth."""
    course_id = school.course_ids[1]
    listed = get_latest_version(get_course(course_id))
    content = replace(
        content_of(listed),
        description="失能、失智老人照护，康复辅助与心理支持，增加临终关怀单元，适合已有初级证书的学员。",
        hours=(listed.hours or 0) + 8,
        fee_fen=2_180_00,
        fee_parts={"tuition": 1_980_00, "books": 200_00},
    )
    with write_transaction():
        revise_course(
            course_id, content=content, based_on=listed.number, actor_id=school.manager_id
        )


def _submit_copy(school: SchoolInPlay, original: SchoolInPlay) -> None:
    """A course whose text is another school's and whose fee is what the voucher pays."""
    offer = original.school.offers[0]
    occupation = find_occupation_by_code(offer.occupation_code, classification="cn-2022")
    content = CourseContent(
        title="育婴员（初级）周末班",
        description=offer.description,
        hours=offer.hours,
        mode=CourseMode.ONSITE,
        fee_fen=800_00,
        currency="CNY",
        fee_parts={"tuition": 800_00},
        certificate="职业技能等级证书",
    )
    with write_transaction():
        course = draft_course(
            school.institution_id,
            content=content,
            occupation_id=occupation.id if occupation else None,
            level=offer.level,
            actor_id=school.manager_id,
        )
        submit_course(course.id, actor_id=school.manager_id)


def _cancel_class(cast: Cast, *, scheme_id: int, today: date) -> None:
    """Learners had reserved their vouchers; all are free again and told."""
    school = cast.schools[2]
    run = announce_run(
        school, 1, first_on=today + timedelta(days=20), announced_on=today - timedelta(days=8),
        capacity=12,
    )  # fmt: skip
    enroll(run, cast.worker_ids[-3:], scheme_id=scheme_id, cast=cast,
           on=today - timedelta(days=5))  # fmt: skip
    with at(today - timedelta(days=1)), write_transaction():
        call_off_course_run(run.course_run_id, reason=CANCEL_REASON, actor_id=school.manager_id)


def _file_late(school: SchoolInPlay, *, today: date) -> None:
    """A class three days ahead: it waits for an officer's consent."""
    first_on = today + timedelta(days=3)
    lessons = [
        LessonTimes(
            datetime.combine(day, time(18, 0), clock.zone()),
            datetime.combine(day, time(21, 0), clock.zone()),
            room="夜校一教室",
            topic=f"第 {number + 1} 课",
        )
        for number, day in enumerate(first_on + timedelta(days=n) for n in range(4))
    ]
    with at(today - timedelta(days=1)), write_transaction():
        file_course_run(
            school.course_ids[1],
            starts_on=first_on,
            ends_on=first_on + timedelta(days=3),
            enrollment_opens_on=today,
            enrollment_closes_on=first_on,
            capacity=15,
            site=school.school.address,
            jurisdiction_id=school.jurisdiction_id,
            lessons=lessons,
            actor_id=school.manager_id,
            late_reason="用工企业临时要求提前开班",
        )
