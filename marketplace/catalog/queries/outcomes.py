"""What became of those who trained, for the pages of a course and of an institution."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Select, select

from marketplace.catalog.models import TrainingOutcome
from marketplace.foundation.db import db

PERIODS_MAX = 12


def list_outcomes_of_course(
    institution_id: int, *, course_id: int, field_code: str | None
) -> Sequence[TrainingOutcome]:
    """Figures of the course itself; else of its field of study at this institution."""
    of_course = db.session.scalars(
        _newest().where(TrainingOutcome.course_id == course_id).limit(PERIODS_MAX)
    ).all()
    if of_course or not field_code:
        return of_course
    return db.session.scalars(
        _newest()
        .where(
            TrainingOutcome.institution_id == institution_id,
            TrainingOutcome.course_id.is_(None),
            TrainingOutcome.field_code == field_code,
        )
        .limit(PERIODS_MAX)
    ).all()


def list_outcomes_of_institution(institution_id: int) -> Sequence[TrainingOutcome]:
    """Figures by field of study, or of all training together; the newest period first."""
    return db.session.scalars(
        _newest()
        .where(
            TrainingOutcome.institution_id == institution_id, TrainingOutcome.course_id.is_(None)
        )
        .limit(60)
    ).all()


def _newest() -> Select[TrainingOutcome]:
    return select(TrainingOutcome).order_by(
        TrainingOutcome.as_of.desc(),
        TrainingOutcome.period_ends_on.desc(),
        TrainingOutcome.field_code,
        TrainingOutcome.id,
    )
