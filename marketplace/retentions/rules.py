"""How an amount divides by milestone, and what becomes of a withheld share on a day. Pure."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

from marketplace.foundation.errors import Refusal
from marketplace.foundation.money import share_fen
from marketplace.retentions import errors as _errors  # noqa: F401  (registers the refusals)
from marketplace.retentions.states import Outcome
from marketplace.vouchers.rules.milestones import HeldShare, Milestones
from marketplace.vouchers.states import Milestone

WARNING_DAYS = 30
"""An institution is told so many days before withheld money goes back."""
DEADLINE_MONTHS_MAX = 36
"""A last day is never moved further than that: a mistyped year is no extension."""


def split_by_milestone(amount_fen: int, milestones: Milestones) -> dict[Milestone, int]:
    """What of an amount is due at which milestone; the parts add up to it exactly.

    Each boundary between two steps is rounded half up to the fen once, and a part is what lies
    between its boundaries: so no part is negative, and none is more than a fen from its share.
    """
    steps = (
        (Milestone.START, milestones.start_percent),
        (Milestone.FINISH, milestones.finish_percent),
        *((share.milestone, share.percent) for share in milestones.held),
    )
    parts: dict[Milestone, int] = {}
    percent = before_fen = 0
    for milestone, share in steps:
        percent += share
        until_fen = share_fen(amount_fen, percent)
        parts[milestone] = until_fen - before_fen
        before_fen = until_fen
    return parts


@dataclass(frozen=True, slots=True)
class Deadline:
    """Between which days the evidence of a milestone counts, both included."""

    counts_from: date
    due_by: date


def deadline_of(share: HeldShare, *, completed_on: date) -> Deadline:
    """The days for a share, from the day on which the training was completed."""
    return Deadline(
        add_months(completed_on, share.after_months),
        completed_on + timedelta(days=share.within_days),
    )


def add_months(day: date, months: int) -> date:
    """The same day so many months later; the last of the month where there is no such day."""
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


@dataclass(frozen=True, slots=True)
class RetentionFacts:
    """What is known of a withheld share."""

    counts_from: date
    due_by: date
    proven_on: date | None
    """The first day of evidence that counts, on or after `counts_from`."""
    is_warned: bool


@dataclass(frozen=True, slots=True)
class DeadlineFacts:
    """What is known when an officer proposes another last day for a withheld share."""

    share_code: str
    is_held: bool
    counts_from: date
    due_by: date
    first_due_by: date
    """As the policy said it, before anybody changed it."""
    wanted: date
    reason: str
    waits: bool
    """Another proposal for it waits for its signature."""


def refusals_for_deadline(facts: DeadlineFacts, *, today: date) -> tuple[Refusal, ...]:
    """Every reason why evidence cannot count until the wanted day."""
    words = {"share": facts.share_code}
    last = add_months(facts.first_due_by, DEADLINE_MONTHS_MAX)
    reasons = []
    if not facts.is_held:
        reasons.append(Refusal("retention_not_held", words))
    if facts.waits:
        reasons.append(Refusal("deadline_waits", words))
    if facts.wanted == facts.due_by:
        reasons.append(Refusal("deadline_same", {"day": facts.due_by}, field="due_by"))
    elif facts.wanted < today:
        reasons.append(Refusal("deadline_past", field="due_by"))
    elif facts.wanted < facts.counts_from:
        params = {"day": facts.counts_from}
        reasons.append(Refusal("deadline_before_evidence", params, field="due_by"))
    elif facts.wanted > last:
        reasons.append(Refusal("deadline_too_far", {"day": last}, field="due_by"))
    if len(facts.reason) < 2:
        reasons.append(Refusal("deadline_reason_required", field="reason"))
    return tuple(reasons)


def decide_retention(facts: RetentionFacts, *, today: date) -> Outcome:
    """Released by evidence of a day in time, whenever it is noticed; returned when the days are
    over without it; the institution warned once before."""
    if facts.proven_on is not None and facts.counts_from <= facts.proven_on <= facts.due_by:
        return Outcome.RELEASED
    if today > facts.due_by:
        return Outcome.RETURNED
    if not facts.is_warned and today >= facts.due_by - timedelta(days=WARNING_DAYS):
        return Outcome.WARNED
    return Outcome.WAITS
