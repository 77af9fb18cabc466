"""What does the voucher pay for this course run, and may it? Amounts and all reasons."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from marketplace.catalog.rules import SCOPE_RULE
from marketplace.catalog.states import CourseRunState, CourseState
from marketplace.foundation.errors import N_, Refusal
from marketplace.foundation.money import Money, share_fen
from marketplace.institutions.states import InstitutionState
from marketplace.people.states import WorkerCategory
from marketplace.vouchers.errors import CATEGORY_LABELS
from marketplace.vouchers.rules.policy import Policy, Rate
from marketplace.vouchers.states import VoucherKind, VoucherState

STATE_LABELS: dict[VoucherState, str] = {
    VoucherState.OFFERED: N_("offered"),
    VoucherState.ACTIVE: N_("ready to use"),
    VoucherState.RESERVED: N_("reserved for a course"),
    VoucherState.REDEEMED: N_("used"),
    VoucherState.EXPIRED: N_("expired"),
    VoucherState.REVOKED: N_("revoked"),
}


@dataclass(frozen=True, slots=True)
class VoucherFacts:
    """The voucher that would pay; a worker without one is asked about as if it were claimed."""

    state: VoucherState
    value_fen: int | None
    valid_from: date
    expires_on: date


@dataclass(frozen=True, slots=True)
class CourseFacts:
    """The course run (or a course without runs) as it stands on the day of asking."""

    listed: bool
    institution_accredited: bool
    occupation_code: str | None
    level: int | None
    hours: int | None
    fee_fen: int
    currency: str
    run_state: CourseRunState | None
    starts_on: date | None
    opens_on: date | None
    closes_on: date | None
    ends_on: date | None = None
    accredited_for_run: bool = True
    """The institution may teach this occupation and level, at the site, every day of the run."""
    barred_grade: str | None = None
    """The grade in force that keeps vouchers from paying for enrolling here, if it does."""
    barred_rule: str | None = None
    stops_on: date | None = None
    """The first day of the run on which, as far as decided, it is out of standing."""


@dataclass(frozen=True, slots=True)
class QuoteFacts:
    """What is known when somebody asks what a voucher pays for a course."""

    on: date
    policy: Policy
    voucher: VoucherFacts
    course: CourseFacts
    categories: frozenset[WorkerCategory]
    """Verified, and in force on the first day of training."""
    trainings: tuple[tuple[str | None, int | None], ...]
    """Occupation and level of earlier supported trainings."""
    available_fen: int
    """What the voucher's allotment has left; asked of entitlements only."""


@dataclass(frozen=True, slots=True)
class QuoteLine:
    """One line of a quote: what for, how much, by which rule."""

    code: str
    amount_fen: int
    rule: str | None
    params: dict[str, Any]


QuoteRule = Callable[[QuoteFacts], Refusal | None]


def refusals_for_quote(facts: QuoteFacts) -> tuple[Refusal, ...]:
    """All reasons why this voucher cannot pay for this course run on this day."""
    return tuple(refusal for rule in QUOTE_RULES if (refusal := rule(facts)) is not None)


def quote_lines(facts: QuoteFacts) -> tuple[QuoteLine, ...]:
    """Fee, what limits or lowers the voucher's part, what it pays, the own share. All in fen."""
    policy, fee = facts.policy, facts.course.fee_fen
    lines = [QuoteLine("fee", fee, None, {})]
    rate = rate_for(policy, facts.course)
    if policy.kind is VoucherKind.FACE_VALUE:
        limit = facts.voucher.value_fen or 0
        lines.append(QuoteLine("face_value", limit, policy.cite(policy.validity_days), {}))
    else:
        limit = rate.amount_fen if rate else 0
        params: dict[str, Any] = {
            "level": facts.course.level,
            "hours_min": rate.hours_min if rate else None,
        }
        lines.append(QuoteLine("rate", limit, policy.cite(rate) if rate else None, params))
    co_pay = co_pay_fen(facts)
    if co_pay and policy.co_pay_percent:
        percent = policy.co_pay_percent
        params = {"percent": percent.value}
        lines.append(QuoteLine("co_pay", co_pay, policy.cite(percent), params))
    value = min(limit, fee - co_pay)
    if (free := free_group(facts)) and policy.free_groups:
        params = {"category": CATEGORY_LABELS[free]}
        lines.append(QuoteLine("free_group", 0, policy.cite(policy.free_groups), params))
    lines.append(QuoteLine("voucher_pays", value, None, {}))
    lines.append(QuoteLine("own_share", fee - value, None, {}))
    return tuple(lines)


