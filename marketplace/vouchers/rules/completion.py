"""What a policy says about a training that was not completed in full, as typed data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from marketplace.enrollment.states import ExitReason
from marketplace.vouchers.rules.leaving import BORNE_REASONS
from marketplace.vouchers.rules.settings import Setting, read_setting
from marketplace.vouchers.states import ClassBelow, ClassCounts, OwnShareOfPart

LEAVER_REASONS = tuple(
    reason
    for reason in BORNE_REASONS
    if reason not in (ExitReason.NO_SHOW, ExitReason.NOT_REDEEMABLE)
)
"""Reasons of who left a class for which a policy may pay the part that was attended. What the
institution caused is never paid, and who never came attended nothing."""


@dataclass(frozen=True, slots=True)
class Partial:
    """What is paid below the attendance that earns the whole amount, by the completion rate.

    Either the rate itself from a floor on (Mon Compte Formation pays by the integer rate), or
    steps. Below the floor nothing is paid.
    """

    by_rate_from: int | None
    steps: tuple[tuple[int, int], ...]
    """From which rate on how many percent are paid; both rise."""
    own_share: OwnShareOfPart
    leavers: frozenset[ExitReason]
    """Who left for one of these reasons earns the institution a part as well."""

    @property
    def floor(self) -> int:
        """The lowest rate that pays anything."""
        return self.steps[0][0] if self.by_rate_from is None else self.by_rate_from

    def percent_for(self, rate_percent: int) -> int | None:
        """What a rate pays of the amount; none: nothing."""
        if rate_percent < self.floor:
            return None
        if self.by_rate_from is not None:
            return rate_percent
        return next(pays for from_rate, pays in reversed(self.steps) if rate_percent >= from_rate)


@dataclass(frozen=True, slots=True)
class ClassLeast:
    """So many of those who began have to complete, or the class's money does not move."""

    percent: int
    counts: ClassCounts
    below: ClassBelow


@dataclass(frozen=True, slots=True)
class CompletionRules:
    """Nothing said: all or nothing for each learner, and nothing asked of the class."""

    partial: Setting[Partial] | None = None
    class_least: Setting[ClassLeast] | None = None


def completion_from_pack(part: Mapping[str, Any]) -> CompletionRules:
    """The section `completion` of a pack in normal form."""
    return CompletionRules(
        partial=read_setting(part.get("partial"), _partial),
        class_least=read_setting(part.get("class_least"), _class_least),
    )


def _partial(value: Mapping[str, Any]) -> Partial:
    return Partial(
        by_rate_from=value.get("by_rate_from"),
        steps=tuple((row["from_rate"], row["pays_percent"]) for row in value.get("steps", ())),
        own_share=OwnShareOfPart(value.get("own_share", OwnShareOfPart.BY_PART)),
        leavers=frozenset(ExitReason(reason) for reason in value.get("leavers", ())),
    )


def _class_least(value: Mapping[str, Any]) -> ClassLeast:
    return ClassLeast(value["percent"], ClassCounts(value["counts"]), ClassBelow(value["below"]))
