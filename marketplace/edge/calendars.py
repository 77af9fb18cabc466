"""Calendar answers: lessons as events, the same for pages and private addresses."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from flask import Response, url_for

from marketplace.catalog.queries.calendar import CalendarLesson
from marketplace.foundation import clock
from marketplace.foundation.icalendar import MEDIA_TYPE, CalendarEvent, calendar_text

PAST = timedelta(days=92)
"""Lessons that ended longer ago leave the calendar."""


def public_events(lessons: Iterable[CalendarLesson]) -> list[CalendarEvent]:
    """Title, time and place: what the course page says too."""
    return [_event(item, details="") for item in lessons]


def staff_events(lessons: Iterable[CalendarLesson]) -> list[CalendarEvent]:
    """The same with room, teacher and topic, for those who teach."""
    return [
        _event(
            item,
            details="\n".join(
                part for part in (item.lesson.room, item.lesson.teacher, item.lesson.topic) if part
            ),
        )
        for item in lessons
    ]


def calendar_answer(
    events: Iterable[CalendarEvent], *, name: str, file_name: str, is_public: bool
) -> Response:
    """The file; a private one is kept by nobody between us and the calendar program."""
    answer = Response(calendar_text(events, name=name, stamped_at=clock.now()))
    answer.content_type = f"{MEDIA_TYPE}; charset=utf-8"
    answer.headers["Content-Disposition"] = f'attachment; filename="{file_name}.ics"'
    answer.headers["X-Robots-Tag"] = "noindex"
    answer.headers["Cache-Control"] = "public, max-age=900" if is_public else "no-store"
    return answer


def _event(item: CalendarLesson, *, details: str) -> CalendarEvent:
    return CalendarEvent(
        uid=f"{item.run_code}-{item.lesson.number}@training-vouchers",
        starts_at=item.lesson.starts_at,
        ends_at=item.lesson.ends_at,
        title=item.title,
        place=item.site,
        details=details,
        url=url_for("visitors.show_course", code=item.course_code, _external=True),
        sequence=item.changes,
        canceled=item.is_canceled,
    )
