"""Somebody leaves a class: who bears the cost, and what becomes of the voucher? Pure.

The policy of the voucher's version decides: in its window leaving costs nothing; after it the
coded reason decides. What the institution caused never costs the worker anything. Where the policy
says nothing, the voucher is free again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from marketplace.enrollment.states import ExitReason
from marketplace.foundation.errors import Refusal
from marketplace.redemption import errors as _errors  # noqa: F401  (registers the refusals)
from marketplace.redemption.part_rules import part_of_leaver, part_terms
from marketplace.redemption.states import USED_BY_LEAVING, VoucherOutcome
from marketplace.vouchers.rules.policy import Policy
from marketplace.vouchers.states import CostBearer

BY_INSTITUTION = frozenset({ExitReason.RUN_CANCELED, ExitReason.CLASS_CHANGED})
"""What the institution caused."""


@dataclass(frozen=True, slots=True)
class LeavingFacts:
    """What a decision about leaving a class needs to know."""

    today: date
    enrolled_on: date
    starts_on: date
    voucher_expires_on: date | None
    """Empty: no voucher is tied to the class."""
    policy: Policy | None
    """Of the voucher's version."""
    rate_percent: int = 0
    """How much of the whole class was attended by now."""


@dataclass(frozen=True, slots=True)
class LeavingDecision:
    """Who bears the cost, what becomes of the voucher, and by which rule."""

    bearer: CostBearer
    outcome: VoucherOutcome
    free_until: date | None
    rule: str | None


def decide_leaving(facts: LeavingFacts, reason: ExitReason) -> LeavingDecision:
    """What leaving for a reason means today.

    Where the scheme pays the part that was attended for this reason, the voucher pays it.
    """
    free_until, rule = _window(facts)
    terms = part_terms(facts.policy) if facts.policy and facts.voucher_expires_on else None
    if terms and part_of_leaver(facts.rate_percent, reason, terms=terms):
        return LeavingDecision(CostBearer.NOBODY, VoucherOutcome.PART, free_until, terms.rule)
    bearer = CostBearer.NOBODY
    if reason in BY_INSTITUTION:
        bearer = CostBearer.INSTITUTION
    elif free_until is not None and facts.today > free_until:
        bearer, rule = _bearer(facts.policy, reason)
    return LeavingDecision(bearer, _outcome(facts, bearer), free_until, rule)


def refusals_for_leaving(
    decision: LeavingDecision, *, told: VoucherOutcome | None, is_class_changed: bool, reason: str
) -> tuple[Refusal, ...]:
    """Why the learner cannot leave like this: the reason is not true of the class, or nobody told
    them that the voucher is used up by it. `told` empty: somebody else ends the enrollment."""
    refusals = []
    if reason == ExitReason.CLASS_CHANGED and not is_class_changed:
        refusals.append(Refusal("class_not_changed", field="reason"))
    if told is not None and decision.outcome in USED_BY_LEAVING and told is not decision.outcome:
        is_part = decision.outcome is VoucherOutcome.PART
        code = "leaving_pays_part" if is_part else "leaving_costs_voucher"
        refusals.append(Refusal(code, rule=decision.rule, field="understood"))
    return tuple(refusals)


def _window(facts: LeavingFacts) -> tuple[date | None, str | None]:
    window = facts.policy.leaving.window if facts.policy else None
    if window is None or facts.policy is None:
        return None, None
    last = window.value.last_day(enrolled_on=facts.enrolled_on, starts_on=facts.starts_on)
    return last, facts.policy.cite(window)


def _bearer(policy: Policy | None, reason: ExitReason) -> tuple[CostBearer, str | None]:
    borne = policy.leaving.borne_by if policy else None
    if borne is None or policy is None:
        return CostBearer.NOBODY, None
    return borne.value.get(reason, CostBearer.NOBODY), policy.cite(borne)


def _outcome(facts: LeavingFacts, bearer: CostBearer) -> VoucherOutcome:
    if facts.voucher_expires_on is None:
        return VoucherOutcome.NONE
    if bearer is CostBearer.WORKER:
        return VoucherOutcome.CONSUMED
    is_over = facts.today > facts.voucher_expires_on
    return VoucherOutcome.ENDED if is_over else VoucherOutcome.FREE
