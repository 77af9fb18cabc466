"""Which vouchers buy a course, for whom and up to how much: asked without a person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import BigInteger, bindparam, select

from marketplace.catalog.models import Course, CourseVersion, Occupation
from marketplace.catalog.offer_warnings import VoucherCap
from marketplace.foundation import clock
from marketplace.foundation.direct import Direct, ask
from marketplace.foundation.money import Money
from marketplace.institutions.models import Institution
from marketplace.jurisdictions.models import Jurisdiction
from marketplace.vouchers.errors import CATEGORY_LABELS
from marketplace.vouchers.queries.course_facts import award_of, with_demand
from marketplace.vouchers.queries.schemes import Terms, list_terms_in_force
from marketplace.vouchers.rules.amounts import hours_needed, rate_for, rate_lines
from marketplace.vouchers.rules.quotes import CourseFacts
from marketplace.vouchers.states import VoucherKind


@dataclass(frozen=True, slots=True)
class VoucherMeans:
    """What one kind of voucher pays at most for a course, and for whom it is."""

    scheme_code: str
    title: dict[str, str]
    amount: Money
    for_categories: tuple[str, ...]
    """Words of the categories it is for; empty: for everybody of the place and age."""
    free_categories: tuple[str, ...]
    """Words of the categories that pay no share of their own beyond what exceeds the amount."""
    co_pay_percent: int | None
    place: str
    rule: str | None
    hours_lacking: int | None
    """Hours the voucher asks for when the course has fewer; empty: enough."""
    records_only: bool = False
    """Sign-in only: it records the training and pays nothing."""


def list_voucher_means(
    course: Course, version: CourseVersion, *, on: date | None = None
) -> list[VoucherMeans]:
    """Every scheme in force that has an amount for this course, the largest amount first; those
    that only record the training come last."""
    day = on or clock.today()
    schemes, facts = list_terms_in_force(on=day), _facts(course, version)
    if any(scheme.policy.asks_for_demand for scheme in schemes):
        facts = with_demand({0: facts}, on=day)[0]
    found = [means for scheme in schemes if (means := _means(scheme, facts)) is not None]
    return sorted(found, key=lambda means: (-means.amount.fen, means.scheme_code))


def list_voucher_caps(course: Course, version: CourseVersion) -> list[VoucherCap]:
    """The most each kind of voucher pays for the course: what a price should not be made for."""
    found = list_voucher_means(course, version)
    return [VoucherCap(means.title, means.amount) for means in found if not means.records_only]


def _means(scheme: Terms, facts: CourseFacts) -> VoucherMeans | None:
    policy = scheme.policy
    if policy.currency != facts.currency:
        return None
    rate = rate_for(policy, facts)
    lacking: int | None = None
    if policy.kind is VoucherKind.SIGN_IN:
        amount, rule = 0, policy.cite(policy.attendance_min_percent)
    elif policy.kind is VoucherKind.FACE_VALUE:
        amount, rule = policy.face_value_fen or 0, policy.cite(policy.validity_days)
    elif rate is None:
        return None
    else:
        amount = sum(line.amount_fen for line in rate_lines(policy, facts))
        rule, needed = policy.cite(rate), hours_needed(rate)
        if needed is not None and (facts.hours or 0) < needed:
            lacking, amount = needed, amount or rate.amount_fen
    if amount <= 0 and policy.kind.pays:
        return None
    return VoucherMeans(
        scheme_code=scheme.scheme_code,
        title=dict(scheme.title),
        amount=Money(amount, policy.currency),
        for_categories=_labels(policy.categories),
        free_categories=_labels(policy.free_groups),
        co_pay_percent=policy.co_pay_percent.value if policy.co_pay_percent else None,
        place=scheme.place,
        rule=rule,
        hours_lacking=lacking,
        records_only=not policy.kind.pays,
    )


def _labels(setting: object) -> tuple[str, ...]:
    categories = getattr(setting, "value", ()) if setting else ()
    return tuple(CATEGORY_LABELS[category] for category in categories)


def _facts(course: Course, version: CourseVersion) -> CourseFacts:
    where = ask(_OCCUPATION_AND_PLACE, {"course_id": course.id})[0]
    return CourseFacts(
        listed=True,
        institution_accredited=True,
        occupation_code=where.occupation_code,
        level=course.level,
        hours=version.hours,
        fee_fen=version.fee_fen,
        currency=version.currency,
        run_state=None,
        starts_on=None,
        opens_on=None,
        closes_on=None,
        mode=version.mode,
        award=award_of(course.level, version.certificate),
        place_path=where.place_path,
    )


_OCCUPATION_AND_PLACE = Direct(
    select(Occupation.code.label("occupation_code"), Jurisdiction.path.label("place_path"))
    .select_from(Course)
    .join(Institution, Institution.id == Course.institution_id)
    .outerjoin(Occupation, Occupation.id == Course.occupation_id)
    .outerjoin(Jurisdiction, Jurisdiction.id == Institution.jurisdiction_id)
    .where(Course.id == bindparam("course_id", type_=BigInteger))
)
"""Read for every page of a course: built once, without objects."""
