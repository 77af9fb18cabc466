"""People sign in one by one, each with a phone of their own, while the class lasts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from marketplace.enrollment.states import (
    LIVE_METHODS,
    OFFLINE_METHODS,
    PHONE_METHODS,
    AttendanceMethod,
)
from marketplace.evidence.rules.facts import (
    Finding,
    PresenceFacts,
    RunFacts,
    at_of,
    day_of,
    line_of,
    make_finding,
    span_of,
)
from marketplace.evidence.states import FindingKind

EVEN_PEOPLE_MIN = 7
"""So many in a row at equal intervals is no chance: below one in a million lessons."""
EVEN_SPREAD_MAX = 0.1
"""Equal: the longest and the shortest interval differ by at most a tenth of their mean."""
EVEN_MEAN_MIN = timedelta(seconds=1)
"""A crowd with phones signs in many times a second; that is no interval."""
SAME_SECOND_LESSONS_MIN = 4
SYNCED_LATE = timedelta(hours=24)
"""A device without network reaches one by the next day; later there was time to make a file up."""
_IN_THE_LESSON = LIVE_METHODS | OFFLINE_METHODS


def find_shared_devices(facts: RunFacts) -> Iterator[Finding]:
    """EV-5: a learner signs in with their own phone. A station by the door is no phone."""
    by_device: dict[str, list[PresenceFacts]] = defaultdict(list)
    for one in (*facts.presences, *facts.elsewhere):
        if one.device_key and one.method in PHONE_METHODS:
            by_device[one.device_key].append(one)
    seen: set[int] = set()
    for used in by_device.values():
        people = {one.worker_id for one in used}
        if len(people) < 2:
            continue
        used.sort(key=lambda one: (one.recorded_at, one.enrollment_id))
        lines = [
            f"{at_of(one.recorded_at, facts.zone)} {one.lesson.run_code} #{one.lesson.number}"
            for one in used
        ]
        params = {"people": len(people), "when": at_of(used[0].recorded_at, facts.zone)}
        for one in used:
            is_own = one.lesson.course_run_id == facts.course_run_id
            if is_own and one.enrollment_id not in seen:
                seen.add(one.enrollment_id)
                yield make_finding(FindingKind.SHARED_DEVICE, one.enrollment_id, params, lines)


def find_even_intervals(facts: RunFacts) -> Iterator[Finding]:
    """EV-6: people do not come like clockwork; scripts, and staff with a pile of vouchers, do."""
    by_lesson: dict[int, list[PresenceFacts]] = defaultdict(list)
    for one in facts.presences:
        if one.method in _IN_THE_LESSON:
            by_lesson[one.lesson.lesson_id].append(one)
    seen: set[int] = set()
    for signed in by_lesson.values():
        signed.sort(key=lambda one: (one.recorded_at, one.enrollment_id))
        even = _longest_even(signed)
        if len(even) < EVEN_PEOPLE_MIN:
            continue
        mean = (even[-1].recorded_at - even[0].recorded_at) / (len(even) - 1)
        params = {
            "people": len(even),
            "seconds": f"{mean.total_seconds():.1f}",
            "when": span_of(even[0].lesson, facts.zone),
        }
        lines = [f"{one.recorded_at.astimezone(facts.zone):%Y-%m-%d %H:%M:%S.%f}" for one in even]
        for one in even:
            if one.enrollment_id not in seen:
                seen.add(one.enrollment_id)
                yield make_finding(FindingKind.EVEN_INTERVALS, one.enrollment_id, params, lines)


def _longest_even(signed: Sequence[PresenceFacts]) -> Sequence[PresenceFacts]:
    """The longest run of sign-ins whose intervals are equal."""
    gaps = [later.recorded_at - sooner.recorded_at for sooner, later in pairwise(signed)]
    best: tuple[int, int] = (0, 0)
    first = 0
    for last in range(len(gaps)):
        while first <= last and not _is_even(gaps[first : last + 1]):
            first += 1
        if last + 1 - first > best[1] - best[0]:
            best = (first, last + 1)
    return signed[best[0] : best[1] + 1] if best[1] > best[0] else ()


def _is_even(gaps: Sequence[timedelta]) -> bool:
    mean = sum(gaps, timedelta()) / len(gaps)
    return mean >= EVEN_MEAN_MIN and max(gaps) - min(gaps) <= EVEN_SPREAD_MAX * mean


def find_same_seconds(facts: RunFacts) -> Iterator[Finding]:
    """EV-7: nobody comes at the same second of every lesson; a script does."""
    by_enrollment: dict[int, list[PresenceFacts]] = defaultdict(list)
    for one in facts.presences:
        if one.method in _IN_THE_LESSON:
            by_enrollment[one.enrollment_id].append(one)
    for enrollment_id, signed in by_enrollment.items():
        offsets = sorted(
            ((one.recorded_at - one.lesson.starts_at, one) for one in signed),
            key=lambda pair: (pair[0], pair[1].lesson.lesson_id),
        )
        same = _largest_group(offsets)
        if len(same) >= SAME_SECOND_LESSONS_MIN:
            ordered = sorted(same, key=lambda one: one.recorded_at)
            yield make_finding(
                FindingKind.SAME_SECOND,
                enrollment_id,
                {"lessons": len(same), "when": at_of(ordered[0].recorded_at, facts.zone)},
                [f"{one.recorded_at.astimezone(facts.zone):%Y-%m-%d %H:%M:%S}" for one in ordered],
            )


def _largest_group(offsets: Sequence[tuple[timedelta, PresenceFacts]]) -> list[PresenceFacts]:
    """Most sign-ins within one second of each other, seen from the start of their lessons."""
    best: list[PresenceFacts] = []
    first = 0
    for last, (offset, _one) in enumerate(offsets):
        while offset - offsets[first][0] > timedelta(seconds=1):
            first += 1
        if last + 1 - first > len(best):
            best = [one for _offset, one in offsets[first : last + 1]]
    return best


def find_entered_late(facts: RunFacts) -> Iterator[Finding]:
    """EV-8: what is entered by hand after the last day of the class is looked at first."""
    late: dict[int, list[PresenceFacts]] = defaultdict(list)
    for one in facts.presences:
        by_hand = one.method is AttendanceMethod.STAFF_ENTRY
        if by_hand and day_of(one.recorded_at, facts.zone) > facts.ends_on:
            late[one.enrollment_id].append(one)
    for enrollment_id, entered in late.items():
        last = max(one.recorded_at for one in entered)
        yield make_finding(
            FindingKind.ENTERED_LATE,
            enrollment_id,
            {"lessons": len(entered), "when": day_of(last, facts.zone).isoformat()},
            [
                f"{line_of(one.lesson, facts.zone)} ← {at_of(one.recorded_at, facts.zone)}"
                for one in entered
            ],
        )


def find_synced_late(facts: RunFacts) -> Iterator[Finding]:
    """EV-16: the file of a device without network comes in by the day after the lesson."""
    late: dict[int, list[tuple[PresenceFacts, datetime]]] = defaultdict(list)
    for one in facts.presences:
        if one.synced_at is not None and one.synced_at - one.lesson.ends_at > SYNCED_LATE:
            late[one.enrollment_id].append((one, one.synced_at))
    for enrollment_id, synced in late.items():
        last = max(synced_at for _one, synced_at in synced)
        yield make_finding(
            FindingKind.SYNCED_LATE,
            enrollment_id,
            {
                "lessons": len(synced),
                "limit": int(SYNCED_LATE / timedelta(hours=1)),
                "when": at_of(last, facts.zone),
            },
            [
                f"{line_of(one.lesson, facts.zone)} ← {at_of(synced_at, facts.zone)}"
                for one, synced_at in synced
            ],
        )
