"""May this voucher be reserved, redeemed, reversed? Pure; all reasons, not only the first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from marketplace.catalog.rules import SCOPE_RULE
from marketplace.enrollment.states import AssessmentResult, ExitReason
from marketplace.foundation.errors import Refusal
from marketplace.institutions.rules import STATE_WORDS, ScopeGap
from marketplace.institutions.states import InstitutionState
from marketplace.redemption import errors as _errors  # noqa: F401  (registers the refusals)
from marketplace.redemption.class_rules import ClassStanding, refusals_of_class
from marketplace.redemption.part_rules import (
    Part,
    PartTerms,
    part_earned,
    part_of_leaver,
    part_terms,
)
from marketplace.vouchers.rules.policy import Policy
from marketplace.vouchers.rules.quotes import STATE_LABELS
from marketplace.vouchers.states import VoucherState

LOOK_UP_MISSES_MAX = 10
"""Unknown codes in an hour before looking up is locked for a login: nobody trawls for vouchers."""


@dataclass(frozen=True, slots=True)
class ReservationFacts:
    """What a decision about tying a voucher to a class needs to know."""

    now: datetime
    today: date
    voucher_state: VoucherState
    valid_from: date
    expires_on: date
    quote_is_genuine: bool
    quote_is_for_voucher: bool
    quote_valid_until: datetime


def refusals_for_reservation(facts: ReservationFacts) -> tuple[Refusal, ...]:
    """Every reason why this voucher cannot be tied to the class its quote was made for."""
    refusals = []
    if facts.voucher_state is VoucherState.RESERVED:
        refusals.append(Refusal("voucher_in_other_class", remedy="withdraw_there_first"))
    elif facts.voucher_state is not VoucherState.ACTIVE:
        refusals.append(Refusal("voucher_not_free", {"state": STATE_LABELS[facts.voucher_state]}))
    if facts.today < facts.valid_from:
        refusals.append(Refusal("voucher_not_yet_valid", {"valid_from": facts.valid_from}))
    if facts.today > facts.expires_on:
        refusals.append(Refusal("voucher_past_validity", {"expires_on": facts.expires_on}))
    if not facts.quote_is_genuine:
        refusals.append(Refusal("quote_not_genuine"))
    if not facts.quote_is_for_voucher:
        refusals.append(Refusal("quote_of_other_voucher"))
    if facts.now > facts.quote_valid_until:
        refusals.append(Refusal("quote_past", {"valid_until": facts.quote_valid_until}))
    return tuple(refusals)


@dataclass(frozen=True, slots=True)
class CompletionEvidence:
    """What the training proves."""

    completed_on: date
    """Its last day, or the day the learner left."""
    rate_percent: int
    assessment: AssessmentResult
    exit_reason: ExitReason | None = None
    """Why the learner left before the end; empty: they stayed."""


@dataclass(frozen=True, slots=True)
class RedemptionTerms:
    """What the scheme version of the quote asks for, and where it says so."""

    attendance_min_percent: int
    assessment_rule: str | None
    """Where a passed assessment is asked for; empty: it is not."""
    complete_by: date
    """A voucher tied to a class in time holds until the class ends, also past its own last day."""
    rule: str
    independent_rule: str | None = None
    """Where another party than the trainer is to assess; empty: the institution may."""
    part: PartTerms | None = None
    """What is paid below the attendance asked for; empty: nothing."""


def redemption_terms(policy: Policy, *, expires_on: date, run_ends_on: date) -> RedemptionTerms:
    """The terms of a policy for a voucher tied to a class."""
    assessment, independent = policy.assessment_required, policy.independent_assessment
    return RedemptionTerms(
        attendance_min_percent=policy.attendance_min_percent.value,
        assessment_rule=policy.cite(assessment) if assessment and assessment.value else None,
        independent_rule=policy.cite(independent) if independent and independent.value else None,
        complete_by=max(expires_on, run_ends_on),
        rule=policy.cite(policy.attendance_min_percent),
        part=part_terms(policy),
    )


def part_of(completion: CompletionEvidence | None, terms: RedemptionTerms) -> Part | None:
    """The part of the amount that a training earns; none: all of it, or nothing."""
    if completion is None:
        return None
    if completion.exit_reason is not None:
        return part_of_leaver(completion.rate_percent, completion.exit_reason, terms=terms.part)
    minimum = terms.attendance_min_percent
    return part_earned(completion.rate_percent, minimum=minimum, terms=terms.part)


@dataclass(frozen=True, slots=True)
class RedemptionFacts:
    """What a decision about redeeming needs to know."""

    voucher_state: VoucherState
    is_held: bool
    """The voucher is tied to a class that has not been paid or released."""
    is_right_institution: bool
    institution_state: InstitutionState
    accredited_on: date
    """The day for which accreditation was looked up: the end of training, or today before it."""
    scope_gap: ScopeGap | None
    """What the accreditations lacked on that day for occupation, level and site; none: covered."""
    state_then: InstitutionState
    """Where the institution stood on that day."""
    course_is_quarantined: bool
    completion: CompletionEvidence | None
    open_disputes: int
    terms: RedemptionTerms
    holds: tuple[Refusal, ...] = ()
    """What was found about the records of the class and is not cleared (room `evidence`)."""
    standing: ClassStanding | None = None
    """Where the class stands against the scheme's threshold, if it has one."""
    class_was_held: bool = False
    """A hold was placed because too few of the class completed, whatever became of it."""
    is_assessed_by_others: bool = False
    """A body of the directory that did not train the learner entered a result that counts."""


