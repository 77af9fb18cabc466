"""People as the registers of today know them about a past day, for vouchers whose facts were not
kept: those of batches, and those given before facts were."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select

from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.jurisdictions.models import Jurisdiction
from marketplace.people.models import CategoryFact, StatusFact, Worker
from marketplace.people.states import CategoryFactState, Sex, WorkerCategory
from marketplace.vouchers.models import Scheme, SchemeVersion, Voucher
from marketplace.vouchers.queries.person_facts import ROWS_MAX, is_in_force
from marketplace.vouchers.rules.claims import ClaimFacts, LiveVoucher, StatusSpan
from marketplace.vouchers.rules.policy import Policy
from marketplace.vouchers.states import VoucherState

_USED = (VoucherState.RESERVED, VoucherState.REDEEMED)
_WAITING = (VoucherState.OFFERED, VoucherState.ACTIVE)


@dataclass(frozen=True, slots=True)
class PastPeople:
    """Facts about some people, by worker."""

    places: dict[int, tuple[str | None, str | None]]
    categories: dict[int, list[CategoryFact]]
    statuses: dict[int, list[StatusFact]]
    vouchers: dict[int, list[tuple[Voucher, dict[str, Any]]]]
    scheme_places: dict[int, tuple[str, str]]

    def claim_facts(
        self, voucher: Voucher, policy: Policy, *, born_on: date, sex: Sex
    ) -> ClaimFacts:
        """What the rules of claims would have known on the day the voucher was given."""
        day, worker_id = voucher.issued_on, voucher.worker_id
        residence, workplace = self.places[worker_id]
        scheme_path, scheme_place = self.scheme_places[voucher.scheme_id]
        earlier = [
            (other, title)
            for other, title in self.vouchers[worker_id]
            if other.id < voucher.id and _counted_on(other, day)
        ]
        live = [
            LiveVoucher(title, other.expires_on)
            for other, title in earlier
            if other.scheme_id != voucher.scheme_id and _lived_on(other, day)
        ]
        return ClaimFacts(
            on=day,
            policy=policy,
            way=voucher.origin,
            born_on=born_on,
            sex=sex,
            categories=self._categories(voucher, decided=True),
            residence_path=residence,
            workplace_path=workplace,
            scheme_path=scheme_path,
            scheme_place=scheme_place,
            vouchers_this_year=sum(other.issued_on.year == day.year for other, _title in earlier),
            live_elsewhere=live[0] if live else None,
            allotment_found=True,
            available_fen=0,
            declared=self._categories(voucher, decided=False),
            statuses=tuple(
                StatusSpan(fact.status, fact.valid_until)
                for fact in self.statuses[worker_id]
                if is_in_force(day, fact.valid_from, fact.valid_until)
            ),
            vouchers_ever=len(earlier),
        )

    def _categories(self, voucher: Voucher, *, decided: bool) -> frozenset[WorkerCategory]:
        """Verified by then, or only declared by then."""
        found = set()
        for fact in self.categories[voucher.worker_id]:
            if not is_in_force(voucher.issued_on, fact.valid_from, fact.valid_until):
                continue
            was_decided = fact.decided_at is not None and fact.decided_at <= voucher.created_at
            if decided and was_decided and fact.state is CategoryFactState.VERIFIED:
                found.add(fact.category)
            if not decided and not was_decided and fact.declared_at <= voucher.created_at:
                found.add(fact.category)
        return frozenset(found)


def list_past_people(vouchers: Sequence[Voucher]) -> PastPeople:
    """Everything the rules of claims ask of the holders of some vouchers, in five queries."""
    worker_ids = sorted({voucher.worker_id for voucher in vouchers})
    people = PastPeople({}, defaultdict(list), defaultdict(list), defaultdict(list), {})
    if not worker_ids:
        return people
    people.places.update(_list_places(worker_ids))
    for fact in db.session.scalars(
        select(CategoryFact)
        .where(CategoryFact.worker_id.in_(worker_ids))
        .order_by(CategoryFact.id)
        .limit(ROWS_MAX * len(worker_ids))
    ):
        people.categories[fact.worker_id].append(fact)
    for status in db.session.scalars(
        select(StatusFact)
        .where(StatusFact.worker_id.in_(worker_ids))
        .order_by(StatusFact.id)
        .limit(ROWS_MAX * len(worker_ids))
    ):
        people.statuses[status.worker_id].append(status)
    held = db.session.execute(
        select(Voucher, SchemeVersion.title)
        .join(SchemeVersion, SchemeVersion.id == Voucher.scheme_version_id)
        .where(Voucher.worker_id.in_(worker_ids))
        .order_by(Voucher.id)
        .limit(ROWS_MAX * len(worker_ids))
    )
    for voucher, title in held:
        people.vouchers[voucher.worker_id].append((voucher, title))
    people.scheme_places.update(_list_scheme_places({one.scheme_id for one in vouchers}))
    return people


def _list_places(worker_ids: Sequence[int]) -> dict[int, tuple[str | None, str | None]]:
    home, work = Jurisdiction.__table__.alias("home"), Jurisdiction.__table__.alias("work")
    rows = db.session.execute(
        select(Worker.id, home.c.path, work.c.path)
        .outerjoin(home, home.c.id == Worker.residence_id)
        .outerjoin(work, work.c.id == Worker.workplace_id)
        .where(Worker.id.in_(worker_ids))
        .order_by(Worker.id)
        .limit(len(worker_ids))
    )
    return {worker_id: (residence, workplace) for worker_id, residence, workplace in rows}


def _list_scheme_places(scheme_ids: set[int]) -> dict[int, tuple[str, str]]:
    rows = db.session.execute(
        select(Scheme.id, Jurisdiction.path, Jurisdiction.name)
        .join(Jurisdiction, Jurisdiction.id == Scheme.jurisdiction_id)
        .where(Scheme.id.in_(scheme_ids))
        .order_by(Scheme.id)
        .limit(len(scheme_ids))
    )
    return {scheme_id: (path, name) for scheme_id, path, name in rows}


def _counted_on(voucher: Voucher, day: date) -> bool:
    """Used, or live on that day as far as is known: what ended later was live then."""
    return voucher.state in _USED or _lived_on(voucher, day)


def _lived_on(voucher: Voucher, day: date) -> bool:
    if voucher.expires_on < day:
        return False
    return voucher.state in _WAITING or clock.local_date(voucher.changed_at) > day
