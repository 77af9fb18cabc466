"""A trainer teaches, and a room holds, one lesson at a time, and no more people than seats."""

from __future__ import annotations

from collections.abc import Iterator

from marketplace.evidence.rules.facts import (
    Finding,
    LessonFacts,
    RunFacts,
    do_overlap,
    line_of,
    make_finding,
    own_lessons,
    span_of,
)
from marketplace.evidence.states import FindingKind


def find_trainer_overlaps(facts: RunFacts) -> Iterator[Finding]:
    """EV-2: nobody teaches two lessons at once, at whatever institution."""
    yield from _clashes(FindingKind.TRAINER_OVERLAP, facts, "trainer", "trainer_name")


def find_room_overlaps(facts: RunFacts) -> Iterator[Finding]:
    """EV-3: a room holds one lesson at a time."""
    yield from _clashes(FindingKind.ROOM_OVERLAP, facts, "room", "room_name")


def _clashes(kind: FindingKind, facts: RunFacts, field: str, name: str) -> Iterator[Finding]:
    held = own_lessons(facts)
    pairs = [
        (mine, other)
        for number, mine in enumerate(held)
        for other in (*facts.other_lessons, *held[number + 1 :])
        if getattr(mine, field) is not None
        and getattr(mine, field) == getattr(other, field)
        and do_overlap(mine, other)
    ]
    if pairs:
        first = pairs[0][0]
        lines = [f"{line_of(a, facts.zone)} / {line_of(b, facts.zone)}" for a, b in pairs]
        params = {"who": getattr(first, name), "when": span_of(first, facts.zone)}
        yield make_finding(kind, None, params, lines, of=facts.course_run_id)


def find_too_many(facts: RunFacts) -> Iterator[Finding]:
    """EV-9: no more people than the class has places and the room has seats."""
    crowds: list[tuple[int, int, LessonFacts]] = []
    for lesson in own_lessons(facts):
        people = sum(one.lesson.lesson_id == lesson.lesson_id for one in facts.presences)
        seats = facts.capacity if lesson.room_seats is None else lesson.room_seats
        limit = min(facts.capacity, seats)
        if people > limit:
            crowds.append((people, limit, lesson))
    if crowds:
        people, limit, lesson = crowds[0]
        yield make_finding(
            FindingKind.TOO_MANY,
            None,
            {"people": people, "limit": limit, "when": span_of(lesson, facts.zone)},
            [f"{line_of(one, facts.zone)}: {many} > {most}" for many, most, one in crowds],
            of=facts.course_run_id,
        )
