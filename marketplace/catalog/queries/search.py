"""Finding courses: what the public page, the API and the command line find, in the same order.

One tokeniser serves both databases. One Chinese character is found by prefix (a bigram that
begins with it, or the last character of a run); two or more as a phrase of bigrams; Latin words
whole. All words of a query must be there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    cast,
    column,
    func,
    literal_column,
    or_,
    select,
    table,
    text,
)
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.sql.expression import Subquery

from marketplace.catalog.models import Course, CourseRun, CourseVersion
from marketplace.catalog.states import CourseMode, CourseRunState, CourseState
from marketplace.foundation import clock
from marketplace.foundation.db import db, dialect_name
from marketplace.foundation.money import Money
from marketplace.foundation.paging import Page, PageRequest
from marketplace.foundation.text import bigrams, is_cjk, words
from marketplace.institutions.models import Institution
from marketplace.institutions.states import InstitutionState
from marketplace.jurisdictions.models import Jurisdiction

WORDS_MAX = 12
"""More words of a query are not looked at: nobody types them, and each costs a look-up."""


_WEIGHTS: ColumnElement[Any] = literal_column("CAST('{0.1, 0.2, 0.4, 1.0}' AS real[])")
"""What a word counts in the text, (unused), in names, in the title."""


class CourseSort(StrEnum):
    RELEVANCE = "relevance"
    FEE = "fee"
    SOONEST = "soonest"


@dataclass(frozen=True, slots=True)
class CourseQuery:
    """What somebody looks for; empty fields ask for everything."""

    text: str = ""
    jurisdiction_path: str | None = None
    """Courses of institutions in this subtree, or with an open course run there."""
    fee_fen_max: int | None = None
    mode: CourseMode | None = None
    level: int | None = None
    has_open_course_run: bool = False
    institution_id: int | None = None
    sort: CourseSort = CourseSort.RELEVANCE


@dataclass(frozen=True, slots=True)
class CourseCard:
    """A course in a list: what, whose, where and when, for how much, can I get in."""

    course_id: int
    code: str
    source_key: str
    title: str
    institution_code: str
    institution_name: str
    place: str | None
    hours: int | None
    mode: CourseMode
    level: int | None
    fee: Money
    next_run_id: int | None
    next_run_starts_on: date | None
    next_run_seats_left: int | None


@dataclass(frozen=True, slots=True)
class CourseResults:
    """One page of what was found, and whether the query held any word at all."""

    page: Page[CourseCard]
    understood: bool


def search_courses(query: CourseQuery, page: PageRequest) -> CourseResults:
    """Listed, not held back courses of accredited institutions that fit, best first."""
    runs = _next_runs()
    wanted = _findable(query, runs)
    asked_words = words(query.text)[:WORDS_MAX]
    if query.text.strip() and not asked_words:
        return CourseResults(Page([], 0, page.number, page.limit), understood=False)
    rank: ColumnElement[Any] | None = None
    if asked_words:
        wanted, rank = _matching(wanted, asked_words)
    total = db.session.scalar(select(func.count()).select_from(wanted.subquery())) or 0
    ordered = wanted.order_by(*_order(query.sort, rank, runs), Course.id)
    rows = db.session.execute(ordered.offset(page.offset).limit(page.limit)).all()
    return CourseResults(Page(_cards(rows), total, page.number, page.limit), understood=True)


def count_listed_courses() -> int:
    """How many courses the public can choose from."""
    wanted = _findable(CourseQuery(), _next_runs())
    return db.session.scalar(select(func.count()).select_from(wanted.subquery())) or 0


def find_jurisdiction_path(code: str) -> str | None:
    """The subtree of a place, by its code; none when there is no such place."""
    return db.session.scalar(select(Jurisdiction.path).where(Jurisdiction.code == code))


def _next_runs() -> Subquery:
    """The soonest course run of each course that can be enrolled on today."""
    today = clock.today()
    place_in_line = func.row_number().over(
        partition_by=CourseRun.course_id, order_by=(CourseRun.starts_on, CourseRun.id)
    )
    line = (
        select(
            CourseRun.id,
            CourseRun.course_id,
            CourseRun.starts_on,
            (CourseRun.capacity - CourseRun.seats_taken).label("seats_left"),
            place_in_line.label("place_in_line"),
        )
        .where(
            CourseRun.state == CourseRunState.OPEN,
            CourseRun.enrollment_opens_on <= today,
            CourseRun.enrollment_closes_on >= today,
        )
        .subquery()
    )
    return select(line).where(line.c.place_in_line == 1).subquery("next_run")


def _findable(query: CourseQuery, runs: Subquery) -> Select[*tuple[Any, ...]]:
    wanted = (
        select(
            Course.id,
            Course.code,
            Course.source_key,
            CourseVersion.title,
            Institution.code.label("institution_code"),
            Institution.name.label("institution_name"),
            func.coalesce(Institution.city, Jurisdiction.name).label("place"),
            CourseVersion.hours,
            CourseVersion.mode,
            Course.level,
            CourseVersion.fee_fen,
            CourseVersion.currency,
            runs.c.id.label("run_id"),
            runs.c.starts_on.label("run_starts_on"),
            runs.c.seats_left.label("run_seats_left"),
        )
        .join(CourseVersion, CourseVersion.id == Course.current_version_id)
        .join(Institution, Institution.id == Course.institution_id)
        .outerjoin(Jurisdiction, Jurisdiction.id == Institution.jurisdiction_id)
        .outerjoin(runs, runs.c.course_id == Course.id)
        .where(is_offered())
    )
    return wanted.where(and_(True, *_facets(query, runs)))


def is_offered() -> ColumnElement[bool]:
    """Listed, nothing held back, the institution in good standing."""
    return and_(
        Course.state == CourseState.LISTED,
        Course.quarantine_reason.is_(None),
        Institution.state == InstitutionState.ACCREDITED,
        Institution.quarantine_reason.is_(None),
    )


def _facets(query: CourseQuery, runs: Subquery) -> list[ColumnElement[bool]]:
    facets: list[ColumnElement[bool]] = []
    if query.jurisdiction_path:
        facets.append(_in_subtree(query.jurisdiction_path))
    if query.fee_fen_max is not None:
        facets.append(CourseVersion.fee_fen <= query.fee_fen_max)
    if query.mode is not None:
        facets.append(CourseVersion.mode == query.mode)
    if query.level is not None:
        facets.append(Course.level == query.level)
    if query.institution_id is not None:
        facets.append(Course.institution_id == query.institution_id)
    if query.has_open_course_run:
        facets.append(runs.c.id.is_not(None))
    return facets


def _in_subtree(path: str) -> ColumnElement[bool]:
    place = Jurisdiction.__table__.alias("run_place")
    run_there = (
        select(CourseRun.id)
        .join(place, place.c.id == CourseRun.jurisdiction_id)
        .where(
            CourseRun.course_id == Course.id,
            CourseRun.state == CourseRunState.OPEN,
            place.c.path.startswith(path, autoescape=True),
        )
        .correlate(Course)
    )
    return or_(Jurisdiction.path.startswith(path, autoescape=True), run_there.exists())


def _matching(
    wanted: Select[*tuple[Any, ...]], asked_words: Sequence[str]
) -> tuple[Select[*tuple[Any, ...]], ColumnElement[Any]]:
    """Join the index; lower rank is better on both engines."""
    # The index is not one of our tables: it differs per engine.
    if dialect_name() == "sqlite":
        index = table("course_search", column("rowid"))
        found = text("course_search MATCH :asked").bindparams(asked=fts5_query(asked_words))
        joined = wanted.join(index, index.c.rowid == Course.id).where(found)
        return joined, literal_column("bm25(course_search, 10.0, 4.0, 1.0)")
    index = table("course_search", column("course_id"), column("words"))
    asked = cast(tsquery_text(asked_words), TSQUERY)
    joined = wanted.join(index, index.c.course_id == Course.id).where(index.c.words.op("@@")(asked))
    return joined, -func.ts_rank_cd(_WEIGHTS, index.c.words, asked)


def fts5_query(asked_words: Sequence[str]) -> str:
    """`电` -> `"电" *`; `低压电工` -> `"低压 压电 电工"`; `steel` -> `"steel"`; joined by AND."""
    parts: list[str] = []
    for word in asked_words:
        if not is_cjk(word):
            parts.append(f'"{word}"')
        elif len(word) == 1:
            parts.append(f'"{word}" *')
        else:
            parts.append('"' + " ".join(bigrams(word)) + '"')
    return " AND ".join(parts)


def tsquery_text(asked_words: Sequence[str]) -> str:
    """`电` -> `'电':*`; `低压电工` -> `('低压' <-> '压电' <-> '电工')`; joined by `&`."""
    parts: list[str] = []
    for word in asked_words:
        if not is_cjk(word):
            parts.append(f"'{word}'")
        elif len(word) == 1:
            parts.append(f"'{word}':*")
        else:
            parts.append("(" + " <-> ".join(f"'{pair}'" for pair in bigrams(word)) + ")")
    return " & ".join(parts)


def _order(
    sort: CourseSort, rank: ColumnElement[Any] | None, runs: Subquery
) -> list[ColumnElement[Any]]:
    soonest = [runs.c.starts_on.is_(None), runs.c.starts_on]
    if sort == CourseSort.FEE:
        return [CourseVersion.fee_fen.expression, *soonest]
    if sort == CourseSort.SOONEST or rank is None:
        return soonest
    return [rank]


def _cards(rows: Sequence[Any]) -> list[CourseCard]:
    return [
        CourseCard(
            course_id=row.id,
            code=row.code,
            source_key=row.source_key,
            title=row.title,
            institution_code=row.institution_code,
            institution_name=row.institution_name,
            place=row.place,
            hours=row.hours,
            mode=row.mode,
            level=row.level,
            fee=Money(row.fee_fen, row.currency),
            next_run_id=row.run_id,
            next_run_starts_on=row.run_starts_on,
            next_run_seats_left=row.run_seats_left,
        )
        for row in rows
    ]
