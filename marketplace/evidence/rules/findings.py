"""All rules on one class, and how a hold is told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marketplace.evidence import errors as _errors  # noqa: F401  (registers the refusals)
from marketplace.evidence.rules.assessing import find_all_passed, find_same_scores
from marketplace.evidence.rules.facts import CLAUSES, Finding, RunFacts
from marketplace.evidence.rules.online import find_online_paces, find_online_patterns
from marketplace.evidence.rules.people import (
    find_long_days,
    find_person_overlaps,
    find_travels,
)
from marketplace.evidence.rules.places import (
    find_room_overlaps,
    find_too_many,
    find_trainer_overlaps,
)
from marketplace.evidence.rules.signing_in import (
    find_entered_late,
    find_even_intervals,
    find_same_seconds,
    find_shared_devices,
    find_synced_late,
)
from marketplace.evidence.rules.teaching import find_burst, find_short_hours
from marketplace.evidence.rules.visits import find_head_counts, find_not_seen
from marketplace.evidence.states import FindingKind, HoldState
from marketplace.foundation.errors import Refusal

_REMEDIES: dict[FindingKind, str] = {
    FindingKind.PERSON_OVERLAP: "clear_by_correction",
    FindingKind.TRAINER_OVERLAP: "clear_by_schedule",
    FindingKind.ROOM_OVERLAP: "clear_by_schedule",
    FindingKind.LONG_DAY: "clear_by_correction",
    FindingKind.SHARED_DEVICE: "clear_by_learners",
    FindingKind.EVEN_INTERVALS: "clear_by_evidence",
    FindingKind.SAME_SECOND: "clear_by_evidence",
    FindingKind.ENTERED_LATE: "clear_by_evidence",
    FindingKind.TOO_MANY: "clear_by_correction",
    FindingKind.TRAVEL: "clear_by_correction",
    FindingKind.NOT_SEEN: "clear_by_visit",
    FindingKind.HEAD_COUNT: "clear_by_visit",
    FindingKind.HOURS_SHORT: "clear_by_teaching",
    FindingKind.SAME_SCORES: "clear_by_papers",
    FindingKind.ALL_PASSED: "clear_by_papers",
    FindingKind.SYNCED_LATE: "clear_by_evidence",
    FindingKind.ONLINE_PATTERN: "clear_by_platform",
    FindingKind.ONLINE_PACE: "clear_by_platform",
    FindingKind.NOT_ENTITLED: "clear_by_entitlement",
    FindingKind.BENEFIT_REPEATED: "clear_by_entitlement",
    FindingKind.BURST: "clear_by_capacity",
    FindingKind.CLASS_BELOW: "clear_by_class",
}
_RULES = (
    find_person_overlaps,
    find_trainer_overlaps,
    find_room_overlaps,
    find_long_days,
    find_shared_devices,
    find_even_intervals,
    find_same_seconds,
    find_entered_late,
    find_too_many,
    find_travels,
    find_not_seen,
    find_head_counts,
    find_short_hours,
    find_same_scores,
    find_all_passed,
    find_synced_late,
    find_online_patterns,
    find_online_paces,
    find_burst,
)
"""EV-19 and EV-20 know vouchers: marketplace/redemption/entitlement_rules.py; EV-22 knows schemes:
marketplace/redemption/class_rules.py."""


def findings_of(facts: RunFacts) -> tuple[Finding, ...]:
    """Everything that cannot be true of a class, in the order of the clauses."""
    return tuple(finding for rule in _RULES for finding in rule(facts))


def refusal_for_hold(
    kind: FindingKind,
    state: HoldState,
    *,
    code: str,
    params: Mapping[str, Any],
    reason: str | None,
) -> Refusal:
    """Why a hold stops the redemption: the finding while it is open, the decision once upheld."""
    if state is HoldState.UPHELD:
        decided = {"hold": code, "reason": reason}
        return Refusal("hold_upheld", decided, rule=CLAUSES[kind], remedy="ask_to_look_again")
    shown = {"hold": code, **params}
    return Refusal(f"held_{kind}", shown, rule=CLAUSES[kind], remedy=_REMEDIES[kind])
