"""Online hours as a learning platform sends them, and classes that have them."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from marketplace.catalog.models import CourseRun
from marketplace.catalog.states import CourseMode
from tests.factories.catalog import make_listed_course, make_open_course_run


def make_online_run(mode: CourseMode = CourseMode.BLENDED, *, hours: int = 24) -> CourseRun:
    """An open class from today on: two lessons of six hours, the rest of its hours online."""
    course = make_listed_course(mode=mode, hours=hours)
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