def amount_of(lines: tuple[QuoteLine, ...], code: str) -> int:
    """The amount of one line."""
    return next(line.amount_fen for line in lines if line.code == code)


def rate_for(policy: Policy, course: CourseFacts) -> Rate | None:
    """The most exact rate: occupation and level, occupation, level, any."""
    fitting = [
        rate
        for rate in policy.rates
        if rate.occupation_code in (None, course.occupation_code)
        and rate.level in (None, course.level)
    ]
    exactness = {(True, True): 3, (True, False): 2, (False, True): 1, (False, False): 0}
    return max(
        fitting,
        key=lambda rate: exactness[rate.occupation_code is not None, rate.level is not None],
        default=None,
    )


def free_group(facts: QuoteFacts) -> WorkerCategory | None:
    """The category for which this worker is spared the co-payment."""
    rule = facts.policy.free_groups
    if rule is None:
        return None
    return next((category for category in rule.value if category in facts.categories), None)


def co_pay_fen(facts: QuoteFacts) -> int:
    """The part of the fee that the policy leaves to everyone outside the free groups."""
    percent = facts.policy.co_pay_percent
    if percent is None or free_group(facts):
        return 0
    # Rounding must not leave the voucher nothing to pay: a reservation of 0 is none.
    return min(share_fen(facts.course.fee_fen, percent.value), max(facts.course.fee_fen - 1, 0))


def voucher_is_active(facts: QuoteFacts) -> Refusal | None:
    if facts.voucher.state is VoucherState.ACTIVE:
        return None
    return Refusal("voucher_not_active", {"state": STATE_LABELS[facts.voucher.state]})


def voucher_is_in_time(facts: QuoteFacts) -> Refusal | None:
    """Reserved within its validity (Fujian: not used in time means void)."""
    rule = facts.policy.cite(facts.policy.validity_days)
    if facts.on > facts.voucher.expires_on:
        return Refusal(
            "voucher_expired",
            {"expires_on": facts.voucher.expires_on},
            rule=rule,
            remedy="remedy_voucher_expired",
        )
    if facts.on < facts.voucher.valid_from:
        return Refusal("voucher_not_begun", {"valid_from": facts.voucher.valid_from}, rule=rule)
    return None


def course_is_listed(facts: QuoteFacts) -> Refusal | None:
    """凡补必进、不进不补: nothing is paid outside the published list (Qinghai 2024)."""
    if facts.course.listed:
        return None
    return Refusal("voucher_course_not_listed", remedy="remedy_choose_another_course")


def institution_is_accredited(facts: QuoteFacts) -> Refusal | None:
    if facts.course.institution_accredited:
        return None
    return Refusal("institution_not_accredited", remedy="remedy_choose_another_course")


def institution_grade_allows(facts: QuoteFacts) -> Refusal | None:
    """Barred by its grade (禁入): no new enrollment with a voucher."""
    course = facts.course
    if course.barred_grade is None:
        return None
    return Refusal(
        "grade_bars_new_runs",
        {"grade": course.barred_grade},
        rule=course.barred_rule,
        remedy="remedy_choose_another_institution",
    )


def institution_may_teach_this(facts: QuoteFacts) -> Refusal | None:
    """Accredited for the occupation and level on every day of the run, not merely in general."""
    course = facts.course
    if course.accredited_for_run or not course.institution_accredited or course.starts_on is None:
        return None
    return Refusal(
        "institution_not_accredited_for_run",
        {"starts_on": course.starts_on, "ends_on": course.ends_on or course.starts_on},
        rule=SCOPE_RULE,
        remedy="remedy_choose_another_institution",
    )


def institution_stays_in_standing(facts: QuoteFacts) -> Refusal | None:
    """A suspension that is announced for a day of the run keeps new vouchers out of it."""
    course = facts.course
    if course.stops_on is None or not course.institution_accredited:
        return None
    return Refusal(
        "institution_stops_during_run",
        {"day": course.stops_on},
        remedy="remedy_choose_another_institution",
    )


def run_takes_enrollments(facts: QuoteFacts) -> Refusal | None:
    state = facts.course.run_state
    if state is None or state is CourseRunState.OPEN:
        return None
    code = "voucher_run_full" if state is CourseRunState.FULL else "voucher_run_not_open"
    return Refusal(code, remedy="remedy_choose_another_run")


