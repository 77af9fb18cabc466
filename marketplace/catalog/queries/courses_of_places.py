"""All courses of an officer's places, whatever their state."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select

from marketplace.catalog.models import Course, CourseVersion
from marketplace.catalog.queries.courses import CourseInReview
from marketplace.catalog.states import CourseState
from marketplace.foundation.db import db
from marketplace.foundation.paging import Page, PageRequest
from marketplace.institutions.models import Institution
from marketplace.institutions.queries import in_subtrees
from marketplace.jurisdictions.models import Jurisdiction


def list_courses_of_places(
    paths: Sequence[str],
    page: PageRequest,
    *,
    state: CourseState | None = None,
    title_part: str = "",
) -> Page[CourseInReview]:
    """Courses of institutions of these subtrees, latest change first; drafts stay private."""
    wanted = (
        select(Course, CourseVersion, Institution)
        .join(Institution, Institution.id == Course.institution_id)
        .outerjoin(Jurisdiction, Jurisdiction.id == Institution.jurisdiction_id)
        .join(
            CourseVersion,
            CourseVersion.id
            == func.coalesce(Course.proposed_version_id, Course.current_version_id),
        )
        .where(Course.state != CourseState.DRAFT, in_subtrees(paths))
    )
    if state is not None:
        wanted = wanted.where(Course.state == state)
    if title_part:
        wanted = wanted.where(CourseVersion.title.icontains(title_part, autoescape=True))
    counted = wanted.with_only_columns(Course.id).subquery()
    total = db.session.scalar(select(func.count()).select_from(counted)) or 0
    rows = db.session.execute(
        wanted.order_by(Course.changed_at.desc(), Course.id.desc())
        .offset(page.offset)
        .limit(page.limit)
    )
    items = [
        CourseInReview(course, version, institution, course.proposed_version_id is not None)
        for course, version, institution in rows
    ]
    return Page(items, total, page.number, page.limit)
