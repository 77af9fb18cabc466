"""What became of those who trained, for the pages of a course and of an institution."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import and_, or_, select

from marketplace.catalog.models import TrainingOutcome
from marketplace.foundation.db import db

PERIODS_MAX = 12
FIELDS_MAX = 60
NEWEST_FIRST = (
    TrainingOutcome.as_of.desc(),
    TrainingOutcome.period_ends_on.desc(),
    TrainingOutcome.field_code,
    TrainingOutcome.id,
)


def list_outcomes_of_course(
    institution_id: int, *, course_id: int, field_code: str | None
) -> Sequence[TrainingOutcome]:
    """Figures of the course itself; else of its field of study at this institution."""
    of_course = TrainingOutcome.course_id == course_id
    of_field = and_(
        TrainingOutcome.institution_id == institution_id,
        TrainingOutcome.course_id.is_(None),
        TrainingOutcome.field_code == field_code,
    )
    rows = db.session.scalars(
        select(TrainingOutcome)
        .where(or_(of_course, of_field) if field_code else of_course)
        .order_by(TrainingOutcome.course_id.is_(None), *NEWEST_FIRST)
        .limit(PERIODS_MAX)
    ).all()
    own = [row for row in rows if row.course_id is not None]
    return own or rows


def list_outcomes_of_institution(institution_id: int) -> Sequence[TrainingOutcome]:
    """Figures by field of study, or of all training together; the newest period first."""
    return db.session.scalars(
        select(TrainingOutcome)
        .where(
            TrainingOutcome.institution_id == institution_id, TrainingOutcome.course_id.is_(None)
        )
        .order_by(*NEWEST_FIRST)
        .limit(FIELDS_MAX)
    ).all()
