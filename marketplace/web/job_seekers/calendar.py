"""Lessons as an iCalendar file (RFC 5545)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from marketplace.catalog.models import Lesson
from marketplace.catalog.queries.course_runs import CourseRunFacts
from marketplace.foundation import clock


def calendar_of(run: CourseRunFacts, lessons: Iterable[Lesson]) -> str:
    """One event per lesson; lines end as the standard asks and fold at 75 octets."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Training Voucher Marketplace//EN"]
    for lesson in lessons:
        lines += [
            "BEGIN:VEVENT",
            f"UID:{run.code}-{lesson.number}@training-vouchers",
            f"DTSTAMP:{_stamp(clock.now())}",
            f"DTSTART:{_stamp(lesson.starts_at)}",
            f"DTEND:{_stamp(lesson.ends_at)}",
            f"SUMMARY:{_escaped(run.title)}",
            f"LOCATION:{_escaped(run.site)}",
            "END:VEVENT",
        ]
    lines.append("END:VCALENDAR")
    return "".join(f"{_folded(line)}\r\n" for line in lines)


def _stamp(instant: datetime) -> str:
    return instant.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _escaped(text: str) -> str:
    for mark in ("\\", ";", ","):
        text = text.replace(mark, f"\\{mark}")
    return text.replace("\n", "\\n")


def _folded(line: str) -> str:
    pieces, piece = [], ""
    for letter in line:
        if len((piece + letter).encode()) > 74:
            pieces.append(piece)
            piece = " "
        piece += letter
    return "\r\n".join([*pieces, piece])
