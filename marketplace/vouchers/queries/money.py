"""Which money pays where several funds pay for a scheme (room `funding`).

Asked for pooled schemes and vouchers only: where one fund pays, its allotment is all there is.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Protocol

from sqlalchemy import select

from marketplace.foundation.db import db
from marketplace.funding.models import FundingSource
from marketplace.funding.queries.sources import list_paying_sources
from marketplace.funding.rules import Source, SpendFacts, fundable_fen
from marketplace.funding.states import SourceState
from marketplace.funds.entries import available
from marketplace.funds.models import Allotment
from marketplace.ledger.queries import list_balances_fen
from marketplace.vouchers.models import Quote, Voucher
from marketplace.vouchers.queries.person_facts import PersonFacts, get_person_facts
from marketplace.vouchers.queries.schemes import SchemeInForce, get_offer
from marketplace.vouchers.rules.policy import Policy
from marketplace.vouchers.rules.subjects import CourseFacts
from marketplace.vouchers.states import VoucherKind

ALLOTMENTS_MAX = 20_000
"""Allotments of some funds and one year; a province has a few thousand places."""


class LivesAndWorks(Protocol):
    """Whoever has a place of residence and of work, where they are known."""

    @property
    def residence_path(self) -> str | None: ...

    @property
    def workplace_path(self) -> str | None: ...


def paying_path(person: LivesAndWorks, policy: Policy, *, inside: str) -> str:
    """The worker's place inside the scheme: residence first, then workplace, else the scheme's."""
    kinds = policy.place.value if policy.place else ("residence", "workplace")
    paths = {"residence": person.residence_path, "workplace": person.workplace_path}
    for kind in ("residence", "workplace"):
        path = paths[kind]
        if kind in kinds and path and path.startswith(inside):
            return path
    return inside


def list_claim_sources(
    person: PersonFacts, offer: SchemeInForce, own: Allotment, *, on: date
) -> tuple[Source, ...]:
    """What may pay for a voucher of a pooled scheme that a person would get on a day."""
    path = paying_path(person, offer.policy, inside=offer.jurisdiction.path)
    return list_paying_sources(offer.scheme.id, own=own, place_path=path, on=on)


def claim_spend_facts(person: PersonFacts, offer: SchemeInForce, *, on: date) -> SpendFacts:
    """What is known when a voucher is given: the person, but no course yet."""
    return SpendFacts(
        on=on,
        categories=frozenset(category.value for category in person.categories_on(on)),
        place_path=paying_path(person, offer.policy, inside=offer.jurisdiction.path),
    )


def claimable_fen(
    sources: Sequence[Source], person: PersonFacts, offer: SchemeInForce, *, on: date
) -> int:
    """What the funds together could promise a person of a pooled scheme.

    A face value within the scopes that hold without a course; an entitlement promises nothing yet,
    so that all of it counts and the scopes are asked when a class is chosen.
    """
    if offer.policy.kind is VoucherKind.FACE_VALUE:
        return fundable_fen(sources, claim_spend_facts(person, offer, on=on))
    return sum(source.available_fen for source in sources)


def course_spend_facts(
    person: PersonFacts, course: CourseFacts, policy: Policy, *, scheme_path: str, on: date
) -> SpendFacts:
    """What is known when a course is chosen."""
    first_day = course.starts_on or on
    return SpendFacts(
        on=on,
        categories=frozenset(category.value for category in person.categories_on(first_day)),
        place_path=paying_path(person, policy, inside=scheme_path),
        occupation_code=course.occupation_code,
        level=course.level,
        course_known=True,
    )


def quoted_spend_facts(voucher: Voucher, quote: Quote, *, on: date) -> SpendFacts:
    """What a reservation is for, as its signed quote says it."""
    offer, course = get_offer(voucher.scheme_version_id), quote.facts["course"]
    person = get_person_facts(voucher.worker_id)
    return SpendFacts(
        on=on,
        categories=frozenset(quote.facts["categories"]),
        place_path=paying_path(person, offer.policy, inside=offer.jurisdiction.path),
        occupation_code=course["occupation_code"],
        level=course["level"],
        course_known=True,
    )


def list_sources_of_voucher(voucher: Voucher, *, on: date) -> tuple[Source, ...]:
    """What may pay for a class with a pooled entitlement in hand."""
    offer = get_offer(voucher.scheme_version_id)
    own = db.session.get_one(Allotment, voucher.allotment_id)
    return list_claim_sources(get_person_facts(voucher.worker_id), offer, own, on=on)


def sum_sources_left_fen(scheme_id: int, *, year: int) -> int:
    """What all sources of a scheme have left anywhere in a year: the bound that decides about
    entitlements for many people at once."""
    codes = db.session.scalars(
        select(Allotment.code)
        .join(FundingSource, FundingSource.fund_id == Allotment.fund_id)
        .where(
            FundingSource.scheme_id == scheme_id,
            FundingSource.state == SourceState.IN_FORCE,
            Allotment.fiscal_year == year,
        )
        .order_by(Allotment.code)
        .limit(ALLOTMENTS_MAX)
    )
    return sum(list_balances_fen([available(code) for code in codes]).values())
