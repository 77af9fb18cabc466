"""Did enough of a class complete, as its scheme asks? Pure.

The scheme names the share of those who began (`completion.class_least` of its policy pack), whom it
counts, and what happens below it: an officer decides (a hold, EV-22), or nothing is paid.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from marketplace.enrollment.states import AssessmentResult
from marketplace.evidence.rules.facts import Finding, make_finding
from marketplace.evidence.states import FindingKind
from marketplace.foundation.errors import Refusal
from marketplace.redemption import errors as _errors  # noqa: F401  (registers the refusals)
from marketplace.vouchers.rules.completion import ClassLeast
from marketplace.vouchers.rules.policy import Policy
from marketplace.vouchers.states import ClassBelow, ClassCounts


@dataclass(frozen=True, slots=True)
class LearnerOfClass:
    """Somebody who began the class: was at a lesson, or learned online."""

    rate_percent: int | None
    """The completion rate as recorded; empty: no result yet."""
    assessment: AssessmentResult
    has_left: bool
    best_rate_percent: int = 100
    """Without a result: the rate if every lesson still ahead is attended, as recorded by now."""


@dataclass(frozen=True, slots=True)
class ClassStanding:
    """Where a class stands against the threshold of a scheme."""

    least: ClassLeast
    began: int
    reached: int
    """Of those who began: who attended and passed as the scheme counts it."""
    open: int
    """Neither a result yet nor left: they can still reach it."""
    rule: str
    likely: int = 0
    """Who has reached it, and who still can by the attendance recorded so far. Shown, never decided
    on: what is entered later, or disputed, may change it."""

    @property
    def is_at_risk(self) -> bool:
        """Not decided, but by the attendance so far too few can still reach it."""
        is_open = not self.is_reached and not self.is_missed and self.began > 0
        return is_open and not self._is_enough(self.likely)

    @property
    def percent(self) -> int:
        """The share that has reached it, in whole percent, never rounded up."""
        return 100 * self.reached // self.began if self.began else 0

    @property
    def percent_at_best(self) -> int:
        """The share if everybody who still can reaches it."""
        return 100 * (self.reached + self.open) // self.began if self.began else 0

    @property
    def is_reached(self) -> bool:
        """Enough, whatever becomes of the others."""
        return self._is_enough(self.reached)

    @property
    def is_missed(self) -> bool:
        """Too few, whatever becomes of the others. Nobody began: nothing is missed."""
        return self.began > 0 and not self._is_enough(self.reached + self.open)

    def _is_enough(self, people: int) -> bool:
        return self.began > 0 and 100 * people >= self.least.percent * self.began


def class_standing(learners: Sequence[LearnerOfClass], policy: Policy) -> ClassStanding | None:
    """Where a class stands by a policy; none: the policy asks nothing of the class."""
    setting = policy.completion.class_least
    if setting is None:
        return None
    reached = sum(_has_reached(one, policy, setting.value.counts) for one in learners)
    still = [one for one in learners if one.rate_percent is None and not one.has_left]
    minimum = policy.attendance_min_percent.value
    return ClassStanding(
        least=setting.value,
        began=len(learners),
        reached=reached,
        open=len(still),
        rule=policy.cite(setting),
        likely=reached + sum(one.best_rate_percent >= minimum for one in still),
    )


def _has_reached(one: LearnerOfClass, policy: Policy, counts: ClassCounts) -> bool:
    rate = one.rate_percent
    if rate is None or one.has_left or rate < policy.attendance_min_percent.value:
        return False
    if counts is ClassCounts.ATTENDED:
        return True
    asked = policy.assessment_required is not None and policy.assessment_required.value
    if asked:
        return one.assessment is AssessmentResult.PASSED
    return one.assessment is not AssessmentResult.FAILED


def refusals_of_class(standing: ClassStanding | None, *, was_held: bool) -> tuple[Refusal, ...]:
    """Why nothing of the class is redeemed. Where an officer is to decide, that nobody was asked
    yet; once a hold was placed (`was_held`), the hold itself says no, or was cleared."""
    if standing is None or standing.is_reached or not standing.began:
        return ()
    params = {
        "reached": standing.reached,
        "began": standing.began,
        "percent": standing.least.percent,
        "open": standing.open,
    }
    if not standing.is_missed:
        return (Refusal("class_undecided", params, standing.rule, remedy="record_all_results"),)
    if standing.least.below is ClassBelow.REFUSE:
        return (Refusal("class_below_least", params, standing.rule),)
    if was_held:
        return ()
    return (Refusal("class_below_least", params, standing.rule, remedy="officer_decides_class"),)


def find_class_below(
    course_run_id: int, run_code: str, standings: Mapping[int, ClassStanding | None]
) -> Iterator[Finding]:
    """EV-22: so many of those who began complete as the scheme asks, where it wants a look at it.

    `standings` are by enrollment, of everybody whose voucher is tied to the class. One hold on the
    class where the rule speaks for all of them, else one for each of whom it does.
    """
    held = {
        enrollment_id: standing
        for enrollment_id, standing in standings.items()
        if standing and standing.is_missed and standing.least.below is ClassBelow.HOLD
    }
    rules = {standing.rule for standing in held.values()}
    if len(held) == len(standings) and len(rules) == 1:
        one = next(iter(held.values()))
        yield _finding(course_run_id, run_code, None, one)
        return
    for enrollment_id, standing in held.items():
        yield _finding(course_run_id, run_code, enrollment_id, standing)


def _finding(
    course_run_id: int, run_code: str, enrollment_id: int | None, standing: ClassStanding
) -> Finding:
    params = {
        "reached": standing.reached,
        "began": standing.began,
        "percent": standing.least.percent,
        "rule": standing.rule,
    }
    line = f"{run_code}: {standing.reached} / {standing.began} < {standing.least.percent} %"
    kind = FindingKind.CLASS_BELOW
    return make_finding(
        kind, enrollment_id, params, [f"{line} · {standing.rule}"], of=course_run_id
    )