def refusals_for_redemption(facts: RedemptionFacts) -> tuple[Refusal, ...]:
    """Every reason why the institution cannot turn this voucher into money owed."""
    if not facts.is_held or facts.voucher_state is not VoucherState.RESERVED:
        return (Refusal("voucher_not_reserved", {"state": STATE_LABELS[facts.voucher_state]}),)
    if not facts.is_right_institution:
        return (Refusal("other_institution"),)
    return (
        *_refusals_of_institution(facts),
        *refusals_for_evidence(facts.completion, facts.terms, open_disputes=facts.open_disputes),
        *_refusals_of_assessor(facts),
        *refusals_of_class(facts.standing, was_held=facts.class_was_held),
        *facts.holds,
    )


def refusals_for_evidence(
    completion: CompletionEvidence | None, terms: RedemptionTerms, *, open_disputes: int
) -> tuple[Refusal, ...]:
    """Every reason why the training does not prove what the scheme asks for."""
    return (*_refusals_of_completion(completion, terms), *_refusals_of_disputes(open_disputes))


def _refusals_of_institution(facts: RedemptionFacts) -> tuple[Refusal, ...]:
    refusals = []
    if facts.institution_state is not InstitutionState.ACCREDITED:
        state = STATE_WORDS[facts.institution_state]
        refusals.append(Refusal("institution_not_in_standing", {"state": state}))
    elif facts.state_then is not InstitutionState.ACCREDITED:
        then = {"day": facts.accredited_on, "state": STATE_WORDS[facts.state_then]}
        refusals.append(Refusal("institution_out_of_standing_then", then))
    elif facts.scope_gap:
        params = {"day": facts.accredited_on, **facts.scope_gap.params}
        refusals.append(
            Refusal("accreditation_lapsed", params, SCOPE_RULE, remedy=facts.scope_gap.remedy)
        )
    if facts.course_is_quarantined:
        refusals.append(Refusal("course_in_quarantine"))
    return tuple(refusals)


def _refusals_of_completion(
    completion: CompletionEvidence | None, terms: RedemptionTerms
) -> tuple[Refusal, ...]:
    if completion is None:
        return (Refusal("completion_missing", remedy="record_result_first"),)
    if completion.exit_reason is not None:
        return _refusals_of_leaver(completion, terms)
    refusals = []
    if completion.rate_percent < terms.attendance_min_percent and not part_of(completion, terms):
        refusals.append(_refusal_of_rate(completion.rate_percent, terms))
    if terms.assessment_rule and completion.assessment is AssessmentResult.NOT_ASSESSED:
        refusals.append(Refusal("assessment_missing", rule=terms.assessment_rule))
    if terms.assessment_rule and completion.assessment is AssessmentResult.FAILED:
        refusals.append(Refusal("assessment_failed", rule=terms.assessment_rule))
    if completion.completed_on > terms.complete_by:
        params_ = {"completed_on": completion.completed_on, "complete_by": terms.complete_by}
        refusals.append(Refusal("completed_late", params_, rule=terms.rule))
    return tuple(refusals)


def _refusals_of_leaver(
    completion: CompletionEvidence, terms: RedemptionTerms
) -> tuple[Refusal, ...]:
    """Who left earns a part or nothing; of an assessment they did not stay for nothing is asked."""
    refusals: tuple[Refusal, ...] = ()
    if part_of(completion, terms) is None:
        refusals = (_refusal_of_rate(completion.rate_percent, terms),)
    if completion.completed_on > terms.complete_by:
        late = {"completed_on": completion.completed_on, "complete_by": terms.complete_by}
        refusals += (Refusal("completed_late", late, rule=terms.rule),)
    return refusals


def _refusal_of_rate(rate_percent: int, terms: RedemptionTerms) -> Refusal:
    """Too little for the whole amount, and for a part where the scheme pays parts."""
    params = {"rate": rate_percent, "minimum": terms.attendance_min_percent}
    if terms.part is None:
        return Refusal("attendance_too_low", params, rule=terms.rule)
    params["floor"] = terms.part.partial.floor
    return Refusal("attendance_below_part", params, rule=terms.part.rule)


def _refusals_of_assessor(facts: RedemptionFacts) -> tuple[Refusal, ...]:
    """Where the scheme wants another party to assess, its result is there. Void is none."""
    rule = facts.terms.independent_rule
    has_left = facts.completion is not None and facts.completion.exit_reason is not None
    if rule is None or has_left or facts.is_assessed_by_others:
        return ()
    return (Refusal("assessment_not_independent", rule=rule, remedy="ask_a_body_to_assess"),)


def _refusals_of_disputes(count: int) -> tuple[Refusal, ...]:
    if count == 0:
        return ()
    return (Refusal("disputes_open", {"count": count}, remedy="settle_dispute_first"),)
