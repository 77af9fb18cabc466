"""Gathering what the rules of claims ask: the person, their vouchers, the money."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import BigInteger, and_, bindparam, func, or_, select
from sqlalchemy.orm import defer

from marketplace.foundation.db import db
from marketplace.foundation.errors import Refusal
from marketplace.funding.rules import Source
from marketplace.funds.entries import available
from marketplace.funds.models import Allotment
from marketplace.funds.queries import find_allotment_for
from marketplace.ledger.queries import get_balance_fen
from marketplace.people.states import WorkerCategory
from marketplace.vouchers.models import SchemeVersion, Voucher
from marketplace.vouchers.queries.money import claimable_fen, list_claim_sources, paying_path
from marketplace.vouchers.queries.person_facts import PersonFacts, get_person_facts
from marketplace.vouchers.queries.schemes import SchemeInForce, list_schemes_in_force
from marketplace.vouchers.queries.vouchers import LIVE
from marketplace.vouchers.rules.claims import ClaimFacts, LiveVoucher, refusals_for_claim
from marketplace.vouchers.rules.policy import Policy
from marketplace.vouchers.states import VoucherOrigin, VoucherState


@dataclass(frozen=True, slots=True)
class Claimant:
    """A worker with the vouchers that count: live ones, and those that were used."""

    person: PersonFacts
    vouchers: tuple[tuple[Voucher, SchemeVersion], ...]


def get_claimant(worker_id: int) -> Claimant:
    """A worker as the rules of claims see them."""
    return Claimant(get_person_facts(worker_id), tuple(_list_vouchers_that_count(worker_id)))


@dataclass(frozen=True, slots=True)
class ClaimMoney:
    """What would pay for a voucher that a person would get of a scheme."""

    allotment: Allotment | None
    sources: tuple[Source, ...]
    """Where several funds pay: each allotment that may, its own included."""
    available_fen: int


def get_claim_money(person: PersonFacts, offer: SchemeInForce, *, on: date) -> ClaimMoney:
    """The allotment of the person's place, and what is left to promise."""
    allotment = find_allotment_for(
        offer.fund.id,
        jurisdiction_path=paying_path(person, offer.policy, inside=offer.jurisdiction.path),
        fiscal_year=on.year,
    )
    if allotment is None:
        return ClaimMoney(None, (), 0)
    if not offer.is_pooled:
        return ClaimMoney(allotment, (), get_available_fen(allotment))
    sources = list_claim_sources(person, offer, allotment, on=on)
    return ClaimMoney(allotment, sources, claimable_fen(sources, person, offer, on=on))


def get_claim_facts(
    claimant: Claimant, offer: SchemeInForce, *, way: VoucherOrigin, on: date
) -> tuple[ClaimFacts, ClaimMoney]:
    """What the claim rules ask, and the money that would pay."""
    person, vouchers = claimant.person, claimant.vouchers
    money = get_claim_money(person, offer, on=on)
    facts = ClaimFacts(
        on=on,
        policy=offer.policy,
        way=way,
        born_on=person.born_on,
        sex=person.sex,
        categories=person.categories_on(on),
        residence_path=person.residence_path,
        workplace_path=person.workplace_path,
        scheme_path=offer.jurisdiction.path,
        scheme_place=offer.jurisdiction.name,
        vouchers_this_year=sum(_counts(voucher, on) for voucher, _version in vouchers),
        live_elsewhere=_live_elsewhere(claimant, offer.scheme.id, on),
        allotment_found=money.allotment is not None,
        available_fen=money.available_fen,
        declared=person.declared_on(on),
        statuses=person.statuses_on(on),
        vouchers_ever=sum(_is_support(voucher, on) for voucher, _version in vouchers),
        category_vouchers=count_vouchers_by_category(offer.scheme.id, offer.policy, on=on),
    )
    return facts, money


