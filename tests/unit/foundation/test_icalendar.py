"""Calendar files as RFC 5545 asks for them, read back by a reader of our own."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

import pytest

from marketplace.foundation.icalendar import CalendarEvent, calendar_text, escaped, folded

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
EVENT = CalendarEvent(
    uid="CR-1-1@training-vouchers",
    starts_at=datetime(2026, 12, 1, 9, tzinfo=timezone(timedelta(hours=8))),
    ends_at=datetime(2026, 12, 1, 12, tzinfo=timezone(timedelta(hours=8))),
    title="焊工；电工, 高级\\班",
    place="一号楼\n203",
    details="带工作服；" * 30,
    url="https://example.test/courses/C-1",
    sequence=2,
)


def read(text: str) -> list[tuple[str, str]]:
    """Unfold, split at the first colon, unescape."""
    assert text.endswith("\r\n") and "\n" not in text.replace("\r\n", "")
    lines = text.replace("\r\n ", "").split("\r\n")[:-1]
    pairs = [line.partition(":") for line in lines]
    marks = {"\\n": "\n", "\\;": ";", "\\,": ",", "\\\\": "\\"}
    return [
        (name, re.sub(r"\\[n;,\\]", lambda found: marks[found[0]], value))
        for name, _colon, value in pairs
    ]


def test_an_event_reads_back_as_it_was_written():
    pairs = read(calendar_text([EVENT], name="我的课次", stamped_at=NOW))
    found = dict(pairs)
    assert pairs[0] == ("BEGIN", "VCALENDAR") and pairs[-1] == ("END", "VCALENDAR")
    assert found["VERSION"] == "2.0" and found["PRODID"]
    assert found["SUMMARY"] == EVENT.title
    assert found["LOCATION"] == EVENT.place
    assert found["DESCRIPTION"] == EVENT.details
    assert found["DTSTART"] == "20261201T010000Z" and found["DTEND"] == "20261201T040000Z"
    assert found["DTSTAMP"] == "20261120T020000Z"
    assert (found["UID"], found["SEQUENCE"], found["STATUS"]) == (EVENT.uid, "2", "CONFIRMED")


@pytest.mark.parametrize("required", ["UID", "DTSTAMP", "DTSTART", "DTEND"])
def test_what_the_standard_requires_is_there_once_per_event(required):
    text = calendar_text([EVENT, EVENT], name="x", stamped_at=NOW)
    assert [name for name, _value in read(text)].count(required) == 2


def test_no_line_is_longer_than_75_octets_and_no_character_is_cut():
    text = calendar_text([EVENT], name="课" * 200, stamped_at=NOW)
    lines = text.encode().split(b"\r\n")
    assert max(len(line) for line in lines) <= 75
    assert max(len(line) for line in lines) > 70
    for line in lines:
        line.decode()


@pytest.mark.parametrize("length", [74, 75, 76, 149, 150])
def test_lines_are_cut_where_the_standard_says(length):
    line = "X" * length
    pieces = folded(line).split("\r\n")
    assert "".join([pieces[0], *(piece[1:] for piece in pieces[1:])]) == line
    assert all(piece.startswith(" ") for piece in pieces[1:])
    assert max(map(len, pieces)) <= 75
    assert len(pieces) == 1 + (length > 75) + (length > 149)


def test_nobody_slips_a_line_of_their_own_in():
    evil = "x\r\nATTENDEE:mailto:a@b\rBEGIN:VALARM\x00"
    assert escaped(evil) == "x\\nATTENDEE:mailto:a@b\\nBEGIN:VALARM"
    names = [name for name, _ in read(calendar_text([EVENT], name=evil, stamped_at=NOW))]
    assert "ATTENDEE" not in names and "BEGIN:VALARM" not in names


def test_a_canceled_event_says_so():
    canceled = CalendarEvent("u", NOW, NOW, "t", canceled=True)
    assert ("STATUS", "CANCELLED") in read(calendar_text([canceled], name="x", stamped_at=NOW))
    assert "LOCATION" not in dict(read(calendar_text([canceled], name="x", stamped_at=NOW)))
