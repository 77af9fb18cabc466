"""What would I pay? The answer for a page of courses, in a bounded number of queries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select

from marketplace.foundation import clock
from marketplace.foundation.db import table_of
from marketplace.foundation.direct import Direct, ask, is_among
from marketplace.foundation.errors import Refusal
from marketplace.foundation.money import Money
from marketplace.funds.entries import available
from marketplace.funds.models import Allotment
from marketplace.ledger.queries import list_balances_fen
from marketplace.vouchers.completion_words import Words, pay_scale
from marketplace.vouchers.queries.course_facts import (
    list_course_facts,
    list_course_run_facts,
    with_demand,
)
from marketplace.vouchers.queries.facts import Claimant, get_claim_facts, get_claimant
from marketplace.vouchers.queries.kept_seats import with_kept_seats
from marketplace.vouchers.queries.money import list_sources_of_voucher
from marketplace.vouchers.queries.person_facts import PersonFacts
from marketplace.vouchers.queries.quote_facts import (
    PayingVoucher,
    SchemePlace,
    list_scheme_places,
    make_quote_facts,
)
from marketplace.vouchers.queries.schemes import get_policy_of, list_schemes_in_force
from marketplace.vouchers.queries.vouchers import LIVE
from marketplace.vouchers.rules.claims import refusals_for_claim
from marketplace.vouchers.rules.quotes import (
    CourseFacts,
    QuoteLine,
    VoucherFacts,
    amount_of,
    quote_lines,
    refusals_for_quote,
    worker_share_of,
)
from marketplace.vouchers.states import VoucherOrigin, VoucherState

_FREE = (VoucherState.ACTIVE, VoucherState.OFFERED)


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

    pays: PayingVoucher
    title: dict[str, str]
    voucher_id: int | None
    refusals: tuple[Refusal, ...]
    """Why it could not be claimed."""
    is_offered: bool = False


def get_price_for_worker(
    worker_id: int, course_run_ids: Sequence[int], *, on: date | None = None
) -> dict[int, Price]:
    """The best price of each course run for one worker; vouchers that pay nothing change none."""
    courses = list_course_run_facts(course_run_ids)
    return _prices(get_worker_means(worker_id, on=on), courses, runs=True) if courses else {}


def get_course_price_for_worker(
    worker_id: int, course_ids: Sequence[int], *, on: date | None = None
) -> dict[int, Price]:
    """The best price of each course for one worker, before a run is chosen."""
    courses = list_course_facts(course_ids)
    return _prices(get_worker_means(worker_id, on=on), courses, runs=False) if courses else {}


@dataclass(frozen=True, slots=True)
class WorkerMeans:
    """A worker and everything they could pay with on a day: asked once for a page that says what
    several courses and a class would cost them."""

    person: PersonFacts
    options: tuple[_Means, ...]
    on: date


def get_worker_means(worker_id: int, *, on: date | None = None) -> WorkerMeans:
    """Vouchers held and vouchers that could be claimed, with what is left to pay them from."""
    day, claimant = on or clock.today(), get_claimant(worker_id)
    options = (*_list_means_held(claimant, day), *_list_means_claimable(claimant, day))
    return WorkerMeans(claimant.person, options, day)


def list_course_prices(means: WorkerMeans, course_ids: Sequence[int]) -> dict[int, Price]:
    """The best price of each course for a worker, before a run is chosen."""
    return _prices(means, list_course_facts(course_ids), runs=False)


@dataclass(frozen=True, slots=True)
class Offer:
    """One voucher, held or claimable, and what it would pay for a course run; or why not."""

    scheme_code: str
    title: dict[str, str]
    is_held: bool
    is_offered: bool
    """Given to the person, who has not accepted it yet: enrolling accepts it."""
    lines: tuple[QuoteLine, ...]
    fee: Money
    voucher_pays: Money
    own_share: Money
    refusals: tuple[Refusal, ...]
    pay_scale: tuple[Words, ...] = ()
    """What is paid at which attendance, in words; empty: all or nothing."""
    records_only: bool = False
    """Sign-in only: it records the training and pays nothing."""


def list_offers_for_worker(worker_id: int, course_run_id: int) -> list[Offer]:
    """Every voucher that could pay for a course run, itemised; the one that pays most first."""
    return list_offers(get_worker_means(worker_id), course_run_id)


def list_offers(means: WorkerMeans, course_run_id: int) -> list[Offer]:
    """The same with means that are known; nothing for a course run that is not there."""
    courses: Mapping[int, CourseFacts] = list_course_run_facts([course_run_id])
    if course_run_id not in courses:
        return []
    worker_id = means.person.worker_id
    courses = with_kept_seats(_asked(courses, means.options, means.on), worker_id=worker_id)
    course = courses[course_run_id]
    offers = [
        _offer(means.person, course, option, course_run_id, means.on) for option in means.options
    ]
    return sorted(offers, key=lambda offer: (bool(offer.refusals), -offer.voucher_pays.fen))


def _offer(
    person: PersonFacts, course: CourseFacts, option: _Means, course_run_id: int, on: date
) -> Offer:
    facts = make_quote_facts(person, course, option.pays, course_run_id=course_run_id, on=on)
    lines = quote_lines(facts)
    fee, currency = course.fee_fen, course.currency
    pays = amount_of(lines, "voucher_pays")
    return Offer(
        scheme_code=option.pays.policy.scheme,
        title=option.title,
        is_held=option.voucher_id is not None,
        is_offered=option.is_offered,
        lines=lines,
        fee=Money(fee, currency),
        voucher_pays=Money(pays, currency),
        own_share=Money(worker_share_of(lines), currency),
        refusals=option.refusals + refusals_for_quote(facts),
        pay_scale=tuple(pay_scale(option.pays.policy, Money(pays, currency))),
        records_only=not option.pays.policy.kind.pays,
    )


def _prices(
    means: WorkerMeans, courses: Mapping[int, CourseFacts], *, runs: bool
) -> dict[int, Price]:
    # Sign-in only is no price: it must not stand in for the reason why another voucher says no.
    paying = [option for option in means.options if option.pays.policy.kind.pays]
    return {
        key: _best_price(means.person, course, paying, key if runs else None, means.on)
        for key, course in _asked(courses, paying, means.on).items()
    }


def _asked(
    courses: Mapping[int, CourseFacts], means: Sequence[_Means], on: date
) -> Mapping[int, CourseFacts]:
    """The courses with what only some policies ask about them."""
    if any(option.pays.policy.asks_for_demand for option in means):
        return with_demand(courses, on=on)
    return courses


def _list_means_held(claimant: Claimant, on: date) -> list[_Means]:
    """Vouchers in hand, and those given that wait to be accepted: enrolling accepts them. One
    that is reserved is among them, so that its holder reads why not."""
    usable = [
        (voucher, version)
        for voucher, version in claimant.vouchers
        if (voucher.state in _FREE and voucher.expires_on >= on)
        or voucher.state is VoucherState.RESERVED
    ]
    if not usable:
        return []
    codes = _allotment_codes({voucher.allotment_id for voucher, _version in usable})
    balances = list_balances_fen([available(code) for code in codes.values()])
    places = list_scheme_places({voucher.scheme_id for voucher, _version in usable})
    return [
        _Means(
            pays=PayingVoucher(
                policy=get_policy_of(version.id, version.content_sha256),
                voucher=VoucherFacts(
                    VoucherState.ACTIVE if voucher.state in _FREE else voucher.state,
                    voucher.value_fen,
                    voucher.valid_from,
                    voucher.expires_on,
                ),
                place=places[voucher.scheme_id],
                available_fen=balances[available(codes[voucher.allotment_id])],
                sources=list_sources_of_voucher(voucher, on=on) if voucher.is_pooled else (),
            ),
            title=version.title,
            voucher_id=voucher.id,
            refusals=(),
            is_offered=voucher.state is VoucherState.OFFERED,
        )
        for voucher, version in usable
    ]


def _list_means_claimable(claimant: Claimant, on: date) -> list[_Means]:
    means = []
    held = {
        voucher.scheme_id
        for voucher, _version in claimant.vouchers
        if voucher.state in LIVE
        and (voucher.expires_on >= on or voucher.state is VoucherState.RESERVED)
    }
    for offer in list_schemes_in_force(on=on):
        if offer.scheme.id in held:
            continue
        facts, money = get_claim_facts(claimant, offer, way=VoucherOrigin.CLAIMED, on=on)
        expires_on = on + timedelta(days=offer.policy.validity_days.value - 1)
        means.append(
            _Means(
                pays=PayingVoucher(
                    policy=offer.policy,
                    voucher=VoucherFacts(
                        VoucherState.ACTIVE, offer.policy.value_when_given_fen, on, expires_on
                    ),
                    place=SchemePlace(offer.jurisdiction.path, offer.jurisdiction.name),
                    available_fen=money.available_fen,
                    sources=money.sources,
                ),
                title=offer.version.title,
                voucher_id=None,
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
        facts = make_quote_facts(person, course, option.pays, course_run_id=course_run_id, on=on)
        refusals = option.refusals + refusals_for_quote(facts)
        if refusals:
            if best.scheme_title is None:
                best = Price(fee, best.voucher_pays, fee, option.title, None, refusals)
            continue
        lines = quote_lines(facts)
        pays = Money(amount_of(lines, "voucher_pays"), course.currency)
        if best.refusals or pays > best.voucher_pays:
            own_share = Money(worker_share_of(lines), course.currency)
            best = Price(fee, pays, own_share, option.title, option.voucher_id, ())
    return best


def _allotment_codes(ids: set[int]) -> dict[int, str]:
    return dict(ask(_CODES, {"ids": sorted(ids)}))


_CODES = Direct(
    select(Allotment.id, Allotment.code)
    .where(is_among(table_of(Allotment).c.id, "ids"))
    .order_by(Allotment.id)
    .limit(200)
)
"""Of the vouchers of one worker: built once, without objects."""
