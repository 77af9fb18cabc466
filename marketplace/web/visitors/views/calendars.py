"""Calendar files anybody may fetch: a class's public times, and private addresses."""

from __future__ import annotations

from flask import Response
from flask_babel import gettext as _

from marketplace.catalog.queries.calendar import (
    CalendarLesson,
    list_calendar_lessons,
    list_calendar_lessons_of_institution,
)
from marketplace.catalog.queries.course_runs import find_course_run_by_code
from marketplace.catalog.queries.courses import find_public_course
from marketplace.catalog.rules import refusals_for_showing
from marketplace.catalog.states import CourseRunState
from marketplace.edge.access import access, anyone
from marketplace.edge.calendars import PAST, calendar_answer, public_events, staff_events
from marketplace.edge.extensions import limiter
from marketplace.edge.identity import CurrentUser
from marketplace.enrollment.queries import list_calendar_run_ids_of_worker
from marketplace.foundation import clock
from marketplace.foundation.errors import NotFound
from marketplace.people.operations.api_tokens import hash_of
from marketplace.people.queries.calendar_feeds import find_calendar_feed_and_user
from marketplace.people.states import CalendarFeedKind
from marketplace.web.visitors.blueprint import blueprint

HIDDEN = (CourseRunState.PLANNED, CourseRunState.CANCELED)


@blueprint.get("/courses/<code>/course-runs/<run_code>/calendar.ics")
@access(anyone)
def show_run_calendar(code: str, run_code: str) -> Response:
    """The lessons of a public class: times and place, nothing else."""
    found = find_public_course(code)
    run = find_course_run_by_code(run_code)
    if found is None or run is None or run.course_id != found.course.id:
        raise NotFound("course_run")
    if run.state in HIDDEN or refusals_for_showing(found.facts):
        raise NotFound("course_run")
    lessons = list_calendar_lessons([run.id], since=clock.now() - PAST)
    return calendar_answer(
        public_events(lessons), name=found.version.title, file_name=run.code, is_public=True
    )


@blueprint.get("/calendars/<token>.ics")
@access(anyone)
@limiter.limit("60 per minute")
def show_private_calendar(token: str) -> Response:
    """The lessons behind a private address; the cookie of a browser opens nothing here.

    Whoever lost the membership, or whose login is closed, has no calendar any more: 404, as for an
    address that never was.
    """
    found = find_calendar_feed_and_user(hash_of(token))
    if found is None:
        raise NotFound("calendar")
    feed, user = found
    reader = CurrentUser(user)
    if feed.kind is CalendarFeedKind.MY_CLASSES and reader.worker_id is not None:
        run_ids = list_calendar_run_ids_of_worker(reader.worker_id)
        lessons = list_calendar_lessons(run_ids, since=clock.now() - PAST)
        return _private(lessons, name=_("My classes"))
    if feed.kind is CalendarFeedKind.INSTITUTION_LESSONS and reader.institution_id is not None:
        lessons = list_calendar_lessons_of_institution(
            reader.institution_id, since=clock.now() - PAST
        )
        return _private(lessons, name=_("Our lessons"))
    raise NotFound("calendar")


def _private(lessons: list[CalendarLesson], *, name: str) -> Response:
    return calendar_answer(staff_events(lessons), name=name, file_name="lessons", is_public=False)
