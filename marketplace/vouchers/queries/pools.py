"""Several funds that pay for the vouchers of a batch: who pays how much of each, in order.

The same rule divides as for one person on a page (`funding.rules.split_amount`); what it asks is
read for a whole slice at once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.orm import aliased

from marketplace.foundation.db import db
from marketplace.funding.queries.source_tables import SourceTable, get_source_table
from marketplace.funding.rules import Share, Source, SpendFacts, fundable_fen, split_amount
from marketplace.funds.entries import available
from marketplace.funds.models import Allotment
from marketplace.jurisdictions.models import Jurisdiction
from marketplace.ledger.queries import list_balances_fen
from marketplace.people.models import CategoryFact, Worker
from marketplace.people.states import CategoryFactState
from marketplace.vouchers.queries.money import paying_path
from marketplace.vouchers.queries.schemes import SchemeInForce

ALLOTMENTS_MAX = 20_000
FACTS_AT_ONCE = 500


@dataclass(slots=True)
class Pool:
    """What all funds of a scheme have left while a batch gives: it shrinks with every voucher."""

    offer: SchemeInForce
    on: date
    table: SourceTable
    own_codes: dict[int, str]
    """The allotments of the scheme's own fund."""
    left_fen: dict[int, int]
    """Allotment -> fen, of the own fund and of every source."""
    facts: dict[int, SpendFacts] = field(default_factory=dict)
    """What is known of the people of the slice."""
    _paying: dict[tuple[str, int], tuple[Source, ...]] = field(default_factory=dict)

    @property
    def bounds_fen(self) -> dict[int, int]:
        """Own allotment -> the most that it and all sources together could promise."""
        of_sources = sum(fen for key, fen in self.left_fen.items() if key not in self.own_codes)
        return {key: self.left_fen[key] + of_sources for key in self.own_codes}

    def learn(self, worker_ids: Sequence[int]) -> None:
        """Read what decides who may pay for some people."""
        self.facts = dict(_list_spend_facts(self.offer, worker_ids, on=self.on))

    def can_pay(self, worker_id: int, own_id: int, fen: int) -> bool:
        """Whether all that may pay for a person has so much left."""
        return fundable_fen(self._sources(worker_id, own_id), self.facts[worker_id]) >= fen

    def split(self, worker_id: int, own_id: int, fen: int) -> tuple[Share, ...]:
        """Divide an amount and take it out; empty: it is not there."""
        shares = split_amount(fen, self._sources(worker_id, own_id), self.facts[worker_id])
        if sum(share.amount_fen for share in shares) < fen:
            return ()
        for share in shares:
            self.left_fen[share.allotment_id] -= share.amount_fen
        return shares

    def _sources(self, worker_id: int, own_id: int) -> list[Source]:
        key = (self.facts[worker_id].place_path, own_id)
        if key not in self._paying:
            own = (own_id, self.own_codes[own_id])
            self._paying[key] = self.table.paying(key[0], own=own)
        return [
            replace(source, available_fen=self.left_fen[source.allotment_id])
            for source in self._paying[key]
        ]


def open_pool(offer: SchemeInForce, *, on: date) -> Pool:
    """The money of all funds of a scheme as the books know it now."""
    rows = db.session.execute(
        select(Allotment.id, Allotment.code)
        .where(Allotment.fund_id == offer.fund.id, Allotment.fiscal_year == on.year)
        .order_by(Allotment.id)
        .limit(ALLOTMENTS_MAX)
    )
    own = {allotment_id: code for allotment_id, code in rows}
    table = get_source_table(offer.scheme.id, year=on.year)
    codes = own | table.codes
    balances = list_balances_fen([available(code) for code in codes.values()])
    left = {key: balances[available(code)] for key, code in codes.items()}
    return Pool(offer, on, table, own, left)


@dataclass(frozen=True, slots=True)
class _Places:
    residence_path: str | None
    workplace_path: str | None


def _list_spend_facts(
    offer: SchemeInForce, worker_ids: Sequence[int], *, on: date
) -> Iterator[tuple[int, SpendFacts]]:
    """As `claim_spend_facts` says it of one person: categories, and from where money comes."""
    for start in range(0, len(worker_ids), FACTS_AT_ONCE):
        ids = worker_ids[start : start + FACTS_AT_ONCE]
        categories = _list_categories(ids, on)
        home, work = aliased(Jurisdiction), aliased(Jurisdiction)
        rows = db.session.execute(
            select(Worker.id, home.path, work.path)
            .outerjoin(home, home.id == Worker.residence_id)
            .outerjoin(work, work.id == Worker.workplace_id)
            .where(Worker.id.in_(ids))
            .order_by(Worker.id)
            .limit(FACTS_AT_ONCE)
        )
        for worker_id, residence, workplace in rows:
            path = paying_path(
                _Places(residence, workplace), offer.policy, inside=offer.jurisdiction.path
            )
            yield worker_id, SpendFacts(on, frozenset(categories[worker_id]), path)


def _list_categories(worker_ids: Sequence[int], on: date) -> defaultdict[int, set[str]]:
    rows = db.session.execute(
        select(CategoryFact.worker_id, CategoryFact.category)
        .where(
            CategoryFact.worker_id.in_(worker_ids),
            CategoryFact.state == CategoryFactState.VERIFIED,
            CategoryFact.valid_from <= on,
            or_(CategoryFact.valid_until.is_(None), CategoryFact.valid_until >= on),
        )
        .order_by(CategoryFact.worker_id, CategoryFact.id)
        .limit(FACTS_AT_ONCE * 100)
    )
    found: defaultdict[int, set[str]] = defaultdict(set)
    for worker_id, category in rows:
        found[worker_id].add(category.value)
    return found
