"""Ratings in force and past ones. `find_current_rating` is what other rooms and pages read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, select

from marketplace.foundation.db import db, table_of
from marketplace.foundation.direct import Direct, ask, is_among
from marketplace.foundation.paging import Page, PageRequest
from marketplace.institutions.models import Institution
from marketplace.institutions.queries import in_subtrees
from marketplace.jurisdictions.models import Jurisdiction
from marketplace.standing.models import InstitutionRating, Rating
from marketplace.standing.queries.policies import get_rating_policy_version
from marketplace.standing.rules.grades import GradeBar
from marketplace.standing.rules.movements import ScoreFacts
from marketplace.standing.states import Component, Grade

RATINGS_MAX = 20_000
"""Ratings read in one go: those of the institutions on a page, or of a county."""


@dataclass(frozen=True, slots=True)
class CurrentRating:
    """The rating in force. `stars` None: not enough data, which is never shown as 0."""

    institution_id: int
    grade: Grade
    stars: float | None
    low: float | None
    high: float | None
    n: int
    as_of: date
    is_barred: bool = False
    """Its grade keeps it from new course runs, and vouchers from paying for enrolling there."""


@dataclass(frozen=True, slots=True)
class RatingRow:
    """An institution in an officer's list of ratings."""

    code: str
    name: str
    rating: CurrentRating


def find_current_rating(institution_id: int) -> CurrentRating | None:
    """The rating in force of one institution; none: never rated."""
    return list_current_ratings([institution_id]).get(institution_id)


def list_current_ratings(institution_ids: Iterable[int]) -> dict[int, CurrentRating]:
    """The same for many institutions in one query, by id; those never rated are absent."""
    rows = ask(_CURRENT, {"institution_ids": sorted(set(institution_ids))})
    return {row.institution_id: _current(row) for row in rows}


def list_grade_bars(institution_ids: Iterable[int]) -> dict[int, GradeBar]:
    """Why the grade in force keeps institutions from new course runs; others are absent."""
    rows = ask(_BARS, {"institution_ids": sorted(set(institution_ids))})
    return {row.institution_id: bar_of(row.grade, row.policy_version) for row in rows}


def bar_of(grade: Grade, policy_version: int) -> GradeBar:
    """What a barring grade says, with the rule of the policy it was given under."""
    return GradeBar(grade, get_rating_policy_version(policy_version).effects_rule)


_current_rating, _rating = table_of(InstitutionRating), table_of(Rating)
_CURRENT = Direct(
    select(_current_rating)
    .where(is_among(_current_rating.c.institution_id, "institution_ids"))
    .order_by(_current_rating.c.institution_id)
    .limit(RATINGS_MAX)
)
_BARS = Direct(
    select(_current_rating.c.institution_id, _rating.c.grade, _rating.c.policy_version)
    .join(_rating, _rating.c.id == _current_rating.c.rating_id)
    .where(
        is_among(_current_rating.c.institution_id, "institution_ids"),
        _current_rating.c.is_barred,
    )
    .order_by(_current_rating.c.institution_id)
    .limit(RATINGS_MAX)
)
"""Read for every quote and every page: built once, and without objects."""


def find_rating_of(institution_id: int, code: str) -> Rating | None:
    """One past or present rating of an institution by its code."""
    return db.session.scalar(
        select(Rating).where(Rating.institution_id == institution_id, Rating.code == code)
    )


def find_rating_in_force(institution_id: int) -> Rating | None:
    """The whole rating in force, with its inputs."""
    return db.session.scalar(
        select(Rating)
        .join(InstitutionRating, InstitutionRating.rating_id == Rating.id)
        .where(InstitutionRating.institution_id == institution_id)
    )


def list_ratings_of(institution_id: int, page: PageRequest) -> Page[Rating]:
    """The history of an institution's ratings, newest first."""
    wanted = select(Rating).where(Rating.institution_id == institution_id)
    total = db.session.scalar(select(func.count()).select_from(wanted.subquery())) or 0
    rows = db.session.scalars(
        wanted.order_by(Rating.as_of.desc(), Rating.id.desc()).offset(page.offset).limit(page.limit)
    ).all()
    return Page(rows, total, page.number, page.limit)


def list_newest_ratings(institution_ids: Sequence[int], *, as_of: date) -> dict[int, Rating]:
    """The newest rating of each institution on or before a day, by institution."""
    ids = sorted(set(institution_ids))
    ranked = (
        select(
            Rating.id,
            func.row_number()
            .over(
                partition_by=Rating.institution_id, order_by=(Rating.as_of.desc(), Rating.id.desc())
            )
            .label("place"),
        )
        .where(Rating.institution_id.in_(ids), Rating.as_of <= as_of)
        .subquery()
    )
    rows = db.session.scalars(
        select(Rating)
        .join(ranked, ranked.c.id == Rating.id)
        .where(ranked.c.place == 1)
        .order_by(Rating.institution_id)
        .limit(len(ids))
    )
    return {row.institution_id: row for row in rows}


def list_ratings_in(paths: Sequence[str], page: PageRequest) -> Page[RatingRow]:
    """Ratings in force at institutions of these subtrees: the worst grades first, then fewest
    stars; those without stars come last within their grade."""
    wanted = (
        select(Institution.code, Institution.name, InstitutionRating)
        .join(InstitutionRating, InstitutionRating.institution_id == Institution.id)
        .outerjoin(Jurisdiction, Jurisdiction.id == Institution.jurisdiction_id)
        .where(in_subtrees(paths))
    )
    counted = wanted.with_only_columns(Institution.id).subquery()
    total = db.session.scalar(select(func.count()).select_from(counted)) or 0
    rows = db.session.execute(
        wanted.order_by(
            InstitutionRating.grade.desc(),
            InstitutionRating.stars_hundredths.is_(None),
            InstitutionRating.stars_hundredths,
            Institution.id,
        )
        .offset(page.offset)
        .limit(page.limit)
    )
    items = [RatingRow(code, name, _current(row)) for code, name, row in rows]
    return Page(items, total, page.number, page.limit)


def score_facts(rating: Rating) -> ScoreFacts:
    """A stored rating as the comparison of two reads it."""
    components: dict[Component, Any] = {
        Component(row["component"]): row for row in rating.result["components"]
    }
    return ScoreFacts(
        stars=rating.stars_hundredths,
        grade=rating.grade.value,
        points=rating.points,
        policy_version=rating.policy_version,
        components=components,
        records={row["code"]: row for row in rating.inputs["records"]},
    )


def _current(row: Any) -> CurrentRating:
    """From a row of `institution_rating`, or its columns."""
    return CurrentRating(
        institution_id=row.institution_id,
        grade=row.grade,
        stars=_stars(row.stars_hundredths),
        low=_stars(row.low_hundredths),
        high=_stars(row.high_hundredths),
        n=row.n,
        as_of=row.as_of,
        is_barred=row.is_barred,
    )


def _stars(hundredths: int | None) -> float | None:
    return None if hundredths is None else hundredths / 100
