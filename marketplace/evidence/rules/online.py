"""People learn online at their own pace; scripts, and staff who type hours in, do not."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import pairwise
from statistics import median

from marketplace.enrollment.states import FINISHING_VERBS
from marketplace.evidence.rules.facts import Finding, OnlineFacts, RunFacts, at_of, make_finding
from marketplace.evidence.states import FindingKind

SAME_LENGTHS_MIN = 6
"""So many different activities, and more than half of all, do not take the same second."""
EVEN_STATEMENTS_MIN = 7
"""As for signing in (EV-6)."""
EVEN_SPREAD_MAX = timedelta(seconds=1)
"""A program that waits keeps its interval to the second; a person with a task does not."""
PACE_MIN_PERCENT = 33
"""Of the middle time of the class: who is three times as fast did not go through the material."""
PACE_PEOPLE_MIN = 5
"""Below, there is no middle to speak of."""
PACE_ACTIVITIES_MIN = 3
"""One or two activities may be known from before."""


def find_online_patterns(facts: RunFacts) -> Iterator[Finding]:
    """EV-17: different activities take different times, and do not end like clockwork."""
    for enrollment_id, told in _by_enrollment(facts).items():
        found = _same_lengths(told)
        seconds = found[0].seconds if found else 0
        if len(found) < SAME_LENGTHS_MIN:
            found = _longest_even(told)
            if len(found) < EVEN_STATEMENTS_MIN:
                continue
            seconds = int((found[1].ended_at - found[0].ended_at).total_seconds())
        lines = [
            f"{at_of(one.ended_at, facts.zone)} {one.seconds} s {one.activity}" for one in found
        ]
        params = {
            "count": len(found),
            "seconds": seconds,
            "when": at_of(found[0].ended_at, facts.zone),
        }
        yield make_finding(FindingKind.ONLINE_PATTERN, enrollment_id, params, lines)


def _by_enrollment(facts: RunFacts) -> dict[int, list[OnlineFacts]]:
    told: dict[int, list[OnlineFacts]] = defaultdict(list)
    for one in sorted(facts.online, key=lambda one: (one.ended_at, one.activity)):
        told[one.enrollment_id].append(one)
    return told


def _same_lengths(told: Sequence[OnlineFacts]) -> Sequence[OnlineFacts]:
    """The most different activities told with one duration, if they are more than half of all."""
    by_length: dict[int, dict[str, OnlineFacts]] = defaultdict(dict)
    for one in told:
        by_length[one.seconds].setdefault(one.activity, one)
    same = max(by_length.values(), key=len)
    if 2 * len(same) <= len({one.activity for one in told}):
        return []
    return list(same.values())


def _longest_even(told: Sequence[OnlineFacts]) -> Sequence[OnlineFacts]:
    """The longest row of statements of ever other activities that end at equal intervals.

    A platform that reports one activity every few minutes is no row.
    """
    best = (0, 0)
    first, low, high = 0, timedelta.max, timedelta.min
    for last, (sooner, later) in enumerate(pairwise(told), start=1):
        gap = later.ended_at - sooner.ended_at
        low, high = min(low, gap), max(high, gap)
        if later.activity == sooner.activity or gap <= EVEN_SPREAD_MAX:
            first, low, high = last, timedelta.max, timedelta.min
        elif high - low > EVEN_SPREAD_MAX:
            first, low, high = last - 1, gap, gap
        best = max(best, (last - first, -first))
    return told[-best[1] : best[0] - best[1] + 1]


def find_online_paces(facts: RunFacts) -> Iterator[Finding]:
    """EV-18: nobody goes through the material in less than a third of the middle time."""
    fast: dict[int, list[str]] = defaultdict(list)
    for activity, times in sorted(_times_of_finished(facts).items()):
        if len(times) < PACE_PEOPLE_MIN:
            continue
        middle = median(times.values())
        for who, seconds in sorted(times.items()):
            if seconds * 100 < PACE_MIN_PERCENT * middle:
                line = f"{activity}: {seconds} s < {PACE_MIN_PERCENT} % · {middle:g} s"
                fast[who].append(line)
    for who, lines in fast.items():
        if len(lines) >= PACE_ACTIVITIES_MIN:
            params = {"count": len(lines), "limit": PACE_MIN_PERCENT}
            yield make_finding(FindingKind.ONLINE_PACE, who, params, lines)


def _times_of_finished(facts: RunFacts) -> dict[str, dict[int, int]]:
    """Seconds that each enrollment spent on an activity, of those who are through with it."""
    spent: dict[str, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    finished: set[tuple[str, int]] = set()
    for one in facts.online:
        spent[one.activity][one.enrollment_id] += one.seconds
        if one.verb in FINISHING_VERBS:
            finished.add((one.activity, one.enrollment_id))
    return {
        activity: {who: seconds for who, seconds in times.items() if (activity, who) in finished}
        for activity, times in spent.items()
    }
