"""What a voucher pays for a course, line by line. Pure arithmetic in whole fen."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from marketplace.catalog.states import CourseMode
from marketplace.employers.agreement_rules import EmployerShare, split_own_share
from marketplace.foundation.money import share_fen
from marketplace.people.states import WorkerCategory
from marketplace.vouchers.errors import CATEGORY_LABELS
from marketplace.vouchers.rules.policy import Allowance, PerDay, PerHour, Policy, Rate
from marketplace.vouchers.rules.subjects import CourseFacts, QuoteFacts, QuoteLine
from marketplace.vouchers.states import VoucherKind


def quote_lines(facts: QuoteFacts) -> tuple[QuoteLine, ...]:
    """Fee, what limits or changes the voucher's part, what it pays, the own share, and what the
    person gets beside it. All in fen; fee = voucher pays + own share."""
    policy, fee = facts.policy, facts.course.fee_fen
    limits = _limit_lines(facts)
    limit = sum(line.amount_fen for line in limits)
    lines = [QuoteLine("fee", fee, None, {}), *limits]
    co_pay = co_pay_fen(facts)
    if co_pay and policy.co_pay_percent:
        percent = policy.co_pay_percent
        params: dict[str, Any] = {"percent": percent.value}
        lines.append(QuoteLine("co_pay", co_pay, policy.cite(percent), params))
    value = min(limit, fee - co_pay)
    if (free := free_group(facts)) and policy.free_groups:
        params = {"category": CATEGORY_LABELS[free]}
        lines.append(QuoteLine("free_group", 0, policy.cite(policy.free_groups), params))
    lines.append(QuoteLine("voucher_pays", value, None, {}))
    return (*lines, *own_share_lines(fee - value, facts.employer), *_allowance_lines(facts))


def own_share_lines(own_share_fen: int, employer: EmployerShare | None) -> tuple[QuoteLine, ...]:
    """What the voucher leaves over, and how an employer who has agreed and the worker divide it.

    own share = employer's share + worker's share, to the fen.
    """
    own_share = QuoteLine("own_share", own_share_fen, None, {})
    if employer is None or own_share_fen == 0:
        return (own_share,)
    employer_fen, worker_fen = split_own_share(own_share_fen, employer)
    params: dict[str, Any] = {
        "agreement": employer.agreement,
        "employer": employer.employer,
        "document": employer.document_number,
        "signed_on": employer.signed_on.isoformat(),
        "percent": employer.percent,
    }
    return (
        own_share,
        QuoteLine("employer_share", employer_fen, None, params),
        QuoteLine("worker_share", worker_fen, None, {}),
    )


def worker_share_of(lines: tuple[QuoteLine, ...]) -> int:
    """What the worker pays: the own share, less what an employer pays of it."""
    by_code = {line.code: line.amount_fen for line in lines}
    return by_code.get("worker_share", by_code["own_share"])


def amount_of(lines: tuple[QuoteLine, ...], code: str) -> int:
    """The amount of one line."""
    return next(line.amount_fen for line in lines if line.code == code)


def rate_for(policy: Policy, course: CourseFacts) -> Rate | None:
    """The most exact rate: occupation before level or award, each before any."""
    fitting = [
        rate
        for rate in policy.rates
        if rate.occupation_code in (None, course.occupation_code)
        and rate.level in (None, course.level)
        and rate.award in (None, course.award)
    ]
    return max(
        fitting,
        key=lambda rate: (
            2 * (rate.occupation_code is not None) + (rate.level is not None),
            rate.award is not None,
        ),
        default=None,
    )


def rate_fen(rate: Rate, hours: int | None) -> int:
    """What a rate comes to for so many hours, before anything raises or lowers it."""
    if rate.per_hour or rate.per_day:
        return _by_time(rate.per_hour, rate.per_day, hours)
    under = rate.under_hours
    if under and rate.hours_min and hours is not None and hours < rate.hours_min:
        by_days = hours // under.hours_per_day * under.fen_per_day
        return min(by_days, share_fen(rate.amount_fen, under.most_percent))
    return rate.amount_fen


def hours_needed(rate: Rate) -> int | None:
    """From how many hours on a rate pays anything; empty: it asks nothing of the hours."""
    if rate.under_hours:
        return rate.under_hours.hours_per_day
    a_day = rate.per_day.hours_per_day if rate.per_day else 0
    least = max(rate.hours_min or 0, a_day, 1 if rate.per_hour else 0)
    return least or None


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


def rate_lines(policy: Policy, course: CourseFacts) -> list[QuoteLine]:
    """The most an entitlement pays for a course: the rate, and each percentage that changes it.

    The rate times all percentages is rounded half up once; the lines show what each of them does
    and add up to that. Nothing for courses without a rate.
    """
    rate = rate_for(policy, course)
    so_far = rate_fen(rate, course.hours) if rate else 0
    params = {"level": course.level, "hours_min": rate.hours_min if rate else None}
    lines = [QuoteLine("rate", so_far, policy.cite(rate) if rate else None, params)]
    exact = Fraction(so_far)
    for code, percent, rule in _percentages(policy, course):
        exact = exact * percent / 100
        # Never rounded down to nothing: a reservation of 0 is none.
        amount = max(share_fen(1, exact * 100), min(so_far, 1))
        lines.append(QuoteLine(code, amount - so_far, rule, {"percent": percent}))
        so_far = amount
    return lines


def _limit_lines(facts: QuoteFacts) -> list[QuoteLine]:
    """The most the voucher pays: its face value, what its rates give for the course, or, sign-in
    only, nothing."""
    policy = facts.policy
    if policy.kind is VoucherKind.ENTITLEMENT:
        return rate_lines(policy, facts.course)
    if policy.kind is VoucherKind.SIGN_IN:
        return [QuoteLine("sign_in", 0, policy.cite(policy.attendance_min_percent), {})]
    face_value = facts.voucher.value_fen or 0
    return [QuoteLine("face_value", face_value, policy.cite(policy.validity_days), {})]


def _percentages(policy: Policy, course: CourseFacts) -> list[tuple[str, int, str]]:
    """What raises or lowers the rate for this course: line, percent of the rate, rule."""
    found = []
    if scarcity := policy.scarcity:
        percent = scarcity.value.percent_for(course.occupation_code, course.level)
        if percent != 100:
            found.append(("scarcity", percent, policy.cite(scarcity)))
    if (blended := policy.blended_percent) and course.mode is CourseMode.BLENDED:
        found.append(("blended", blended.value, policy.cite(blended)))
    if (uplift := policy.in_demand_uplift) and course.in_demand:
        from_level = uplift.value.from_level
        if from_level is None or (course.level and course.level <= from_level):
            # The list may name a smaller uplift for an occupation; the policy's is the bound.
            extra = min(course.demand_uplift_percent or uplift.value.percent, uplift.value.percent)
            found.append(("in_demand", 100 + extra, policy.cite(uplift)))
    return found


def _allowance_lines(facts: QuoteFacts) -> list[QuoteLine]:
    lines = []
    for allowance in facts.policy.allowances:
        if allowance.categories and not facts.categories.intersection(allowance.categories):
            continue
        amount = allowance_fen(allowance, facts.course.hours)
        if amount:
            code = allowance_line(allowance.kind)
            lines.append(QuoteLine(code, amount, facts.policy.cite(allowance), {}))
    return lines


def allowance_line(kind: str) -> str:
    """How a quote names the line of an allowance."""
    return f"{kind}_allowance"


def allowance_fen(allowance: Allowance, hours: int | None) -> int:
    """What an allowance comes to for so many hours, at most its share of an amount."""
    amount = allowance.amount_fen
    if allowance.per_hour or allowance.per_day:
        amount = _by_time(allowance.per_hour, allowance.per_day, hours)
    return min(amount, allowance.most_share.fen) if allowance.most_share else amount


def _by_time(per_hour: PerHour | None, per_day: PerDay | None, hours: int | None) -> int:
    if per_hour:
        return min((hours or 0) * per_hour.fen, per_hour.cap_fen)
    assert per_day, "paid by the hour or by the day"
    days, amount = (hours or 0) // per_day.hours_per_day, 0
    for most, fen in per_day.steps:
        paid = min(days, most)
        amount += paid * fen
        days -= paid
    return amount
