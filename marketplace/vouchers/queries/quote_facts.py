"""What a quote is decided by: person, course, voucher and money, put together."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import bindparam, exists, literal, select

from marketplace.foundation import clock
from marketplace.foundation.db import db, table_of
from marketplace.foundation.errors import NotFound
from marketplace.funding.rules import Source, fundable_fen
from marketplace.funds.entries import available
from marketplace.funds.models import Allotment
from marketplace.jurisdictions.models import Jurisdiction
from marketplace.ledger.queries import guarded_balance_of
from marketplace.vouchers.models import Quote, Scheme, SchemeVersion, Voucher
from marketplace.vouchers.queries.course_facts import (
    RUN,
    RUN_FACTS,
    RUN_WITH_OWNER,
    course_run_facts_of,
    with_demand,
)
from marketplace.vouchers.queries.kept_seats import with_kept_seats
from marketplace.vouchers.queries.money import course_spend_facts, list_sources_of_voucher
from marketplace.vouchers.queries.person_facts import PersonFacts
from marketplace.vouchers.queries.schemes import get_policy_of
from marketplace.vouchers.rules.places import person_is_inside
from marketplace.vouchers.rules.policy import Policy
from marketplace.vouchers.rules.quotes import CourseFacts, QuoteFacts, VoucherFacts


@dataclass(frozen=True, slots=True)
class SchemePlace:
    """Where a scheme holds."""

    path: str
    name: str


@dataclass(frozen=True, slots=True)
class PayingVoucher:
    """The voucher that would pay, with its rules, its place and its money."""

    policy: Policy
    voucher: VoucherFacts
    place: SchemePlace
    available_fen: int
    """What its allotment has left; where several funds pay, `sources` says it."""
    sources: tuple[Source, ...] = ()
    """Of a pooled voucher: every allotment that may pay, its own included."""
    is_quoted: bool = False
    """A price of the class in question was given before."""


def get_means_and_course(
    voucher: Voucher, *, course_run_id: int
) -> tuple[PayingVoucher, CourseFacts]:
    """A voucher in hand and the class it would pay, with all a quote asks about both.

    Two queries, for a quote's time is the number of its round trips; a third where the policy
    asks for demand or the class is full. An unknown class is not found.
    """
    asked = {"voucher_id": voucher.id, "course_run_id": course_run_id}
    row = db.session.execute(_MEANS_AND_COURSE, asked).one_or_none()
    if row is None:
        raise NotFound("course run", course_run_id)
    today = clock.today()
    means = PayingVoucher(
        policy=get_policy_of(voucher.scheme_version_id, row.content_sha256),
        voucher=VoucherFacts(
            voucher.state, voucher.value_fen, voucher.valid_from, voucher.expires_on
        ),
        place=SchemePlace(row.scheme_path, row.scheme_place),
        available_fen=row.available_fen or 0,
        sources=list_sources_of_voucher(voucher, on=today) if voucher.is_pooled else (),
        is_quoted=row.is_quoted,
    )
    courses: Mapping[int, CourseFacts] = course_run_facts_of([row])
    if means.policy.asks_for_demand:
        courses = with_demand(courses, on=today)
    return means, with_kept_seats(courses, worker_id=voucher.worker_id)[course_run_id]


def list_scheme_places(scheme_ids: Collection[int]) -> dict[int, SchemePlace]:
    """The place of each scheme."""
    rows = db.session.execute(_PLACES, {"scheme_ids": list(scheme_ids)})
    return {scheme_id: SchemePlace(path, name) for scheme_id, path, name in rows}


_scheme, _place = table_of(Scheme), table_of(Jurisdiction)
_voucher, _version = table_of(Voucher), table_of(SchemeVersion)
_allotment, _quote = table_of(Allotment), table_of(Quote)
_MEANS_AND_COURSE = (
    select(
        _version.c.content_sha256,
        _place.c.path.label("scheme_path"),
        _place.c.name.label("scheme_place"),
        exists()
        .where(
            _quote.c.voucher_id == _voucher.c.id,
            _quote.c.course_run_id == RUN.c.id,
        )
        .label("is_quoted"),
        guarded_balance_of(literal(available("").code) + _allotment.c.code).label("available_fen"),
        *RUN_FACTS,
    )
    .select_from(_voucher)
    .join(_version, _version.c.id == _voucher.c.scheme_version_id)
    .join(_scheme, _scheme.c.id == _voucher.c.scheme_id)
    .join(_place, _place.c.id == _scheme.c.jurisdiction_id)
    .join(_allotment, _allotment.c.id == _voucher.c.allotment_id)
    .join(RUN_WITH_OWNER, RUN.c.id == bindparam("course_run_id"))
    .where(_voucher.c.id == bindparam("voucher_id"))
)
_PLACES = (
    select(_scheme.c.id, _place.c.path, _place.c.name)
    .join(_place, _place.c.id == _scheme.c.jurisdiction_id)
    .where(_scheme.c.id.in_(bindparam("scheme_ids", expanding=True)))
    .order_by(_scheme.c.id)
)
"""Read for every quote: built once, and without objects."""


def make_quote_facts(
    person: PersonFacts,
    course: CourseFacts,
    means: PayingVoucher,
    *,
    course_run_id: int | None,
    on: date,
) -> QuoteFacts:
    """Everything the rules of a quote ask, as it stands now."""
    first_day = course.starts_on or on
    return QuoteFacts(
        on=on,
        policy=means.policy,
        voucher=means.voucher,
        course=course,
        categories=person.categories_on(first_day),
        trainings=person.trainings_besides(course_run_id),
        available_fen=_available_fen(person, course, means, on),
        declared=person.declared_on(first_day),
        statuses=frozenset(span.status for span in person.statuses_on(first_day)),
        other_subsidies=person.other_subsidies,
        trainings_that_year=person.count_trainings_in(first_day.year, besides=course_run_id),
        person_inside=person_is_inside(
            means.policy,
            residence_path=person.residence_path,
            workplace_path=person.workplace_path,
            scheme_path=means.place.path,
        ),
        scheme_path=means.place.path,
        scheme_place=means.place.name,
        residence_path=person.residence_path,
        workplace_path=person.workplace_path,
        employer=person.employer_shares.get(course.institution_id or 0),
    )


def _available_fen(person: PersonFacts, course: CourseFacts, means: PayingVoucher, on: date) -> int:
    """What may be promised for this course: of several funds, what their scopes permit."""
    if not means.sources:
        return means.available_fen
    use = course_spend_facts(person, course, means.policy, scheme_path=means.place.path, on=on)
    return fundable_fen(means.sources, use)
