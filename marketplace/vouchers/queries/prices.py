"""What would I pay? The answer for a page of courses, in a bounded number of queries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select

from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.errors import Refusal
from marketplace.foundation.money import Money
from marketplace.funds.entries import available
from marketplace.funds.models import Allotment
from marketplace.ledger.queries import list_balances_fen
from marketplace.vouchers.queries.facts import (
    PersonFacts,
    get_claim_facts,
    get_person_facts,
    list_course_facts,
    list_course_run_facts,
)
from marketplace.vouchers.queries.schemes import get_policy, list_schemes_in_force
from marketplace.vouchers.rules.claims import refusals_for_claim
from marketplace.vouchers.rules.policy import Policy
from marketplace.vouchers.rules.quotes import (
    CourseFacts,
    QuoteFacts,
    QuoteLine,
    VoucherFacts,
    amount_of,
    quote_lines,
    refusals_for_quote,
)
from marketplace.vouchers.states import VoucherOrigin, VoucherState


@dataclass(frozen=True, slots=True)
class Price:
    """What a course costs one worker; with refusals, the voucher pays nothing, and this is why."""

    fee: Money
    voucher_pays: Money
    own_share: Money
    scheme_title: dict[str, str] | None
    voucher_id: int | None
    """The worker's voucher that would pay; empty: one that could be claimed."""
    refusals: tuple[Refusal, ...]


@dataclass(frozen=True, slots=True)
class _Means:
    """A voucher held, or one that could be claimed."""

    policy: Policy
    title: dict[str, str]
    voucher: VoucherFacts
    voucher_id: int | None
    available_fen: int
    refusals: tuple[Refusal, ...]
    """Why it could not be claimed."""


def get_price_for_worker(
    worker_id: int, course_run_ids: Sequence[int], *, on: date | None = None
) -> dict[int, Price]:
    """The best price of each course run for one worker."""
    return _prices(worker_id, list_course_run_facts(course_run_ids), on or clock.today(), runs=True)


def get_course_price_for_worker(
    worker_id: int, course_ids: Sequence[int], *, on: date | None = None
) -> dict[int, Price]:
    """The best price of each course for one worker, before a run is chosen."""
    return _prices(worker_id, list_course_facts(course_ids), on or clock.today(), runs=False)


@dataclass(frozen=True, slots=True)
class Offer:
    """One voucher, held or claimable, and what it would pay for a course run; or why not."""

    scheme_code: str
    title: dict[str, str]
    is_held: bool
    lines: tuple[QuoteLine, ...]
    fee: Money
    voucher_pays: Money
    own_share: Money
    refusals: tuple[Refusal, ...]


def list_offers_for_worker(worker_id: int, course_run_id: int) -> list[Offer]:
    """Every voucher that could pay for a course run, itemised; the one that pays most first."""
    on = clock.today()
    course = list_course_run_facts([course_run_id]).get(course_run_id)
    if course is None:
        return []
    person = get_person_facts(worker_id, on=on)
    offers = [
        _offer(person, course, option, course_run_id, on)
        for option in _list_means_held(person, on) + _list_means_claimable(person, on)
    ]
    return sorted(offers, key=lambda offer: (bool(offer.refusals), -offer.voucher_pays.fen))


def _offer(
    person: PersonFacts, course: CourseFacts, option: _Means, course_run_id: int, on: date
) -> Offer:
    facts = _quote_facts(person, course, option, course_run_id, on)
    lines = quote_lines(facts)
    fee, currency = course.fee_fen, course.currency
    pays = amount_of(lines, "voucher_pays")
    return Offer(
        scheme_code=option.policy.scheme,
        title=option.title,
        is_held=option.voucher_id is not None,
        lines=lines,
        fee=Money(fee, currency),
        voucher_pays=Money(pays, currency),
        own_share=Money(fee - pays, currency),
        refusals=option.refusals + refusals_for_quote(facts),
    )


