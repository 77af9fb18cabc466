"""What people said about suggestions."""

from __future__ import annotations

from sqlalchemy import ColumnElement, select

from marketplace.catalog.models import Course, CourseVersion, Occupation
from marketplace.catalog.queries.search import is_offered
from marketplace.foundation.db import db
from marketplace.institutions.models import Institution
from marketplace.people.models import Worker
from marketplace.recommendation.models import SuggestionPreference
from marketplace.recommendation.states import SuggestionState

OCCUPATIONS_MAX = 500


def find_suggestion_preference(worker_id: int) -> SuggestionPreference | None:
    """A person's own setting; none: never set, so suggestions are on."""
    return db.session.scalar(
        select(SuggestionPreference).where(SuggestionPreference.worker_id == worker_id)
    )


def wants_no_approach() -> ColumnElement[bool]:
    """The condition on a query of workers that the person turned suggestions off."""
    return (
        select(SuggestionPreference.id)
        .where(
            SuggestionPreference.worker_id == Worker.id,
            SuggestionPreference.state == SuggestionState.OFF,
        )
        .exists()
    )


def list_occupations_taught() -> list[tuple[int, str]]:
    """Occupations for which a course is offered now, by title: the choice of wanted work."""
    taught = (
        select(Course.occupation_id)
        .join(CourseVersion, CourseVersion.id == Course.current_version_id)
        .join(Institution, Institution.id == Course.institution_id)
        .where(is_offered(), Course.occupation_id.is_not(None))
    )
    rows = db.session.execute(
        select(Occupation.id, Occupation.title)
        .where(Occupation.id.in_(taught))
        .order_by(Occupation.title, Occupation.id)
        .limit(OCCUPATIONS_MAX)
    )
    return [(row.id, row.title) for row in rows]
