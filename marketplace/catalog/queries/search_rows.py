"""Reading what the search keeps in memory: institutions, occupations, courses, coming runs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, String, Text, cast, func, select, true, type_coerce

from marketplace.catalog.distances import Point
from marketplace.catalog.models import (
    Course,
    CourseRun,
    CourseVersion,
    Lesson,
    Occupation,
    ShortageEdition,
    ShortageListEntry,
)
from marketplace.catalog.queries.search_sites import READ_AT_ONCE, read_sites
from marketplace.catalog.queries.shortage import entry_in_force
from marketplace.catalog.search_terms import (
    COMING_STATES,
    Demand,
    RunTimes,
    codes_of_path,
    terms_of_course,
    terms_of_features,
    terms_of_place_names,
    terms_of_stars,
)
from marketplace.catalog.states import CourseMode, CourseRunState, CourseState, ShortageEntryKind
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.text import is_cjk, normal_form, stem, words
from marketplace.institutions.models import Institution
from marketplace.institutions.states import InstitutionState
from marketplace.jurisdictions.models import Jurisdiction
from marketplace.standing.models import InstitutionRating
from marketplace.teaching.models import TrainingSite

NEVER = 10_000_000
"""The day number of a course that has no date yet; later than every real one."""


@dataclass(slots=True)
class InstitutionRow:
    """An institution as the search knows it."""

    id: int
    code: str
    name: str
    place: str | None
    is_offered: bool
    """In good standing, nothing held back."""
    path: str
    terms: tuple[str, ...]
    place_names: tuple[str, ...]
    """County and city of a source without codes of places."""
    text: str
    """Name and places in normal form: what is looked through."""
    stars_hundredths: int = 0
    """0: not enough data for stars."""
    is_rated: bool = False
    sites: tuple[tuple[str, Point], ...] = ()
    """Its sites in use that have coordinates: path of the place, point."""


@dataclass
class OccupationRow:
    """A node of a classification that is in force."""

    id: int
    code: str
    title: str
    depth: int
    parent_id: int | None
    work_types: tuple[str, ...]
    definition: str
    classification: str
    above: tuple[str, ...] = ()
    """Its own code and those of the groups above, broadest first."""
    title_text: str = field(default="")

    @cached_property
    def title_stems(self) -> frozenset[str]:
        return frozenset(map(stem, self.title_words))

    @cached_property
    def title_words(self) -> frozenset[str]:
        return frozenset(words(self.title))

    @cached_property
    def work_text(self) -> str:
        return normal_form("\n".join(self.work_types))

    @cached_property
    def definition_text(self) -> str:
        return normal_form(self.definition)

    @cached_property
    def body_stems(self) -> frozenset[str]:
        found = words(f"{self.definition}\n{self.work_text}")
        return frozenset(stem(word) for word in found if not is_cjk(word))


class CourseRow(NamedTuple):
    """A listed course as the search knows it."""

    course_id: int
    institution_id: int
    title: str
    fee_fen: int
    starts: int
    """Day number of its soonest joinable run, else NEVER."""
    price_key: tuple[int | None, int | None, int | None, int, str]
    """Occupation, level, hours, fee, currency: courses alike in these cost a worker the same."""
    terms: tuple[str, ...]
    paths: tuple[str, ...]
    """Where its joinable runs are held."""
    points: tuple[Point, ...] = ()
    """The sites of its joinable runs; of a course without one, those of the institution."""


def read_institutions(ids: Sequence[int] | None = None) -> Iterator[InstitutionRow]:
    """Institutions of some numbers, or all of them."""
    sites = read_sites(ids)
    rows = db.session.execute(
        select(
            Institution.id,
            Institution.code,
            Institution.name,
            Institution.city,
            Institution.county,
            Institution.features,
            Institution.state,
            Institution.quarantine_reason,
            Jurisdiction.path,
            Jurisdiction.name.label("place"),
            InstitutionRating.stars_hundredths,
            InstitutionRating.institution_id.label("rated_id"),
        )
        .outerjoin(Jurisdiction, Jurisdiction.id == Institution.jurisdiction_id)
        .outerjoin(InstitutionRating, InstitutionRating.institution_id == Institution.id)
        .where(true() if ids is None else Institution.id.in_(ids))
        .order_by(Institution.id)
        .execution_options(yield_per=READ_AT_ONCE)
    )
    for row in rows:
        places = tuple(name for name in (row.county, row.city) if name and row.path is None)
        names = [row.name, row.city or "", row.county or "", row.place or ""]
        yield InstitutionRow(
            id=row.id,
            code=row.code,
            name=row.name,
            place=row.city or row.place,
            is_offered=row.state == InstitutionState.ACCREDITED and not row.quarantine_reason,
            path=row.path or "",
            terms=(
                *terms_of_features(row.features or {}),
                *terms_of_place_names(places),
                *terms_of_stars(row.stars_hundredths),
            ),
            place_names=places,
            text=normal_form("\n".join(names)),
            stars_hundredths=row.stars_hundredths or 0,
            is_rated=row.rated_id is not None,
            sites=sites.get(row.id, ()),
        )


def read_occupations() -> dict[int, OccupationRow]:
    """The classifications in force, by number."""
    rows = db.session.execute(
        select(Occupation).where(Occupation.retired_on.is_(None)).order_by(Occupation.id)
    ).scalars()
    found = {
        row.id: OccupationRow(
            row.id, row.code, row.title, row.depth, row.parent_id, tuple(map(str, row.work_types)),
            row.definition or "", row.classification, title_text=normal_form(row.title),
        )
        for row in rows
    }  # fmt: skip
    for row in found.values():
        above, node = [row.code], row
        while node.parent_id in found and len(above) < 8:
            node = found[node.parent_id]
            above.append(node.code)
        row.above = tuple(reversed(above))
    return found


def read_demands(occupations: Mapping[int, OccupationRow]) -> list[Demand]:
    """What the lists of today say, the entry that speaks first first (`directories.rules`)."""
    rows = db.session.execute(
        select(ShortageListEntry.occupation_id, ShortageListEntry.kind, Jurisdiction.path)
        .join(Occupation, Occupation.id == ShortageListEntry.occupation_id)
        .outerjoin(ShortageEdition, ShortageEdition.id == ShortageListEntry.edition_id)
        .outerjoin(Jurisdiction, Jurisdiction.id == ShortageListEntry.jurisdiction_id)
        .where(entry_in_force(ShortageListEntry, ShortageEdition, clock.today()))
        .order_by(
            func.length(func.coalesce(Jurisdiction.path, "")).desc(),
            Occupation.depth.desc(),
            func.coalesce(ShortageEdition.in_force_from, ShortageListEntry.valid_from).desc(),
            ShortageListEntry.id.desc(),
        )
    )
    return [
        Demand(
            occupations[row.occupation_id].code,
            row.path or "",
            adds=row.kind is ShortageEntryKind.ADD,
        )
        for row in rows
        if row.occupation_id in occupations
    ]


def read_courses(
    institutions: Mapping[int, InstitutionRow],
    occupations: Mapping[int, OccupationRow],
    ids: Sequence[int] | None = None,
) -> Iterator[CourseRow]:
    """Listed courses that are not held back: some, or all of them."""
    reader = _Reader(institutions, occupations, _read_runs(ids))
    rows = db.session.connection().execute(
        select(
            Course.id,
            Course.institution_id,
            Course.occupation_id,
            Course.level,
            CourseVersion.title,
            CourseVersion.hours,
            type_coerce(CourseVersion.mode, String).label("mode"),
            CourseVersion.fee_fen,
            CourseVersion.currency,
            # Read as JSON only where there is something to read: two hundred thousand are empty.
            func.nullif(cast(CourseVersion.attributes, Text), "{}").label("attributes"),
        )
        .join(CourseVersion, CourseVersion.id == Course.current_version_id)
        .where(
            Course.state == CourseState.LISTED,
            Course.quarantine_reason.is_(None),
            true() if ids is None else Course.id.in_(ids),
        )
        .order_by(Course.id)
        .execution_options(yield_per=READ_AT_ONCE)
    )
    return map(reader.read, rows)


class _Reader:
    """Makes of a row what the search knows of a course; what many share is made once."""

    def __init__(
        self,
        institutions: Mapping[int, InstitutionRow],
        occupations: Mapping[int, OccupationRow],
        runs: Mapping[int, Sequence[RunTimes]],
    ) -> None:
        self.institutions, self.occupations, self.runs = institutions, occupations, runs
        self.demands = read_demands(occupations)
        self.today = clock.today()
        self._plain: dict[tuple[object, ...], tuple[str, ...]] = {}

    def read(self, row: Any) -> CourseRow:
        course_id, institution_id, occupation_id, level, title, hours, mode, fee_fen, currency = (
            row[:9]
        )
        coming = self.runs.get(course_id, ())
        joinable = [run for run in coming if run.is_joinable(self.today)] if coming else ()
        if coming or row.attributes:
            terms = self._terms(row, coming)
        else:
            kind = (mode, level, occupation_id, institution_id)
            found = self._plain.get(kind)
            terms = found or self._plain.setdefault(kind, self._terms(row, ()))
        institution = self.institutions[institution_id]
        return CourseRow(
            course_id,
            institution_id,
            title,
            fee_fen,
            min(run.starts_on.toordinal() for run in joinable) if joinable else NEVER,
            (occupation_id, level, hours, fee_fen, currency),
            terms,
            tuple({run.place_path for run in joinable}) if joinable else (),
            _points(mode, institution, joinable),
        )

    def _terms(self, row: Any, coming: Sequence[RunTimes]) -> tuple[str, ...]:
        institution = self.institutions[row.institution_id]
        occupation = self.occupations.get(row.occupation_id or 0)
        return terms_of_course(
            mode=CourseMode(row.mode),
            level=row.level,
            occupation_codes=occupation.above if occupation else (),
            attributes=json.loads(row.attributes) or {} if row.attributes else {},
            institution_terms=institution.terms,
            institution_path=institution.path,
            runs=coming,
            demands=self.demands,
            today=self.today,
        )


def _points(
    mode: str, institution: InstitutionRow, joinable: Sequence[RunTimes]
) -> tuple[Point, ...]:
    if mode == CourseMode.ONLINE or not (joinable or institution.sites):
        return ()
    if joinable:
        return tuple(sorted({run.point for run in joinable if run.point}))
    return tuple(sorted({point for _path, point in institution.sites}))


def _read_runs(course_ids: Sequence[int] | None) -> dict[int, list[RunTimes]]:
    """Runs that have not begun, by course."""
    wanted: ColumnElement[bool] = CourseRun.state.in_(COMING_STATES)
    wanted &= CourseRun.ends_on >= clock.today()
    if course_ids is not None:
        wanted &= CourseRun.course_id.in_(course_ids)
    lessons: dict[int, list[object]] = {}
    for run_id, starts_at in db.session.execute(
        select(Lesson.course_run_id, Lesson.starts_at)
        .join(CourseRun, CourseRun.id == Lesson.course_run_id)
        .where(wanted, CourseRun.state == CourseRunState.OPEN)
        .execution_options(yield_per=READ_AT_ONCE)
    ):
        lessons.setdefault(run_id, []).append(starts_at.astimezone(clock.zone()))
    found: dict[int, list[RunTimes]] = {}
    for row in db.session.execute(
        select(
            CourseRun.id,
            CourseRun.course_id,
            CourseRun.state,
            CourseRun.starts_on,
            CourseRun.enrollment_opens_on,
            CourseRun.enrollment_closes_on,
            Jurisdiction.path,
            TrainingSite.latitude,
            TrainingSite.longitude,
        )
        .outerjoin(Jurisdiction, Jurisdiction.id == CourseRun.jurisdiction_id)
        .outerjoin(TrainingSite, TrainingSite.id == CourseRun.site_id)
        .where(wanted)
        .order_by(CourseRun.starts_on, CourseRun.id)
        .execution_options(yield_per=READ_AT_ONCE)
    ):
        times = RunTimes(
            row.state,
            row.starts_on,
            row.enrollment_opens_on,
            row.enrollment_closes_on,
            row.path or "",
            tuple(lessons.get(row.id, ())),  # type: ignore[arg-type]
            None if row.latitude is None else (row.latitude, row.longitude),
        )
        found.setdefault(row.course_id, []).append(times)
    return found


def parents_of_path(path: str) -> Iterator[tuple[str, str]]:
    """Each code of a path with the code above it ('' above the province)."""
    above = ""
    for code in codes_of_path(path):
        yield code, above
        above = code
