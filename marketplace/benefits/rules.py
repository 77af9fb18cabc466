"""What of a promised allowance is due, and when it may be withdrawn. Pure.

Sources: 青岛市 online training (5 yuan an hour, at most three times, at most 60 percent of the
minimum wage, no application: 政策找人); 吉人社规〔2024〕3号 第二条 (生活费、评价补贴). The amounts
are those of the policy pack. What the quote promised is the bound: nothing is decided beyond it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from marketplace.benefits import errors as _errors  # noqa: F401  (registers the refusals)
from marketplace.benefits.states import BenefitState
from marketplace.foundation.errors import Refusal
from marketplace.foundation.money import apportion_fen
from marketplace.vouchers.rules.amounts import allowance_fen
from marketplace.vouchers.rules.policy import WHAT_WAS_PAID, Allowance

REASON_MIN = 2


@dataclass(frozen=True, slots=True)
class Promise:
    """One line of a quote that promises money to the person, and the row of the policy it is of."""

    amount_fen: int
    rule: str
    """Clause and version, as the quote cites them."""
    allowance: Allowance


@dataclass(frozen=True, slots=True)
class BenefitFacts:
    """A promise of one kind that has come to its end: the training is completed and redeemed."""

    promises: tuple[Promise, ...]
    course_hours: int | None
    attendance_percent: int
    times_this_year: int
    """Earlier benefits of this kind under the scheme, those of the present year."""
    times_ever: int
    paid_fen: int | None = None
    """Of an assessment fee: what the checked receipt shows; None: no receipt was checked."""


@dataclass(frozen=True, slots=True)
class BenefitStep:
    """One reason of a decision, with what it leaves due in fen."""

    code: str
    amount_fen: int
    rule: str
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BenefitDecision:
    """What is due, and every reason for it; 0 with the reasons against it."""

    amount_fen: int
    steps: tuple[BenefitStep, ...]


@dataclass(frozen=True, slots=True)
class WithdrawalFacts:
    """A benefit that somebody wants to withdraw."""

    code: str
    state: BenefitState
    busy_payout: str | None
    """The payout that carries it, unless that came back or was sent back."""
    reason: str
    clawback: str | None = None
    """What takes money of it back already."""


def decide_benefit(facts: BenefitFacts) -> BenefitDecision:
    """What is due of all promises of a kind, each decided by its own row of the policy.

    What is paid by time is due for the hours attended: planned hours times the attendance, whole
    hours, rounded down. A plain amount is due whole.
    """
    steps: list[BenefitStep] = []
    left_fen = facts.paid_fen or 0
    for promise in facts.promises:
        steps += _decide_one(promise, facts, left_fen)
        if promise.allowance.at_most == WHAT_WAS_PAID:
            left_fen -= min(left_fen, promise.amount_fen)
    return BenefitDecision(sum(step.amount_fen for step in steps), tuple(steps))


def waits_for_receipt(facts: BenefitFacts) -> bool:
    """Whether nothing can be decided yet: what was paid is given back, and nobody has checked a
    receipt."""
    as_paid = any(promise.allowance.at_most == WHAT_WAS_PAID for promise in facts.promises)
    return as_paid and facts.paid_fen is None


def _decide_one(promise: Promise, facts: BenefitFacts, paid_fen: int) -> list[BenefitStep]:
    row, rule = promise.allowance, promise.rule
    used_up = _limit_reached(row, rule, facts)
    if used_up:
        return [BenefitStep("promised", 0, rule, {"promised_fen": promise.amount_fen}), *used_up]
    if row.at_most == WHAT_WAS_PAID:
        due = min(promise.amount_fen, paid_fen)
        params = {"paid_fen": paid_fen, "most_fen": promise.amount_fen}
        return [BenefitStep("what_was_paid", due, rule, params)]
    if not (row.per_hour or row.per_day):
        return [BenefitStep("amount", promise.amount_fen, rule), *_share(row, rule, promise)]
    attended = (facts.course_hours or 0) * facts.attendance_percent // 100
    due = min(allowance_fen(row, attended), promise.amount_fen)
    params = {
        "hours": attended,
        "planned": facts.course_hours or 0,
        "percent": facts.attendance_percent,
    }
    steps = [BenefitStep("attended", due, rule, params)]
    if due == promise.amount_fen:
        steps += _share(row, rule, promise)
    if due == 0:
        steps.append(BenefitStep("no_hours", 0, rule))
    return steps


def _share(row: Allowance, rule: str, promise: Promise) -> list[BenefitStep]:
    """That the amount is the most the policy allows, where it is."""
    if row.most_share is None or promise.amount_fen != row.most_share.fen:
        return []
    words = {"percent": row.most_share.percent, "of_fen": row.most_share.of_fen}
    return [BenefitStep("share", 0, rule, words)]


def _limit_reached(row: Allowance, rule: str, facts: BenefitFacts) -> list[BenefitStep]:
    reached = []
    if row.per_year_max is not None and facts.times_this_year >= row.per_year_max:
        reached.append(BenefitStep("per_year_max", 0, rule, {"limit": row.per_year_max}))
    if row.per_lifetime_max is not None and facts.times_ever >= row.per_lifetime_max:
        reached.append(BenefitStep("per_lifetime_max", 0, rule, {"limit": row.per_lifetime_max}))
    return reached


def pair_promises(
    lines: Sequence[Mapping[str, Any]],
    allowances: Sequence[Allowance],
    *,
    cited: Sequence[str],
    course_hours: int | None,
) -> tuple[Promise, ...]:
    """The rows of the policy that some lines of a quote come from: by their rule, in their order.

    `cited` is how the policy cites each of the allowances. Two rows of one clause for different
    people are told apart by what they come to for the course, then by their order.
    """
    found: list[Promise] = []
    taken: set[int] = set()
    for line in lines:
        fitting = [
            place
            for place, row in enumerate(allowances)
            if place not in taken and cited[place] == line["rule"]
        ]
        exact = [
            place
            for place in fitting
            if allowance_fen(allowances[place], course_hours) == line["amount_fen"]
        ]
        if not fitting:
            continue
        place = (exact or fitting)[0]
        taken.add(place)
        found.append(Promise(line["amount_fen"], line["rule"], allowances[place]))
    return tuple(found)


def split_by_funding(amount_fen: int, paid: Sequence[tuple[str, int]]) -> list[tuple[str, int]]:
    """Who pays how much of a benefit: pro rata to what each allotment paid for the training, the
    largest remainders first; ties go by the code. `paid` is allotment code and fen."""
    in_order = sorted(paid)
    parts = apportion_fen(amount_fen, [fen for _code, fen in in_order])
    return [(code, part) for (code, _fen), part in zip(in_order, parts, strict=True) if part]


def refusals_for_withdrawal(facts: WithdrawalFacts) -> tuple[Refusal, ...]:
    """Why this benefit cannot be withdrawn: it is over, or its money is on its way or paid."""
    reasons = []
    if facts.state is BenefitState.WITHDRAWN:
        reasons.append(Refusal("benefit_withdrawn", {"benefit": facts.code}))
    if facts.busy_payout:
        words = {"benefit": facts.code, "payout": facts.busy_payout}
        reasons.append(Refusal("benefit_in_payout", words))
    if facts.clawback:
        words = {"benefit": facts.code, "clawback": facts.clawback}
        reasons.append(Refusal("benefit_clawed_back", words))
    if len(facts.reason) < REASON_MIN:
        reasons.append(Refusal("benefit_reason_required", field="reason"))
    return tuple(reasons)
