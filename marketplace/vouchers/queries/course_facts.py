"""Course runs, and courses before a run is chosen, as the rules of quotes see them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy import select, tuple_
from sqlalchemy.orm import aliased

from marketplace.catalog.models import (
    Course,
    CourseRun,
    CourseVersion,
    Occupation,
    ShortageListEntry,
)
from marketplace.catalog.queries.shortage import speaking_entry_id
from marketplace.catalog.states import ShortageEntryKind
from marketplace.foundation.db import db
from marketplace.institutions.models import Institution
from marketplace.institutions.queries import list_granted_periods_of, list_state_changes_of
from marketplace.institutions.rules import StateChange, first_day_out_of_standing, is_covered
from marketplace.institutions.states import InstitutionState
from marketplace.jurisdictions.models import Jurisdiction
from marketplace.standing.queries.ratings import list_grade_bars
from marketplace.standing.rules.grades import GradeBar
from marketplace.vouchers.rules.quotes import (
    CourseFacts,
    is_institution_accredited,
    is_listed,
)
from marketplace.vouchers.states import Award

COURSES_MAX = 100
"""Courses priced in one go: a page of search results."""


def list_course_run_facts(course_run_ids: Sequence[int]) -> dict[int, CourseFacts]:
    """Course runs as the rules see them, all in one query."""
    of_run = aliased(Jurisdiction)
    rows = db.session.execute(
        _courses()
        .add_columns(CourseRun, of_run.path)
        .join(CourseRun, CourseRun.course_id == Course.id)
        .outerjoin(of_run, of_run.id == CourseRun.jurisdiction_id)
        .join(CourseVersion, CourseVersion.id == CourseRun.course_version_id)
        .where(CourseRun.id.in_(list(course_run_ids)[:COURSES_MAX]))
        .order_by(CourseRun.id)
        .limit(COURSES_MAX)
    ).all()
    owner_ids = {institution.id for *_others, institution, _home, _run, _place in rows}
    periods = list_granted_periods_of(owner_ids)
    changes = list_state_changes_of(owner_ids)
    bars = list_grade_bars(owner_ids)
    return {
        run.id: replace(
            _course_facts(course, version, code, institution, run, bars),
            place_path=run_place or home,
            accredited_for_run=is_covered(
                periods.get(institution.id, ()),
                occupation_code=code,
                level=course.level,
                first_on=run.starts_on,
                last_on=run.ends_on,
                site_id=run.site_id,
            ),
            stops_on=_stops_on(changes.get(institution.id, ()), institution.state, run),
        )
        for course, version, code, institution, home, run, run_place in rows
    }


def _stops_on(
    changes: Sequence[StateChange], present: InstitutionState, run: CourseRun
) -> date | None:
    stop = first_day_out_of_standing(changes, present, run.starts_on, run.ends_on)
    return stop[0] if stop else None


def list_course_facts(course_ids: Sequence[int]) -> dict[int, CourseFacts]:
    """Courses as the rules see them before a run is chosen, all in one query."""
    rows = db.session.execute(
        _courses()
        .join(CourseVersion, CourseVersion.id == Course.current_version_id)
        .where(Course.id.in_(list(course_ids)[:COURSES_MAX]))
        .order_by(Course.id)
        .limit(COURSES_MAX)
    ).all()
    bars = list_grade_bars({institution.id for *_others, institution, _home in rows})
    return {
        course.id: replace(
            _course_facts(course, version, code, institution, None, bars), place_path=home
        )
        for course, version, code, institution, home in rows
    }


def with_demand(facts: Mapping[int, CourseFacts], *, on: date) -> dict[int, CourseFacts]:
    """The same courses with whether their occupation is in demand where they are taught.

    One query for all of them, for policies that ask (`Policy.asks_for_demand`). The nearest
    place's list speaks (decision 0041); a course without a place is in no list.
    """
    known = _list_uplifts(
        {
            (course.occupation_code, course.place_path)
            for course in facts.values()
            if course.occupation_code and course.place_path
        },
        on=on,
    )
    return {
        key: replace(course, in_demand=True, demand_uplift_percent=known[where])
        if (where := (course.occupation_code, course.place_path)) in known
        else course
        for key, course in facts.items()
    }


def _list_uplifts(
    wanted: set[tuple[str, str]], *, on: date
) -> dict[tuple[str | None, str | None], int | None]:
    """Occupations in demand at places, with the uplift their list names, if it names one."""
    if not wanted:
        return {}
    entry_id = speaking_entry_id(Occupation.id.expression, Jurisdiction.path.expression, on)
    asked = (
        select(Occupation.code, Jurisdiction.path, entry_id.label("entry_id"))
        .select_from(Occupation)
        .join(Jurisdiction, tuple_(Occupation.code, Jurisdiction.path).in_(sorted(wanted)))
        .subquery()
    )
    rows = db.session.execute(
        select(asked.c.code, asked.c.path, ShortageListEntry.uplift_percent)
        .join(ShortageListEntry, ShortageListEntry.id == asked.c.entry_id)
        .where(ShortageListEntry.kind == ShortageEntryKind.ADD)
        .order_by(asked.c.code, asked.c.path)
        .limit(COURSES_MAX)
    )
    return {(code, path): percent for code, path, percent in rows}


def _courses() -> Any:
    return (
        select(Course, CourseVersion, Occupation.code, Institution, Jurisdiction.path)
        .select_from(Course)
        .join(Institution, Institution.id == Course.institution_id)
        .outerjoin(Jurisdiction, Jurisdiction.id == Institution.jurisdiction_id)
        .outerjoin(Occupation, Occupation.id == Course.occupation_id)
    )


def _course_facts(
    course: Course,
    version: CourseVersion,
    occupation_code: str | None,
    institution: Institution,
    run: CourseRun | None,
    bars: Mapping[int, GradeBar],
) -> CourseFacts:
    bar = bars.get(institution.id)
    return CourseFacts(
        listed=is_listed(course.state, course.quarantine_reason),
        institution_accredited=is_institution_accredited(
            institution.state, institution.quarantine_reason
        ),
        occupation_code=occupation_code,
        level=course.level,
        hours=version.hours,
        fee_fen=version.fee_fen,
        currency=version.currency,
        run_state=run.state if run else None,
        starts_on=run.starts_on if run else None,
        opens_on=run.enrollment_opens_on if run else None,
        closes_on=run.enrollment_closes_on if run else None,
        ends_on=run.ends_on if run else None,
        barred_grade=bar.grade.value if bar else None,
        barred_rule=bar.rule if bar else None,
        mode=version.mode,
        award=award_of(course, version),
    )


def award_of(course: Course, version: CourseVersion) -> Award | None:
    """A course without a skill level ends with a certificate of an ability, or of completion."""
    if course.level is not None:
        return None
    return Award.SPECIAL_ABILITY if version.certificate else Award.COMPLETION