def count_vouchers_by_category(
    scheme_id: int, policy: Policy, *, on: date
) -> dict[WorkerCategory, int]:
    """Vouchers of a scheme and year, used or live, by the category they were given for; only
    where the policy has caps for categories."""
    if policy.category_caps is None:
        return {}
    used = Voucher.state.in_((VoucherState.RESERVED, VoucherState.REDEEMED))
    live = and_(Voucher.state.in_(LIVE), Voucher.expires_on >= on)
    rows = db.session.execute(
        select(Voucher.category, func.count())
        .where(
            Voucher.scheme_id == scheme_id,
            Voucher.issued_on.between(date(on.year, 1, 1), date(on.year, 12, 31)),
            Voucher.category.in_(policy.category_caps.value),
            or_(used, live),
        )
        .group_by(Voucher.category)
        .order_by(Voucher.category)
    )
    return {WorkerCategory(str(name)): count for name, count in rows}


@dataclass(frozen=True, slots=True)
class ClaimAnswer:
    """Whether a worker may have a voucher of a scheme, and every reason why not."""

    offer: SchemeInForce
    held: Voucher | None
    refusals: tuple[Refusal, ...]


def list_claim_answers(worker_id: int, *, on: date) -> list[ClaimAnswer]:
    """The schemes of the day for one worker: first those that can be had."""
    claimant = get_claimant(worker_id)
    answers = []
    for offer in list_schemes_in_force(on=on):
        facts, _money = get_claim_facts(claimant, offer, way=VoucherOrigin.CLAIMED, on=on)
        held = find_held(claimant, offer.scheme.id, on=on)
        answers.append(ClaimAnswer(offer, held, () if held else refusals_for_claim(facts)))
    return sorted(answers, key=lambda answer: (len(answer.refusals), answer.offer.scheme.code))


def find_held(claimant: Claimant, scheme_id: int, *, on: date) -> Voucher | None:
    """The live voucher of a scheme that the person holds."""
    for voucher, _version in claimant.vouchers:
        live = voucher.state is VoucherState.RESERVED or (
            voucher.state in LIVE and voucher.expires_on >= on
        )
        if live and voucher.scheme_id == scheme_id:
            return voucher
    return None


def get_available_fen(allotment: Allotment) -> int:
    """What an allotment has left to promise."""
    return get_balance_fen(available(allotment.code))


def _list_vouchers_that_count(worker_id: int) -> list[tuple[Voucher, SchemeVersion]]:
    rows = db.session.execute(_THAT_COUNT, {"worker_id": worker_id})
    return [(voucher, version) for voucher, version in rows]


_THAT_COUNT = (
    select(Voucher, SchemeVersion)
    .join(SchemeVersion, SchemeVersion.id == Voucher.scheme_version_id)
    .where(
        Voucher.worker_id == bindparam("worker_id", type_=BigInteger),
        or_(
            Voucher.state.in_((*LIVE, VoucherState.REDEEMED)),
            Voucher.consumed_on.is_not(None),
        ),
    )
    .order_by(Voucher.expires_on, Voucher.id)
    .limit(200)
    .options(defer(SchemeVersion.policy))
)
"""Read for every page that says what somebody would pay: built once; the rules are read as
`get_policy_of` keeps them."""


def _counts(voucher: Voucher, on: date) -> bool:
    """Counts towards the year."""
    return voucher.issued_on.year == on.year and _is_support(voucher, on)


def _is_support(voucher: Voucher, on: date) -> bool:
    """Used or used up, or live and not past its day. Unused expiry is no use; a voucher that pays
    nothing is no support."""
    return voucher.kind.pays and (
        voucher.state in (VoucherState.REDEEMED, VoucherState.RESERVED)
        or voucher.consumed_on is not None
        or voucher.expires_on >= on
    )


def _live_elsewhere(claimant: Claimant, scheme_id: int, on: date) -> LiveVoucher | None:
    for voucher, version in claimant.vouchers:
        live = voucher.state is VoucherState.RESERVED or (
            voucher.state in LIVE and voucher.expires_on >= on
        )
        if live and voucher.kind.pays and voucher.scheme_id != scheme_id:
            return LiveVoucher(version.title, voucher.expires_on)
    return None
