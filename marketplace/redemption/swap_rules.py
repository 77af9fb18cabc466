"""May somebody change to another class and take the money along? Pure; all reasons at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from marketplace.enrollment.states import ENDED, EnrollmentState
from marketplace.foundation.errors import Refusal
from marketplace.redemption import errors as _errors  # noqa: F401  (registers the refusals)
from marketplace.redemption.states import ReservationState
from marketplace.vouchers.rules.policy import Policy
from marketplace.vouchers.states import SwapPrice


@dataclass(frozen=True, slots=True)
class Overlap:
    """A lesson of the wanted class at the time of a lesson of another class of the person."""

    day: date
    title: str


@dataclass(frozen=True, slots=True)
class SwapFacts:
    """What a decision about a change of classes needs to know, besides what enrolling asks."""

    today: date
    is_same_class: bool
    enrollment_state: EnrollmentState
    reservation_state: ReservationState | None
    """Empty: the person pays for the class alone."""
    left_starts_on: date
    overlap: Overlap | None
    swaps_before: int
    """How often this voucher was taken along already."""
    policy: Policy | None
    """Of the voucher's version."""
    same_institution: bool = True
    same_fee: bool = True


def refusals_for_swap(facts: SwapFacts) -> tuple[Refusal, ...]:
    """Every reason against leaving the one class and taking its money, or without a voucher the
    fee that is settled with the institution, to the other."""
    if facts.is_same_class:
        return (Refusal("swap_same_class", remedy="choose_another_run"),)
    if facts.enrollment_state in ENDED:
        return (Refusal("enrollment_ended"),)
    if facts.reservation_state is None:
        return (*_begun(facts), *_settled_there(facts), *_overlaps(facts))
    if facts.reservation_state is not ReservationState.HELD:
        return (Refusal("already_redeemed"),)
    return (*_begun(facts), *_used_up(facts), *_overlaps(facts))


def _settled_there(facts: SwapFacts) -> tuple[Refusal, ...]:
    """Who pays the fee alone has paid, or owes, this institution this amount: with the same
    institution and fee nothing is owed anew, anything else is between the two of them."""
    refusals = []
    if not facts.same_institution:
        refusals.append(Refusal("swap_paid_elsewhere", remedy="leave_and_enroll"))
    if not facts.same_fee:
        refusals.append(Refusal("swap_fee_differs", remedy="leave_and_enroll"))
    return tuple(refusals)


def _overlaps(facts: SwapFacts) -> tuple[Refusal, ...]:
    if facts.overlap is None:
        return ()
    params = {"day": facts.overlap.day, "title": facts.overlap.title}
    return (Refusal("swap_overlaps", params, remedy="choose_another_run"),)


def _begun(facts: SwapFacts) -> tuple[Refusal, ...]:
    """Who has begun to learn, or might have, leaves by withdrawing; a change is for before."""
    if facts.enrollment_state is EnrollmentState.TRAINING:
        return (Refusal("swap_training_began", remedy="stay_or_withdraw"),)
    if facts.today < facts.left_starts_on:
        return ()
    began = {"starts_on": facts.left_starts_on}
    return (Refusal("swap_class_began", began, remedy="stay_or_withdraw"),)


def _used_up(facts: SwapFacts) -> tuple[Refusal, ...]:
    limit = facts.policy.leaving.swaps_max if facts.policy else None
    if limit is None or facts.policy is None or facts.swaps_before < limit.value:
        return ()
    params = {"count": facts.swaps_before}
    rule = facts.policy.cite(limit)
    return (Refusal("swaps_used_up", params, rule=rule, remedy="stay_or_withdraw"),)


def is_price_kept(policy: Policy, *, same_course: bool, same_fee: bool) -> bool:
    """The amounts of the first quote stay, where the policy says so and nothing else changes."""
    setting = policy.leaving.swap_price
    return setting is not None and setting.value is SwapPrice.KEPT and same_course and same_fee
