"""Calendar files (RFC 5545): the writer. Instants are written in UTC, so no zone table is needed.

Written by hand because a calendar of events needs twelve of the standard's properties, and what
readers stumble over (folding inside a character, unescaped commas, bare line feeds) is tested here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

LINE_OCTETS = 75
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
MEDIA_TYPE = "text/calendar"


@dataclass(frozen=True, slots=True)
class CalendarEvent:
    """One meeting. `sequence` counts its changes; calendar programs keep the highest."""

    uid: str
    starts_at: datetime
    ends_at: datetime
    title: str
    place: str = ""
    details: str = ""
    url: str = ""
    sequence: int = 0
    canceled: bool = False


def calendar_text(events: Iterable[CalendarEvent], *, name: str, stamped_at: datetime) -> str:
    """A whole calendar file: lines end in CR LF and hold 75 octets at most."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Training Voucher Marketplace//Calendar//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        f"NAME:{escaped(name)}",
        f"X-WR-CALNAME:{escaped(name)}",
        f"REFRESH-INTERVAL;VALUE=DURATION:{_duration(timedelta(hours=6))}",
    ]
    for event in events:
        lines += _event_lines(event, stamped_at)
    lines.append("END:VCALENDAR")
    return "".join(f"{folded(line)}\r\n" for line in lines)


def escaped(text: str) -> str:
    """TEXT of RFC 5545, 3.3.11: backslash, semicolon, comma and line break are escaped."""
    clean = _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    for mark in ("\\", ";", ","):
        clean = clean.replace(mark, f"\\{mark}")
    return clean.replace("\n", "\\n")


def folded(line: str) -> str:
    """A content line in pieces of 75 octets at most, never cut inside a character (3.1)."""
    pieces: list[str] = []
    piece, octets = "", 0
    for letter in line:
        size = len(letter.encode())
        if octets + size > LINE_OCTETS:
            pieces.append(piece)
            piece, octets = " ", 1
        piece += letter
        octets += size
    return "\r\n".join([*pieces, piece])


def _event_lines(event: CalendarEvent, stamped_at: datetime) -> Iterator[str]:
    yield "BEGIN:VEVENT"
    yield f"UID:{escaped(event.uid)}"
    yield f"DTSTAMP:{_instant(stamped_at)}"
    yield f"DTSTART:{_instant(event.starts_at)}"
    yield f"DTEND:{_instant(event.ends_at)}"
    yield f"SEQUENCE:{event.sequence}"
    yield f"STATUS:{'CANCELLED' if event.canceled else 'CONFIRMED'}"
    yield f"SUMMARY:{escaped(event.title)}"
    if event.place:
        yield f"LOCATION:{escaped(event.place)}"
    if event.details:
        yield f"DESCRIPTION:{escaped(event.details)}"
    if event.url:
        yield f"URL:{event.url}"
    yield "END:VEVENT"


def _instant(instant: datetime) -> str:
    return instant.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _duration(length: timedelta) -> str:
    return f"PT{int(length.total_seconds()) // 3600}H"
