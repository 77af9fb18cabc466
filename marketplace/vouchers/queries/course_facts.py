"""Course runs, and courses before a run is chosen, as the rules of quotes see them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy import BigInteger, Date, bindparam, select, tuple_

from marketplace.catalog.models import (
    Course,
    CourseRun,
    CourseVersion,
    Occupation,
    ShortageListEntry,
)
from marketplace.catalog.queries.shortage import speaking_entry_id
from marketplace.catalog.states import ShortageEntryKind
from marketplace.foundation.db import db, table_of
from marketplace.institutions.models import Institution
from marketplace.institutions.rules import StateChange, first_day_out_of_standing, is_covered
from marketplace.jurisdictions.models import Jurisdiction
from marketplace.standing.queries.institution_facts import get_institution_facts
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
    """Course runs as the rules see them, in two queries however many they are."""
    asked = {"ids": list(course_run_ids)[:COURSES_MAX]}
    return course_run_facts_of(db.session.execute(_RUNS, asked).all())


def course_run_facts_of(rows: Sequence[Any]) -> dict[int, CourseFacts]:
    """The same from rows that hold `RUN_FACTS`, in one query."""
    owners = get_institution_facts(row.institution_id for row in rows)
    return {
        row.run_id: replace(
            _course_facts(row, owners.bars),
            run_state=row.run_state,
            starts_on=row.starts_on,
            ends_on=row.ends_on,
            opens_on=row.enrollment_opens_on,
            closes_on=row.enrollment_closes_on,
            place_path=row.run_path or row.home_path,
            accredited_for_run=is_covered(
                owners.periods.get(row.institution_id, ()),
                occupation_code=row.occupation_code,
                level=row.level,
                first_on=row.starts_on,
                last_on=row.ends_on,
                site_id=row.site_id,
            ),
            stops_on=_stops_on(owners.changes.get(row.institution_id, ()), row),
        )
        for row in rows
    }


def _stops_on(changes: Sequence[StateChange], row: Any) -> date | None:
    stop = first_day_out_of_standing(changes, row.institution_state, row.starts_on, row.ends_on)
    return stop[0] if stop else None


def list_course_facts(course_ids: Sequence[int]) -> dict[int, CourseFacts]:
    """Courses as the rules see them before a run is chosen, in two queries."""
    rows = db.session.execute(_COURSES, {"ids": list(course_ids)[:COURSES_MAX]}).all()
    bars = list_grade_bars({row.institution_id for row in rows})
    return {row.id: _course_facts(row, bars) for row in rows}


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
    rows = db.session.execute(_UPLIFTS, {"wanted": sorted(wanted), "on": on})
    return {(code, path): percent for code, path, percent in rows}


def _course_facts(row: Any, bars: Mapping[int, GradeBar]) -> CourseFacts:
    bar = bars.get(row.institution_id)
    return CourseFacts(
        listed=is_listed(row.course_state, row.course_quarantine),
        institution_accredited=is_institution_accredited(
            row.institution_state, row.institution_quarantine
        ),
        occupation_code=row.occupation_code,
        level=row.level,
        hours=row.hours,
        fee_fen=row.fee_fen,
        currency=row.currency,
        run_state=None,
        starts_on=None,
        opens_on=None,
        closes_on=None,
        barred_grade=bar.grade.value if bar else None,
        barred_rule=bar.rule if bar else None,
        mode=row.mode,
        award=award_of(row.level, row.certificate),
        place_path=row.home_path,
        institution_id=row.institution_id,
    )


def award_of(level: int | None, certificate: str | None) -> Award | None:
    """A course without a skill level ends with a certificate of an ability, or of completion."""
    if level is not None:
        return None
    return Award.SPECIAL_ABILITY if certificate else Award.COMPLETION


_course, _said, _run = table_of(Course), table_of(CourseVersion), table_of(CourseRun)
_occupation, _institution = table_of(Occupation), table_of(Institution)
_home, _taught = table_of(Jurisdiction).alias("home"), table_of(Jurisdiction).alias("taught")
_IDS = bindparam("ids", type_=BigInteger, expanding=True)
_FACTS = (
    _course.c.state.label("course_state"),
    _course.c.quarantine_reason.label("course_quarantine"),
    _course.c.level,
    _said.c.hours,
    _said.c.mode,
    _said.c.fee_fen,
    _said.c.currency,
    _said.c.certificate,
    _occupation.c.code.label("occupation_code"),
    _institution.c.id.label("institution_id"),
    _institution.c.state.label("institution_state"),
    _institution.c.quarantine_reason.label("institution_quarantine"),
    _home.c.path.label("home_path"),
)
_COURSES = (
    select(_course.c.id, *_FACTS)
    .select_from(_course)
    .join(_institution, _institution.c.id == _course.c.institution_id)
    .join(_said, _said.c.id == _course.c.current_version_id)
    .outerjoin(_occupation, _occupation.c.id == _course.c.occupation_id)
    .outerjoin(_home, _home.c.id == _institution.c.jurisdiction_id)
    .where(_course.c.id.in_(_IDS))
    .order_by(_course.c.id)
    .limit(COURSES_MAX)
)
RUN_FACTS = (
    _run.c.id.label("run_id"),
    *_FACTS,
    _run.c.state.label("run_state"),
    _run.c.starts_on,
    _run.c.ends_on,
    _run.c.enrollment_opens_on,
    _run.c.enrollment_closes_on,
    _run.c.site_id,
    _taught.c.path.label("run_path"),
)
RUN = _run
RUN_WITH_OWNER = (
    _run.join(_course, _course.c.id == _run.c.course_id)
    .join(_institution, _institution.c.id == _course.c.institution_id)
    .join(_said, _said.c.id == _run.c.course_version_id)
    .outerjoin(_occupation, _occupation.c.id == _course.c.occupation_id)
    .outerjoin(_home, _home.c.id == _institution.c.jurisdiction_id)
    .outerjoin(_taught, _taught.c.id == _run.c.jurisdiction_id)
)
"""Where `RUN_FACTS` come from, for statements that ask for more in the same round trip."""
_RUNS = (
    select(*RUN_FACTS)
    .select_from(RUN_WITH_OWNER)
    .where(_run.c.id.in_(_IDS))
    .order_by(_run.c.id)
    .limit(COURSES_MAX)
)
_NAMED = (
    select(
        Occupation.code,
        Jurisdiction.path,
        speaking_entry_id(
            Occupation.id.expression, Jurisdiction.path.expression, bindparam("on", type_=Date)
        ).label("entry_id"),
    )
    .select_from(Occupation)
    .join(
        Jurisdiction,
        tuple_(Occupation.code, Jurisdiction.path).in_(bindparam("wanted", expanding=True)),
    )
    .subquery()
)
_UPLIFTS = (
    select(_NAMED.c.code, _NAMED.c.path, ShortageListEntry.uplift_percent)
    .join(ShortageListEntry, ShortageListEntry.id == _NAMED.c.entry_id)
    .where(ShortageListEntry.kind == ShortageEntryKind.ADD)
    .order_by(_NAMED.c.code, _NAMED.c.path)
    .limit(COURSES_MAX)
)
"""Read for every quote and page of courses: built once, and without objects."""
