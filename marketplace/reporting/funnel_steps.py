"""The steps from issue to use, their rates, and where people drop: pure.

A voucher has reached a step when it has reached it or a later one: who used a voucher has seen it,
whether or not the page was opened. So counts never rise from step to step.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from math import sqrt

from marketplace.foundation.errors import N_
from marketplace.standing.rules.formula import Counts, wilson_interval

CONFIDENCE = 0.95


class FunnelStep(StrEnum):
    ISSUED = "issued"
    SEEN = "seen"
    CLAIMED = "claimed"
    RESERVED = "reserved"
    ATTENDED = "attended"
    REDEEMED = "redeemed"


STEP_LABELS: Mapping[FunnelStep, str] = {
    FunnelStep.ISSUED: N_("Issued"),
    FunnelStep.SEEN: N_("Seen"),
    FunnelStep.CLAIMED: N_("Accepted"),
    FunnelStep.RESERVED: N_("Enrolled with it"),
    FunnelStep.ATTENDED: N_("Attended a lesson"),
    FunnelStep.REDEEMED: N_("Used"),
}
STEP_HELP: Mapping[FunnelStep, str] = {
    FunnelStep.ISSUED: N_("given by an officer or claimed by the person"),
    FunnelStep.SEEN: N_("the person opened the voucher's page or the message about it"),
    FunnelStep.CLAIMED: N_("accepted, or claimed by the person"),
    FunnelStep.RESERVED: N_("tied to a class and not given back"),
    FunnelStep.ATTENDED: N_("present at one lesson at least"),
    FunnelStep.REDEEMED: N_("the institution earned its value, or the training is recorded"),
}


@dataclass(frozen=True, slots=True)
class StepCount:
    """How many vouchers reached a step."""

    step: FunnelStep
    count: int
    of_issued: float | None
    of_before: float | None
    """Of those at the step before; empty for the first step and where nobody was."""
    lost: int
    """How many reached the step before and not this one."""
    is_drop: bool
    """More are lost here than at any other step."""


@dataclass(frozen=True, slots=True)
class Funnel:
    """One population's way from issue to use."""

    key: str
    label: str
    steps: tuple[StepCount, ...]

    @property
    def issued(self) -> int:
        """How many vouchers it is about."""
        return self.steps[0].count

    @property
    def drop(self) -> StepCount | None:
        """The step where most are lost; none when nobody is."""
        return next((step for step in self.steps if step.is_drop), None)


def funnel_of(key: str, label: str, counts: Mapping[FunnelStep, int]) -> Funnel:
    """Rates and the drop from plain counts. Of two equal losses the earlier step is the drop."""
    ordered = [(step, counts.get(step, 0)) for step in FunnelStep]
    issued = ordered[0][1]
    losses = {
        step: before - count
        for (_step, before), (step, count) in zip(ordered, ordered[1:], strict=False)
    }
    most = max(losses.values())
    worst = next((step for step, lost in losses.items() if lost == most and lost > 0), None)
    steps = []
    before: int | None = None
    for step, count in ordered:
        steps.append(
            StepCount(
                step=step,
                count=count,
                of_issued=count / issued if issued else None,
                of_before=count / before if before else None,
                lost=losses.get(step, 0),
                is_drop=step is worst,
            )
        )
        before = count
    return Funnel(key, label, tuple(steps))


@dataclass(frozen=True, slots=True)
class Difference:
    """The difference of two shares with its interval."""

    difference: float
    low: float
    high: float

    @property
    def is_clear(self) -> bool:
        """The interval does not include no difference at all."""
        return self.low > 0 or self.high < 0


def difference_of(treated: Counts, held_out: Counts) -> Difference | None:
    """Treated minus held out; none when one group is empty.

    Interval: Newcombe (1998), method 10, from the two Wilson intervals.
    """
    if not treated.trials or not held_out.trials:
        return None
    one, other = treated.successes / treated.trials, held_out.successes / held_out.trials
    low_one, high_one = wilson_interval(treated, confidence=CONFIDENCE)
    low_other, high_other = wilson_interval(held_out, confidence=CONFIDENCE)
    gap = one - other
    return Difference(
        gap,
        gap - sqrt((one - low_one) ** 2 + (high_other - other) ** 2),
        gap + sqrt((high_one - one) ** 2 + (other - low_other) ** 2),
    )
