"""Whether a device's file, and each of its sign-ins, counts. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from marketplace.enrollment import errors as _errors  # noqa: F401  (registers the refusals)
from marketplace.enrollment.rules import DOORS_OPEN
from marketplace.enrollment.states import ENDED, EnrollmentState
from marketplace.foundation.errors import Refusal

BUNDLE_DAYS_AHEAD = 14
"""How long before a lesson it may be taken along: the roster should be nearly that of the day."""
SYNC_HOURS = 72
"""How long after a lesson its file is taken in; afterwards staff enter by hand, two people."""
CLOCK_AHEAD_MAX = timedelta(minutes=2)
"""How far a device's clock may be ahead of ours."""


def refusals_for_bundle(
    now: datetime, *, starts_at: datetime, ends_at: datetime
) -> tuple[Refusal, ...]:
    """A lesson is taken along from a fortnight before it starts until it ends."""
    if now >= ends_at:
        return (Refusal("sign_in_over", {"ends_at": ends_at}, remedy="enter_with_reason"),)
    if now < starts_at - timedelta(days=BUNDLE_DAYS_AHEAD):
        params = {"days": BUNDLE_DAYS_AHEAD, "starts_at": starts_at}
        return (Refusal("offline_too_early", params),)
    return ()


def sync_until(lesson_ends_at: datetime) -> datetime:
    """Until when the file of a lesson is taken in."""
    return lesson_ends_at + timedelta(hours=SYNC_HOURS)


@dataclass(frozen=True, slots=True)
class UploadFacts:
    """What a decision about a genuine file needs to know."""

    now: datetime
    lesson_ends_at: datetime
    closed_at: datetime
    device: str
    device_is_revoked: bool
    history_agrees: bool
    """It begins with every row of the files of this lesson that came before it."""


def refusals_for_upload(facts: UploadFacts) -> tuple[Refusal, ...]:
    """Every reason why nothing of a file is taken in."""
    refusals = []
    if facts.device_is_revoked:
        revoked = {"device": facts.device}
        refusals.append(Refusal("offline_device_revoked", revoked, remedy="enter_with_reason"))
    until = sync_until(facts.lesson_ends_at)
    if facts.now > until:
        late = {"until": until, "hours": SYNC_HOURS}
        refusals.append(Refusal("offline_sync_late", late, remedy="enter_with_reason"))
    if facts.closed_at > facts.now + CLOCK_AHEAD_MAX:
        ahead = {"closed_at": facts.closed_at}
        refusals.append(Refusal("offline_closed_ahead", ahead, remedy="set_device_clock"))
    if not facts.history_agrees:
        refusals.append(Refusal("offline_history_differs", remedy="enter_with_reason"))
    return tuple(refusals)


@dataclass(frozen=True, slots=True)
class OfflineFacts:
    """What a decision about one sign-in of a file needs to know."""

    at: datetime
    latest_before: datetime
    """The latest time of the rows before it; of the first row, its own."""
    issued_at: datetime
    starts_at: datetime
    ends_at: datetime
    closed_at: datetime
    enrollment_state: EnrollmentState


def refusals_for_offline_times(facts: OfflineFacts) -> tuple[Refusal, ...]:
    """Every reason why one sign-in of a file does not count, besides its code."""
    refusals = []
    if facts.at < facts.latest_before:
        refusals.append(Refusal("offline_time_goes_back"))
    if facts.at < facts.issued_at.replace(microsecond=0):
        refusals.append(Refusal("offline_before_bundle"))
    if not facts.starts_at - DOORS_OPEN <= facts.at < facts.ends_at:
        refusals.append(Refusal("offline_outside_lesson", remedy="enter_with_reason"))
    if facts.at > facts.closed_at:
        refusals.append(Refusal("offline_after_close"))
    if facts.enrollment_state in (EnrollmentState.COMPLETED, EnrollmentState.FAILED):
        refusals.append(Refusal("completion_recorded"))
    elif facts.enrollment_state in ENDED:
        refusals.append(Refusal("enrollment_ended"))
    return tuple(refusals)
