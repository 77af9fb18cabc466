"""Online hours as a learning platform sends them, and classes that have them."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from marketplace.catalog.models import CourseRun
from marketplace.catalog.states import CourseMode
from marketplace.enrollment.models import Enrollment, OnlineDispute
from marketplace.foundation import clock
from marketplace.institutions.models import Institution
from tests.factories.catalog import make_listed_course, make_open_course_run
from tests.factories.rows import make_row


def make_online_run(
    mode: CourseMode = CourseMode.BLENDED,
    *,
    hours: int = 24,
    institution: Institution | None = None,
) -> CourseRun:
    """An open class from today on: two lessons of six hours, the rest of its hours online."""
    course = make_listed_course(institution, mode=mode, hours=hours)
    return make_open_course_run(course, days=2)


def make_statement(
    number: int,
    enrollment: str,
    ended_at: datetime,
    *,
    duration: str = "PT1H",
    verb: str = "completed",
) -> dict[str, Any]:
    """One xAPI statement; the same number, the same id."""
    return {
        "id": str(UUID(int=number)),
        "actor": {"account": {"homePage": "https://lms.example", "name": enrollment}},
        "verb": {"id": f"http://adlnet.gov/expapi/verbs/{verb}"},
        "object": {"id": f"https://lms.example/unit/{number}"},
        "result": {"duration": duration},
        "timestamp": ended_at.isoformat(),
    }


def make_settled_dispute(enrollment: Enrollment) -> OnlineDispute:
    """A dispute about today's online hours that the learner let go."""
    dispute: OnlineDispute = make_row(
        OnlineDispute,
        enrollment_id=enrollment.id,
        day=clock.today(),
        claimed_minutes=30,
        reason="平台没有记录",
        disputed_at=clock.now(),
        settled_at=clock.now(),
    )
    return dispute
