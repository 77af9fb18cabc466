"""Gathering what the rules of claims ask: the person, their vouchers, the money."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import and_, func, or_, select

from marketplace.foundation.db import db
from marketplace.foundation.errors import Refusal
from marketplace.funds.entries import available
from marketplace.funds.models import Allotment
from marketplace.funds.queries import find_allotment_for
from marketplace.ledger.queries import get_balance_fen
from marketplace.people.states import WorkerCategory
from marketplace.vouchers.models import SchemeVersion, Voucher
from marketplace.vouchers.queries.money import paying_path, sum_claimable_fen
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


def get_claim_facts(
    claimant: Claimant, offer: SchemeInForce, *, way: VoucherOrigin, on: date
) -> tuple[ClaimFacts, Allotment | None]:
    """What the claim rules ask, and the allotment that would pay."""
    person, vouchers = claimant.person, claimant.vouchers
    allotment = find_allotment_for(
        offer.fund.id,
        jurisdiction_path=paying_path(person, offer.policy, inside=offer.jurisdiction.path),
        fiscal_year=on.year,
    )
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
        allotment_found=allotment is not None,
        available_fen=_available_fen(person, offer, allotment, on),
        declared=person.declared_on(on),
        statuses=person.statuses_on(on),
        vouchers_ever=sum(_is_support(voucher, on) for voucher, _version in vouchers),
        category_vouchers=count_vouchers_by_category(offer.scheme.id, offer.policy, on=on),
    )
    return facts, allotment


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
        facts, _allotment = get_claim_facts(claimant, offer, way=VoucherOrigin.CLAIMED, on=on)
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


def _available_fen(
    person: PersonFacts, offer: SchemeInForce, allotment: Allotment | None, on: date
) -> int:
    if allotment is None:
        return 0
    if offer.is_pooled:
        return sum_claimable_fen(person, offer, allotment, on=on)
    return get_available_fen(allotment)


def _list_vouchers_that_count(worker_id: int) -> list[tuple[Voucher, SchemeVersion]]:
    rows = db.session.execute(
        select(Voucher, SchemeVersion)
        .join(SchemeVersion, SchemeVersion.id == Voucher.scheme_version_id)
        .where(
            Voucher.worker_id == worker_id,
            or_(
                Voucher.state.in_((*LIVE, VoucherState.REDEEMED)),
                Voucher.consumed_on.is_not(None),
            ),
        )
        .order_by(Voucher.expires_on, Voucher.id)
        .limit(200)
    )
    return [(voucher, version) for voucher, version in rows]


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
