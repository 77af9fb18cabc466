"""What does the voucher pay for this course run, and may it? Amounts and all reasons."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from marketplace.catalog.rules import SCOPE_RULE
from marketplace.catalog.states import CourseRunState, CourseState
from marketplace.foundation.errors import Refusal
from marketplace.foundation.money import Money
from marketplace.institutions.states import InstitutionState
from marketplace.vouchers.errors import CATEGORY_LABELS, STATUS_LABELS
from marketplace.vouchers.rules.amounts import (
    amount_of,
    co_pay_fen,
    free_group,
    hours_needed,
    quote_lines,
    rate_for,
    worker_share_of,
)
from marketplace.vouchers.rules.places import lies_within
from marketplace.vouchers.rules.subjects import (
    STATE_LABELS,
    CourseFacts,
    QuoteFacts,
    QuoteLine,
    VoucherFacts,
)
from marketplace.vouchers.states import VoucherKind, VoucherState

__all__ = [
    "QUOTE_RULES",
    "STATE_LABELS",
    "CourseFacts",
    "QuoteFacts",
    "QuoteLine",
    "VoucherFacts",
    "amount_of",
    "co_pay_fen",
    "free_group",
    "is_institution_accredited",
    "is_listed",
    "quote_lines",
    "rate_for",
    "refusals_for_quote",
    "worker_share_of",
]

QuoteRule = Callable[[QuoteFacts], Refusal | None]


def refusals_for_quote(facts: QuoteFacts) -> tuple[Refusal, ...]:
    """All reasons why this voucher cannot pay for this course run on this day."""
    return tuple(refusal for rule in QUOTE_RULES if (refusal := rule(facts)) is not None)


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
    """A sign-in voucher records training that is free as well."""
    if facts.course.fee_fen or not facts.policy.kind.pays:
        return None
    return Refusal("course_is_free")


def level_has_a_rate(facts: QuoteFacts) -> Refusal | None:
    if facts.policy.kind is not VoucherKind.ENTITLEMENT or rate_for(facts.policy, facts.course):
        return None
    return Refusal("no_rate", remedy="remedy_choose_another_course")


def hours_are_enough(facts: QuoteFacts) -> Refusal | None:
    """Minimum hours per level (Jilin 2020-59), or the hours an amount by time begins with."""
    rate = rate_for(facts.policy, facts.course)
    limit = hours_needed(rate) if rate else None
    if rate is None or limit is None:
        return None
    hours = facts.course.hours
    if hours is None:
        return Refusal(
            "hours_unknown",
            {"limit": limit},
            rule=facts.policy.cite(rate),
            remedy="remedy_choose_another_course",
        )
    if hours >= limit:
        return None
    return Refusal(
        "hours_too_few",
        {"hours": hours, "limit": limit},
        rule=facts.policy.cite(rate),
        remedy="remedy_choose_another_course",
    )


def category_holds_on_first_day(facts: QuoteFacts) -> Refusal | None:
    """The fact as it stands on the date of training, not on the day of asking."""
    rule = facts.policy.categories
    known = facts.categories | (facts.declared if facts.policy.declare_and_commit else frozenset())
    if rule is None or known.intersection(rule.value):
        return None
    return Refusal(
        "category_not_verified",
        {"categories": tuple(CATEGORY_LABELS[category] for category in rule.value)},
        rule=facts.policy.cite(rule),
        remedy="remedy_category_not_verified",
    )


def nothing_excludes_on_first_day(facts: QuoteFacts) -> Refusal | None:
    """No civil servant, full-time student or pensioner on the first day (Guangdong); nobody dead
    or in prison."""
    rule = facts.policy.shuts_out
    if not (found := facts.statuses.intersection(rule.value)):
        return None
    return Refusal(
        "person_excluded",
        {"statuses": tuple(STATUS_LABELS[status] for status in sorted(found))},
        rule=facts.policy.cite(rule),
        remedy="remedy_person_excluded",
    )


def training_place_is_inside(facts: QuoteFacts) -> Refusal | None:
    """Who neither lives nor works there may still train there (portability, Hebei 2022)."""
    rule = facts.policy.place
    if rule is None or facts.person_inside or "training_place" not in rule.value:
        return None
    if lies_within(facts.course.place_path, facts.policy, facts.scheme_path):
        return None
    return Refusal(
        "training_place_outside",
        {"jurisdiction": facts.scheme_place},
        rule=facts.policy.cite(rule),
        remedy="remedy_training_place_outside",
    )


def no_other_subsidy_paid(facts: QuoteFacts) -> Refusal | None:
    """Two subsidies for one certificate exclude each other (Shenzhen and others)."""
    rule, course = facts.policy.other_subsidy_excludes, facts.course
    if rule is None or not rule.value:
        return None
    if (course.occupation_code, course.level) not in facts.other_subsidies:
        return None
    return Refusal(
        "other_subsidy_paid", rule=facts.policy.cite(rule), remedy="remedy_trained_before"
    )


def year_has_room_for_training(facts: QuoteFacts) -> Refusal | None:
    """So many supported trainings a calendar year, some more in demand (MOHRSS 2025: 1 + 2)."""
    rule = facts.policy.trainings_per_year
    if rule is None:
        return None
    extra = rule.value.in_demand_extra if facts.course.in_demand else 0
    if facts.trainings_that_year < rule.value.most + extra:
        return None
    year = (facts.course.starts_on or facts.on).year
    in_demand_helps = facts.trainings_that_year < rule.value.most + rule.value.in_demand_extra
    return Refusal(
        "trainings_of_year_reached",
        {
            "count": facts.trainings_that_year,
            "limit": rule.value.most + extra,
            "year": year,
            "from_on": date(year + 1, 1, 1),
        },
        rule=facts.policy.cite(rule),
        remedy="remedy_choose_in_demand" if in_demand_helps else "remedy_train_next_year",
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
    if facts.policy.kind is not VoucherKind.ENTITLEMENT:
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
    nothing_excludes_on_first_day,
    training_place_is_inside,
    not_trained_before,
    no_higher_level_before,
    no_other_subsidy_paid,
    year_has_room_for_training,
    allotment_can_pay,
)


def is_listed(state: CourseState, quarantine_reason: str | None) -> bool:
    """In the published list, and not held back for a doubt."""
    return state is CourseState.LISTED and not quarantine_reason


def is_institution_accredited(state: InstitutionState, quarantine_reason: str | None) -> bool:
    """In good standing, and not held back for a doubt."""
    return state is InstitutionState.ACCREDITED and not quarantine_reason
