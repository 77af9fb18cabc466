"""What became of those who trained, for the pages of a course and of an institution."""

from __future__ import annotations

from sqlalchemy import BigInteger, Text, and_, bindparam, or_, select

from marketplace.catalog.models import TrainingOutcome
from marketplace.foundation.db import table_of
from marketplace.foundation.direct import Direct, Rows, ask

PERIODS_MAX = 12
FIELDS_MAX = 60


def list_outcomes_of_course(institution_id: int, *, course_id: int, field_code: str | None) -> Rows:
    """Figures of the course itself; else of its field of study at this institution."""
    asked = {"course_id": course_id, "institution_id": institution_id, "field_code": field_code}
    rows = ask(_OF_COURSE, asked)
    own = [row for row in rows if row.course_id is not None]
    return own or rows


def list_outcomes_of_institution(institution_id: int) -> Rows:
    """Figures by field of study, or of all training together; the newest period first."""
    return ask(_OF_INSTITUTION, {"institution_id": institution_id})


_outcome = table_of(TrainingOutcome)
_IS_OF_INSTITUTION = and_(
    _outcome.c.institution_id == bindparam("institution_id", type_=BigInteger),
    _outcome.c.course_id.is_(None),
)
_NEWEST_FIRST = (
    _outcome.c.as_of.desc(),
    _outcome.c.period_ends_on.desc(),
    _outcome.c.field_code,
    _outcome.c.id,
)
_OF_COURSE = Direct(
    select(_outcome)
    .where(
        or_(
            _outcome.c.course_id == bindparam("course_id", type_=BigInteger),
            # Nothing equals a field that is not known.
            _IS_OF_INSTITUTION & (_outcome.c.field_code == bindparam("field_code", type_=Text)),
        )
    )
    .order_by(_outcome.c.course_id.is_(None), *_NEWEST_FIRST)
    .limit(PERIODS_MAX)
)
_OF_INSTITUTION = Direct(
    select(_outcome).where(_IS_OF_INSTITUTION).order_by(*_NEWEST_FIRST).limit(FIELDS_MAX)
)
"""Read for every page of a course or an institution: built once, without objects."""