def enrollment_is_in_time(facts: QuoteFacts) -> Refusal | None:
    course = facts.course
    if course.opens_on and facts.on < course.opens_on:
        return Refusal("enrollment_not_begun", {"opens_on": course.opens_on})
    if course.closes_on and facts.on > course.closes_on:
        return Refusal(
            "enrollment_over", {"closes_on": course.closes_on}, remedy="remedy_choose_another_run"
        )
    return None


def currency_is_ours(facts: QuoteFacts) -> Refusal | None:
    if facts.course.currency == facts.policy.currency:
        return None
    return Refusal("course_currency_differs", {"currency": facts.course.currency})


def course_costs_something(facts: QuoteFacts) -> Refusal | None:
    return Refusal("course_is_free") if facts.course.fee_fen == 0 else None


def level_has_a_rate(facts: QuoteFacts) -> Refusal | None:
    if facts.policy.kind is VoucherKind.FACE_VALUE or rate_for(facts.policy, facts.course):
        return None
    return Refusal("no_rate", remedy="remedy_choose_another_course")


def hours_are_enough(facts: QuoteFacts) -> Refusal | None:
    """Minimum hours per level (Jilin 2020-59)."""
    rate = rate_for(facts.policy, facts.course)
    if rate is None or rate.hours_min is None:
        return None
    hours = facts.course.hours
    if hours is None:
        return Refusal(
            "hours_unknown",
            {"limit": rate.hours_min},
            rule=facts.policy.cite(rate),
            remedy="remedy_choose_another_course",
        )
    if hours >= rate.hours_min:
        return None
    return Refusal(
        "hours_too_few",
        {"hours": hours, "limit": rate.hours_min},
        rule=facts.policy.cite(rate),
        remedy="remedy_choose_another_course",
    )


def category_holds_on_first_day(facts: QuoteFacts) -> Refusal | None:
    """The fact as it stands on the date of training, not on the day of asking."""
    rule = facts.policy.categories
    if rule is None or facts.categories.intersection(rule.value):
        return None
    return Refusal(
        "category_not_verified",
        {"categories": tuple(CATEGORY_LABELS[category] for category in rule.value)},
        rule=facts.policy.cite(rule),
        remedy="remedy_category_not_verified",
    )


def not_trained_before(facts: QuoteFacts) -> Refusal | None:
    """The same occupation and level is supported once."""
    rule = facts.policy.same_occupation_level_once
    course = facts.course
    if rule is None or not rule.value or course.occupation_code is None:
        return None
    if (course.occupation_code, course.level) not in facts.trainings:
        return None
    return Refusal("trained_before", rule=facts.policy.cite(rule), remedy="remedy_trained_before")


def no_higher_level_before(facts: QuoteFacts) -> Refusal | None:
    """Whoever was supported for a higher level gets nothing for a lower one (5 is the lowest)."""
    rule = facts.policy.higher_bars_lower
    course = facts.course
    if rule is None or not rule.value or course.occupation_code is None or course.level is None:
        return None
    higher = any(
        code == course.occupation_code and level is not None and level < course.level
        for code, level in facts.trainings
    )
    if not higher:
        return None
    return Refusal(
        "higher_level_before", rule=facts.policy.cite(rule), remedy="remedy_trained_before"
    )


def allotment_can_pay(facts: QuoteFacts) -> Refusal | None:
    """An entitlement is committed when reserved; face value was committed at issue."""
    if facts.policy.kind is VoucherKind.FACE_VALUE:
        return None
    wanted = amount_of(quote_lines(facts), "voucher_pays")
    if facts.available_fen >= wanted:
        return None
    currency = facts.policy.currency
    return Refusal(
        "balance_too_low",
        {
            "available": Money(facts.available_fen, currency),
            "wanted": Money(wanted, currency),
        },
        remedy="remedy_no_money",
    )


QUOTE_RULES: tuple[QuoteRule, ...] = (
    voucher_is_active,
    voucher_is_in_time,
    course_is_listed,
    institution_is_accredited,
    institution_grade_allows,
    institution_may_teach_this,
    institution_stays_in_standing,
    run_takes_enrollments,
    enrollment_is_in_time,
    currency_is_ours,
    course_costs_something,
    level_has_a_rate,
    hours_are_enough,
    category_holds_on_first_day,
    not_trained_before,
    no_higher_level_before,
    allotment_can_pay,
)


def is_listed(state: CourseState, quarantine_reason: str | None) -> bool:
    """In the published list, and not held back for a doubt."""
    return state is CourseState.LISTED and not quarantine_reason


def is_institution_accredited(state: InstitutionState, quarantine_reason: str | None) -> bool:
    """In good standing, and not held back for a doubt."""
    return state is InstitutionState.ACCREDITED and not quarantine_reason
