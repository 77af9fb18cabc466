"""May a quota be granted, changed, used? Every reason against it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from marketplace.foundation.errors import Refusal
from marketplace.foundation.money import AMOUNT_FEN_MAX, Money
from marketplace.quotas import errors as _errors  # noqa: F401  (registers the refusals)
from marketplace.quotas.states import NamingOutcome, QuotaStepState
from marketplace.vouchers.rules.policy import Policy
from marketplace.vouchers.states import (
    EmployeeProof,
    QuotaState,
    VoucherKind,
    VoucherOrigin,
    VoucherState,
)

PLACES_MAX = 1_000_000
NAMED_AT_ONCE_MAX = 200
"""Each is decided alone, and all of them are one unit of work."""
OUTCOMES: dict[VoucherState, NamingOutcome] = {
    VoucherState.OFFERED: NamingOutcome.OFFERED,
    VoucherState.ACTIVE: NamingOutcome.ACCEPTED,
    VoucherState.RESERVED: NamingOutcome.RESERVED,
    VoucherState.REDEEMED: NamingOutcome.REDEEMED,
    VoucherState.EXPIRED: NamingOutcome.ENDED,
    VoucherState.REVOKED: NamingOutcome.ENDED,
}
"""What became of a voucher, as its employer sees it."""
TOLD_TO_EMPLOYER = ("quota_person_unknown", "look_ups_locked", "quota_full")
"""Reasons that are about the list or the quota. What is about the person is the office's to tell,
and only to the person."""


@dataclass(frozen=True, slots=True)
class QuotaSize:
    """How many vouchers a quota holds, as it was asked for: places, or an amount in fen."""

    places: int | None = None
    amount_fen: int | None = None


@dataclass(frozen=True, slots=True)
class GrantFacts:
    """A quota, or more places of one, as an officer wants to grant it."""

    today: date
    policy: Policy
    is_pooled: bool
    """Several funds pay for the scheme."""
    scheme_until: date | None
    size: QuotaSize
    ends_on: date
    allotment_year: int
    allotment_fits: bool
    """It is of the scheme's fund, and of a place within the scheme's or above it."""
    available_fen: int
    given_this_year: int
    """Places the employer has of this scheme in this calendar year, unsigned ones included."""


def refusals_for_grant(facts: GrantFacts) -> tuple[Refusal, ...]:
    """Every reason why an employer cannot get these places."""
    reasons = []
    if VoucherOrigin.QUOTA not in facts.policy.ways_out:
        reasons.append(Refusal("scheme_without_quota", field="scheme"))
    if facts.is_pooled:
        reasons.append(Refusal("quota_scheme_pooled", field="scheme"))
    if not facts.allotment_fits or facts.allotment_year != facts.today.year:
        reasons.append(Refusal("quota_allotment_wrong", field="allotment"))
    return (
        *reasons,
        *_size_problems(facts.policy, facts.size),
        *_day_problems(facts),
        *_limit_problems(facts),
        *_money_problems(facts),
    )


def places_of(policy: Policy, size: QuotaSize) -> int:
    """How many vouchers a size comes to; 0 where it does not come to a whole number."""
    if size.amount_fen is None:
        return size.places or 0
    value_fen = policy.face_value_fen or 0
    return 0 if not value_fen or size.amount_fen % value_fen else size.amount_fen // value_fen


def _size_problems(policy: Policy, size: QuotaSize) -> list[Refusal]:
    if (size.places is None) == (size.amount_fen is None):
        return [Refusal("quota_one_size", field="places")]
    if size.amount_fen is not None and policy.kind is not VoucherKind.FACE_VALUE:
        return [Refusal("quota_amount_for_value_only", field="amount")]
    value_fen = policy.face_value_fen or 1
    if size.amount_fen is not None and (size.amount_fen <= 0 or size.amount_fen % value_fen):
        nearest = min(max(size.amount_fen // value_fen, 1) * value_fen, AMOUNT_FEN_MAX)
        params = {
            "value": Money(value_fen, policy.currency),
            "nearest": Money(nearest, policy.currency),
        }
        return [Refusal("quota_amount_uneven", params, field="amount")]
    places = places_of(policy, size)
    worth_fen = places * (policy.face_value_fen or 0)
    if not 1 <= places <= PLACES_MAX or worth_fen > AMOUNT_FEN_MAX:
        limit = min(PLACES_MAX, AMOUNT_FEN_MAX // value_fen)
        return [Refusal("quota_places_needed", {"limit": limit}, field="places")]
    return []


def _day_problems(facts: GrantFacts) -> list[Refusal]:
    """Not before today, nor after the year of the money, the scheme, or the days of the policy."""
    reasons, rule = [], facts.policy.enterprise_quota
    if facts.ends_on < facts.today:
        reasons.append(Refusal("quota_day_passed", field="ends_on"))
    if facts.ends_on.year > facts.allotment_year:
        last = date(facts.allotment_year, 12, 31)
        params = {"year": facts.allotment_year, "day": last}
        reasons.append(Refusal("quota_beyond_year", params, field="ends_on"))
    if facts.scheme_until and facts.ends_on > facts.scheme_until:
        params = {"day": facts.scheme_until}
        reasons.append(Refusal("quota_beyond_scheme", params, field="ends_on"))
    days = rule.value.name_within_days if rule else None
    if rule and days is not None:
        last = last_day_to_name(facts.today, days)
        if facts.ends_on > last:
            params = {"days": days, "day": last}
            cited = facts.policy.cite(rule)
            reasons.append(Refusal("quota_beyond_days", params, rule=cited, field="ends_on"))
    return reasons


def last_day_to_name(signed_on: date, days: int) -> date:
    """The day of the signature is the first of the days to name people."""
    return signed_on + timedelta(days=days - 1)


def _limit_problems(facts: GrantFacts) -> list[Refusal]:
    rule, wanted = facts.policy.enterprise_quota, places_of(facts.policy, facts.size)
    if rule is None or facts.given_this_year + wanted <= rule.value.per_employer_year:
        return []
    params = {
        "given": facts.given_this_year,
        "year": facts.today.year,
        "wanted": wanted,
        "limit": rule.value.per_employer_year,
    }
    cited = facts.policy.cite(rule)
    return [Refusal("quota_employer_limit", params, rule=cited, field="places")]


def _money_problems(facts: GrantFacts) -> list[Refusal]:
    """Face value is set aside for every place; what entitlements cost is known with a course."""
    policy = facts.policy
    wanted = places_of(policy, facts.size) * (policy.face_value_fen or 0)
    if wanted <= facts.available_fen or wanted > AMOUNT_FEN_MAX:
        return []
    params = {
        "available": Money(facts.available_fen, policy.currency),
        "wanted": Money(wanted, policy.currency),
    }
    return [Refusal("quota_money_short", params, remedy="remedy_no_money", field="places")]


@dataclass(frozen=True, slots=True)
class SigningFacts:
    """A proposed step before the second officer."""

    state: QuotaStepState
    proposed_by: int | None
    actor_id: int
    today: date
    ends_on: date


def refusals_for_signing(facts: SigningFacts) -> tuple[Refusal, ...]:
    """Every reason why this officer cannot sign now; money is asked by `refusals_for_grant`."""
    if facts.state is not QuotaStepState.PROPOSED:
        return (Refusal("quota_step_over"),)
    reasons = []
    if facts.proposed_by == facts.actor_id:
        reasons.append(Refusal("same_person"))
    if facts.ends_on < facts.today:
        reasons.append(Refusal("quota_over", {"day": facts.ends_on}))
    return tuple(reasons)


@dataclass(frozen=True, slots=True)
class ReturnFacts:
    """Unused places that are to be taken back: so many, or all."""

    state: QuotaState
    has_open_step: bool
    places: int | None
    left: int
    reason: str


def refusals_for_return(facts: ReturnFacts) -> tuple[Refusal, ...]:
    """Every reason why places cannot be taken back; vouchers that were given always stay."""
    reasons = []
    if facts.state is not QuotaState.IN_FORCE:
        reasons.append(Refusal("quota_not_in_force"))
    elif facts.has_open_step:
        reasons.append(Refusal("quota_step_open"))
    if facts.places is not None and not 1 <= facts.places <= facts.left:
        reasons.append(Refusal("quota_fewer_places", {"left": facts.left}, field="places"))
    if not facts.reason:
        reasons.append(Refusal("quota_reason_needed", field="reason"))
    return tuple(reasons)


@dataclass(frozen=True, slots=True)
class EmployeeFacts:
    """Somebody who was named and found."""

    policy: Policy
    holds_voucher: bool
    """An unused one of the same scheme, however it was got."""
    is_verified_employee: bool
    is_on_record: bool
    left: int
    places: int


def refusals_for_employee(facts: EmployeeFacts) -> tuple[Refusal, ...]:
    """What quotas ask beside the rules of every voucher (`refusals_for_claim`)."""
    reasons, rule = [], facts.policy.enterprise_quota
    proofs = rule.value.proofs if rule else ()
    cited = facts.policy.cite(rule) if rule else None
    if facts.holds_voucher:
        reasons.append(Refusal("quota_holds_voucher"))
    if EmployeeProof.VERIFIED_CATEGORY in proofs and not facts.is_verified_employee:
        remedy = "remedy_quota_not_verified_employee"
        reasons.append(Refusal("quota_not_verified_employee", rule=cited, remedy=remedy))
    if EmployeeProof.EMPLOYER_ON_RECORD in proofs and not facts.is_on_record:
        reasons.append(Refusal("quota_not_on_record", rule=cited))
    if facts.left < 1:
        params = {"places": facts.places}
        reasons.append(Refusal("quota_full", params, remedy="remedy_quota_full"))
    return tuple(reasons)


def refusals_for_naming(
    *, state: QuotaState, ends_on: date, today: date, people: int, document_number: str
) -> tuple[Refusal, ...]:
    """Every reason why nobody can be named now."""
    reasons = []
    if state is not QuotaState.IN_FORCE:
        reasons.append(Refusal("quota_not_in_force"))
    elif ends_on < today:
        reasons.append(Refusal("quota_over", {"day": ends_on}))
    if not people:
        reasons.append(Refusal("quota_nobody_named", field="people"))
    elif people > NAMED_AT_ONCE_MAX:
        params = {"limit": NAMED_AT_ONCE_MAX}
        reasons.append(Refusal("quota_too_many_named", params, field="people"))
    if not document_number:
        reasons.append(Refusal("quota_document_needed", field="document_number"))
    return tuple(reasons)