def _quote_facts(
    person: PersonFacts, course: CourseFacts, option: _Means, course_run_id: int | None, on: date
) -> QuoteFacts:
    return QuoteFacts(
        on=on,
        policy=option.policy,
        voucher=option.voucher,
        course=course,
        categories=person.categories_on(course.starts_on or on),
        trainings=person.trainings_besides(course_run_id),
        available_fen=option.available_fen,
    )


def _prices(
    worker_id: int, courses: Mapping[int, CourseFacts], on: date, *, runs: bool
) -> dict[int, Price]:
    if not courses:
        return {}
    person = get_person_facts(worker_id, on=on)
    means = _list_means_held(person, on) + _list_means_claimable(person, on)
    return {
        key: _best_price(person, course, means, key if runs else None, on)
        for key, course in courses.items()
    }


def _list_means_held(person: PersonFacts, on: date) -> list[_Means]:
    """Vouchers in hand. One that is reserved is among them, so that its holder reads why not."""
    usable = [
        (voucher, version)
        for voucher, version in person.vouchers
        if (voucher.state is VoucherState.ACTIVE and voucher.expires_on >= on)
        or voucher.state is VoucherState.RESERVED
    ]
    codes = _allotment_codes({voucher.allotment_id for voucher, _version in usable})
    balances = list_balances_fen([available(code) for code in codes.values()])
    return [
        _Means(
            policy=get_policy(version),
            title=version.title,
            voucher=VoucherFacts(
                voucher.state, voucher.value_fen, voucher.valid_from, voucher.expires_on
            ),
            voucher_id=voucher.id,
            available_fen=balances[available(codes[voucher.allotment_id])],
            refusals=(),
        )
        for voucher, version in usable
    ]


def _list_means_claimable(person: PersonFacts, on: date) -> list[_Means]:
    means = []
    held = {
        voucher.scheme_id
        for voucher, _version in person.vouchers
        if voucher.state is not VoucherState.REDEEMED
        and (voucher.expires_on >= on or voucher.state is VoucherState.RESERVED)
    }
    for offer in list_schemes_in_force(on=on):
        if offer.scheme.id in held:
            continue
        facts, _allotment = get_claim_facts(person, offer, way=VoucherOrigin.CLAIMED, on=on)
        expires_on = on + timedelta(days=offer.policy.validity_days.value - 1)
        means.append(
            _Means(
                policy=offer.policy,
                title=offer.version.title,
                voucher=VoucherFacts(
                    VoucherState.ACTIVE, offer.policy.face_value_fen, on, expires_on
                ),
                voucher_id=None,
                available_fen=facts.available_fen,
                refusals=refusals_for_claim(facts),
            )
        )
    return means


def _best_price(
    person: PersonFacts,
    course: CourseFacts,
    means: Sequence[_Means],
    course_run_id: int | None,
    on: date,
) -> Price:
    """The largest amount that some voucher may pay; else why the nearest one may not."""
    fee = Money(course.fee_fen, course.currency)
    best = Price(fee, Money(0, course.currency), fee, None, None, ())
    for option in means:
        facts = _quote_facts(person, course, option, course_run_id, on)
        refusals = option.refusals + refusals_for_quote(facts)
        if refusals:
            if best.scheme_title is None:
                best = Price(fee, best.voucher_pays, fee, option.title, None, refusals)
            continue
        lines = quote_lines(facts)
        pays = Money(amount_of(lines, "voucher_pays"), course.currency)
        if best.refusals or pays > best.voucher_pays:
            best = Price(fee, pays, fee - pays, option.title, option.voucher_id, ())
    return best


def _allotment_codes(ids: set[int]) -> dict[int, str]:
    rows = db.session.execute(
        select(Allotment.id, Allotment.code)
        .where(Allotment.id.in_(ids))
        .order_by(Allotment.id)
        .limit(len(ids) or 1)
    )
    return {allotment_id: code for allotment_id, code in rows}
