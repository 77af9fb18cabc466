"""Who may record what, and when an appeal can be filed and decided."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from marketplace.foundation.errors import N_, Refusal
from marketplace.standing import errors as _errors  # noqa: F401  (registers the refusals)
from marketplace.standing.rules.formula import Counts
from marketplace.standing.rules.policy import RecordSettings
from marketplace.standing.states import (
    APPEAL_TRANSITIONS,
    RECORDABLE,
    AppealState,
    StandingKind,
)

EVIDENCE_MAX = 1_000
BACKDATED_DAYS_MAX = 3 * 365


@dataclass(frozen=True, slots=True)
class NewRecord:
    """A fact as an officer states it."""

    kind: StandingKind
    happened_on: date
    clause: str
    evidence: str


def refusals_for_record(record: NewRecord, *, today: date, is_own: bool) -> tuple[Refusal, ...]:
    """A kind that people record, a day that has come, a clause and what proves it."""
    refusals: list[Refusal] = []
    if is_own:
        refusals.append(Refusal("standing_own_institution"))
    if record.kind not in RECORDABLE:
        refusals.append(Refusal("standing_kind_by_decision", field="kind"))
    if record.happened_on > today:
        refusals.append(
            Refusal("standing_in_future", {"day": record.happened_on}, field="happened_on")
        )
    elif record.happened_on < today - timedelta(days=BACKDATED_DAYS_MAX):
        refusals.append(
            Refusal("standing_too_old", {"day": record.happened_on}, field="happened_on")
        )
    for name, label, text in (
        ("clause", N_("Decision or clause"), record.clause),
        ("evidence", N_("What was found, and what proves it"), record.evidence),
    ):
        if not text:
            refusals.append(Refusal("required", {"label": label}, field=name))
        elif len(text) > EVIDENCE_MAX:
            limit = {"label": label, "limit": EVIDENCE_MAX}
            refusals.append(Refusal("too_long", limit, field=name))
    return tuple(refusals)


def valid_until(happened_on: date, settings: RecordSettings) -> date | None:
    """The last day of the repair period: so many months after the fact, to the day before."""
    if settings.months is None:
        return None
    return months_after(happened_on, settings.months) - timedelta(days=1)


def months_after(day: date, months: int) -> date:
    """The same day of a later (or earlier) month, or that month's last day."""
    index = day.year * 12 + day.month - 1 + months
    year, month = index // 12, index % 12 + 1
    first_of_next = date(year + month // 12, month % 12 + 1, 1)
    return date(year, month, min(day.day, (first_of_next - timedelta(days=1)).day))


@dataclass(frozen=True, slots=True)
class WithdrawalFacts:
    """What a decision about taking a fact out of force needs to know."""

    kind: StandingKind
    is_withdrawn: bool
    recorded_by: int | None
    actor_id: int | None
    has_open_appeal: bool
    is_own: bool
    reason: str


def refusals_for_withdrawal(facts: WithdrawalFacts) -> tuple[Refusal, ...]:
    """Another officer than the one who recorded it; once; with a reason; no appeal is open."""
    refusals: list[Refusal] = []
    if facts.is_own:
        refusals.append(Refusal("standing_own_institution"))
    if facts.kind is StandingKind.WITHDRAWAL:
        refusals.append(Refusal("standing_withdrawal_stays"))
    if facts.is_withdrawn:
        refusals.append(Refusal("standing_withdrawn_already"))
    if facts.actor_id is not None and facts.actor_id == facts.recorded_by:
        refusals.append(Refusal("standing_own_record"))
    if facts.has_open_appeal:
        refusals.append(Refusal("standing_appeal_open", remedy="remedy_decide_appeal"))
    if not facts.reason:
        refusals.append(Refusal("reason_missing", field="reason"))
    return tuple(refusals)


@dataclass(frozen=True, slots=True)
class AppealFacts:
    """What filing an appeal needs to know about its subject."""

    today: date
    stated_on: date
    """When the fact was recorded, or the rating computed."""
    appeal_days: int
    is_withdrawn: bool
    has_open_appeal: bool
    was_decided: bool
    """The same subject was appealed against before and decided."""
    is_in_force: bool
    reason: str


def refusals_for_appeal(facts: AppealFacts) -> tuple[Refusal, ...]:
    """In time, once, against something that still counts, with a reason."""
    refusals: list[Refusal] = []
    last_on = facts.stated_on + timedelta(days=facts.appeal_days)
    if facts.has_open_appeal:
        refusals.append(Refusal("appeal_open_already"))
    if facts.was_decided:
        refusals.append(Refusal("appeal_decided_before"))
    if facts.is_withdrawn or not facts.is_in_force:
        refusals.append(Refusal("appeal_without_effect"))
    if facts.today > last_on:
        refusals.append(Refusal("appeal_too_late", {"day": last_on}))
    if not facts.reason:
        refusals.append(Refusal("reason_missing", field="reason"))
    elif len(facts.reason) > EVIDENCE_MAX:
        limit = {"label": N_("Reason"), "limit": EVIDENCE_MAX}
        refusals.append(Refusal("too_long", limit, field="reason"))
    return tuple(refusals)


@dataclass(frozen=True, slots=True)
class DecisionFacts:
    """What deciding an appeal needs to know."""

    state: AppealState
    recorded_by: int | None
    """Who recorded the fact the appeal is about; none for an appeal against a rating."""
    filed_by: int
    actor_id: int
    is_own: bool
    reason: str


def refusals_for_decision(facts: DecisionFacts, wanted: AppealState) -> tuple[Refusal, ...]:
    """Open, decided by somebody who neither recorded the fact nor works for the institution."""
    refusals: list[Refusal] = []
    if wanted not in APPEAL_TRANSITIONS[facts.state]:
        refusals.append(Refusal("appeal_is_decided"))
    if facts.actor_id in (facts.recorded_by, facts.filed_by):
        refusals.append(Refusal("appeal_own_matter"))
    elif facts.is_own:
        refusals.append(Refusal("standing_own_institution"))
    if not facts.reason:
        refusals.append(Refusal("reason_missing", field="reason"))
    return tuple(refusals)


def refusals_for_correction(present: Counts, *, successes: int, trials: int) -> tuple[Refusal, ...]:
    """A correction changes something and leaves counts that are possible."""
    if successes == 0 and trials == 0:
        return (Refusal("correction_empty", field="successes"),)
    after_trials, after = present.trials + trials, present.successes + successes
    if 0 <= after <= after_trials:
        return ()
    counts = {"successes": after, "trials": after_trials}
    return (Refusal("correction_impossible", counts, field="successes"),)
