"""A class teaches the hours the course was approved with."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta
from statistics import median

from marketplace.evidence.rules.facts import Finding, RunFacts, line_of, make_finding, own_lessons
from marketplace.evidence.states import FindingKind

TEACHING_HOUR = timedelta(minutes=45)
"""An hour of teaching (课时) as course plans count it."""
TAUGHT_MIN_PERCENT = 90
BURST_TIMES = 3
"""Of the institution's own usual week (threat A06: three times its median of eight weeks)."""
BURST_PEOPLE_MIN = 60
"""Below, it is a small school with one class more."""
BURST_WEEKS_MIN = 4
"""With fewer weeks there is no usual one: the first classes of a school are looked at by visits."""


def teaching_hours(lengths: Iterable[timedelta]) -> int:
    """Whole hours of 45 minutes that lessons come to together."""
    return int(sum(lengths, timedelta()) / TEACHING_HOUR)


def is_short(taught: int, approved: int) -> bool:
    """A tenth less is a lesson that fell out; more is another course than was approved."""
    return taught * 100 < TAUGHT_MIN_PERCENT * approved


def find_burst(facts: RunFacts) -> Iterator[Finding]:
    """EV-21: no institution ends classes of far more learners in a week than in its usual ones.

    Shell institutions are filled within weeks and gone (Singapore 2017; 2,600 certificates in two
    months at Xianning). The median of the weeks with classes is the usual week.
    """
    if not facts.weeks:
        return
    now, *before = facts.weeks
    usual = [people for people in before if people]
    if now < BURST_PEOPLE_MIN or len(usual) < BURST_WEEKS_MIN:
        return
    middle = median(usual)
    if now > BURST_TIMES * middle:
        params = {"people": now, "usual": int(middle), "day": facts.ends_on.isoformat()}
        line = f"{facts.ends_on - timedelta(days=6)}–{facts.ends_on}"
        yield make_finding(FindingKind.BURST, None, params, [line], of=facts.course_run_id)


def find_short_hours(facts: RunFacts) -> Iterator[Finding]:
    """EV-13: once the class is over, its lessons that anybody attended make up its hours.

    A lesson nobody attended was not taught.
    """
    held = own_lessons(facts)
    if not facts.is_over or not facts.approved_hours or not held:
        return
    taught = teaching_hours(one.ends_at - one.starts_at for one in held)
    if is_short(taught, facts.approved_hours):
        params = {
            "taught": taught,
            "approved": facts.approved_hours,
            "limit": TAUGHT_MIN_PERCENT,
        }
        lines = [line_of(one, facts.zone) for one in held]
        yield make_finding(FindingKind.HOURS_SHORT, None, params, lines, of=facts.course_run_id)
