"""What can be found about a class, and what becomes of the hold."""

from enum import StrEnum


class FindingKind(StrEnum):
    """Each is one rule of docs/evidence.md, in its order there."""

    PERSON_OVERLAP = "person_overlap"
    TRAINER_OVERLAP = "trainer_overlap"
    ROOM_OVERLAP = "room_overlap"
    LONG_DAY = "long_day"
    SHARED_DEVICE = "shared_device"
    EVEN_INTERVALS = "even_intervals"
    SAME_SECOND = "same_second"
    ENTERED_LATE = "entered_late"
    TOO_MANY = "too_many"
    TRAVEL = "travel"
    NOT_SEEN = "not_seen"
    HEAD_COUNT = "head_count"
    HOURS_SHORT = "hours_short"
    SAME_SCORES = "same_scores"
    ALL_PASSED = "all_passed"
    SYNCED_LATE = "synced_late"
    ONLINE_PATTERN = "online_pattern"
    ONLINE_PACE = "online_pace"
    NOT_ENTITLED = "not_entitled"
    BENEFIT_REPEATED = "benefit_repeated"
    BURST = "burst"
    CLASS_BELOW = "class_below"


VISIT_KINDS = frozenset({FindingKind.NOT_SEEN, FindingKind.HEAD_COUNT})
"""What an inspector saw: whoever saw it does not decide about it as well."""


SCHEME_KINDS = frozenset({FindingKind.CLASS_BELOW})
"""True records that the scheme may not pay for: a decision about money, nothing for the file."""


class HoldState(StrEnum):
    OPEN = "open"
    CLEARED = "cleared"
    UPHELD = "upheld"


HOLD_TRANSITIONS: dict[HoldState, frozenset[HoldState]] = {
    HoldState.OPEN: frozenset({HoldState.CLEARED, HoldState.UPHELD}),
    HoldState.CLEARED: frozenset(),
    # What is found later in favor of the institution is a decision of its own.
    HoldState.UPHELD: frozenset({HoldState.CLEARED}),
}
