"""When signing in may be opened, and whether a code of the classroom screen counts now. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from marketplace.enrollment import errors as _errors  # noqa: F401  (registers the refusals)
from marketplace.enrollment.rules import DOORS_OPEN
from marketplace.enrollment.states import ENDED, EnrollmentState
from marketplace.foundation.errors import Refusal

CODE_SECONDS = 30
"""How long a code is on the screen."""
CODE_GRACE = timedelta(seconds=15)
"""How long after its replacement a code still counts: the way from the screen to the server."""
RECEIPT_HOLDS = timedelta(minutes=3)
"""How long a learner who opened a live code may take to confirm."""
CODE_MISSES_MAX = 10
"""Wrong figures in an hour before typing is locked for a login: six figures are not guessed."""


def refusals_for_opening_sign_in(
    now: datetime, *, starts_at: datetime, ends_at: datetime
) -> tuple[Refusal, ...]:
    """Signing in is opened from a quarter of an hour before the lesson until it ends."""
    if now < starts_at - DOORS_OPEN:
        minutes = int(DOORS_OPEN.total_seconds()) // 60
        params = {"minutes": minutes, "starts_at": starts_at}
        return (Refusal("sign_in_opens_later", params),)
    if now >= ends_at:
        return (Refusal("sign_in_over", {"ends_at": ends_at}, remedy="enter_with_reason"),)
    return ()


@dataclass(frozen=True, slots=True)
class SignInFacts:
    """What a decision about a genuine code needs to know."""

    now: datetime
    starts_at: datetime
    ends_at: datetime
    is_closed: bool
    enrollment_state: EnrollmentState | None
    """Of the learner in the class the code belongs to; empty: not enrolled there."""
    shown_at: datetime
    held_at: datetime | None
    """When the learner demonstrably held the code, if they opened it while it was live."""


def refusals_for_sign_in(facts: SignInFacts) -> tuple[Refusal, ...]:
    """Every reason why a code does not sign its learner in now."""
    if facts.enrollment_state is None:
        return (Refusal("not_your_class"),)
    refusals = []
    if facts.enrollment_state in (EnrollmentState.COMPLETED, EnrollmentState.FAILED):
        refusals.append(Refusal("completion_recorded"))
    elif facts.enrollment_state in ENDED:
        refusals.append(Refusal("enrollment_ended"))
    if facts.now >= facts.ends_at:
        over = {"ends_at": facts.ends_at}
        refusals.append(Refusal("sign_in_over", over, remedy="enter_with_reason"))
    elif facts.is_closed or facts.now < facts.starts_at - DOORS_OPEN:
        refusals.append(Refusal("sign_in_not_open"))
    return (*refusals, *_refusals_of_time(facts))


def _refusals_of_time(facts: SignInFacts) -> tuple[Refusal, ...]:
    until = facts.shown_at + timedelta(seconds=CODE_SECONDS)
    if facts.now < facts.shown_at:
        return (Refusal("sign_in_code_unknown"),)  # not shown yet: nobody can have read it
    if facts.now <= until + CODE_GRACE:
        return ()
    held_at = facts.held_at
    was_live = held_at is not None and facts.shown_at <= held_at <= until + CODE_GRACE
    if was_live and held_at is not None and facts.now <= held_at + RECEIPT_HOLDS:
        return ()
    params = {"seconds": CODE_SECONDS, "until": until}
    return (Refusal("sign_in_code_past", params, remedy="scan_code_on_screen"),)
