"""Reading who was named under a quota and what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, func, select

from marketplace.enrollment.models import Completion
from marketplace.foundation.db import db
from marketplace.foundation.paging import Page, PageRequest
from marketplace.people.models import Worker
from marketplace.quotas.models import QuotaNaming
from marketplace.quotas.rules import OUTCOMES
from marketplace.quotas.states import NamingOutcome
from marketplace.records.models import Certificate
from marketplace.records.states import CertificateState
from marketplace.redemption.models import Reservation
from marketplace.redemption.queries.reservations import is_standing
from marketplace.vouchers.models import Voucher
from marketplace.vouchers.states import VoucherState

EXPORTED_MAX = 20_000


@dataclass(frozen=True, slots=True)
class NamingItem:
    """Somebody who was named, with what became of the voucher."""

    naming: QuotaNaming
    voucher: Voucher | None
    worker_code: str | None
    has_certificate: bool

    @property
    def outcome(self) -> NamingOutcome:
        return OUTCOMES[self.voucher.state] if self.voucher else NamingOutcome.NOT_GIVEN


@dataclass(frozen=True, slots=True)
class QuotaUse:
    """What became of the vouchers of a quota; each is one of these."""

    offered: int = 0
    accepted: int = 0
    reserved: int = 0
    redeemed: int = 0
    ended: int = 0
    certificates: int = 0
    """Of all of them: trainings that ended with a certificate."""

    @property
    def given(self) -> int:
        return self.offered + self.accepted + self.reserved + self.redeemed + self.ended


def find_naming_of_voucher(voucher_id: int) -> QuotaNaming | None:
    """By which list somebody got a voucher."""
    return db.session.scalar(
        select(QuotaNaming)
        .where(QuotaNaming.voucher_id == voucher_id)
        .order_by(QuotaNaming.id)
        .limit(1)
    )


def get_use(quota_id: int) -> QuotaUse:
    """How far the vouchers of a quota have come."""
    return list_uses([quota_id]).get(quota_id, QuotaUse())


def list_uses(quota_ids: Sequence[int]) -> dict[int, QuotaUse]:
    """The same for several quotas at once."""
    rows = db.session.execute(
        select(Voucher.quota_id, Voucher.state, func.count())
        .where(Voucher.quota_id.in_(quota_ids))
        .group_by(Voucher.quota_id, Voucher.state)
        .order_by(Voucher.quota_id, Voucher.state)
        .limit(len(quota_ids) * len(VoucherState) or 1)
    )
    counts: dict[int, dict[str, int]] = {}
    for quota_id, state, count in rows:
        mine = counts.setdefault(int(quota_id or 0), {})
        mine[OUTCOMES[state].value] = mine.get(OUTCOMES[state].value, 0) + count
    certified = db.session.execute(
        select(Voucher.quota_id, func.count())
        .where(Voucher.quota_id.in_(quota_ids), _has_certificate())
        .group_by(Voucher.quota_id)
        .order_by(Voucher.quota_id)
        .limit(len(quota_ids) or 1)
    )
    for quota_id, count in certified:
        counts[int(quota_id or 0)]["certificates"] = count
    return {quota_id: QuotaUse(**mine) for quota_id, mine in counts.items()}


def list_namings(quota_id: int, page: PageRequest) -> Page[NamingItem]:
    """Who was named under a quota, the newest first."""
    wanted = _items(quota_id)
    total = db.session.scalar(select(func.count()).where(QuotaNaming.quota_id == quota_id)) or 0
    rows = db.session.execute(
        wanted.order_by(QuotaNaming.id.desc()).offset(page.offset).limit(page.limit)
    )
    return Page([NamingItem(*row) for row in rows], total, page.number, page.limit)


def list_all_namings(quota_id: int) -> list[NamingItem]:
    """All of them for a file, in the order they were named."""
    rows = db.session.execute(_items(quota_id).order_by(QuotaNaming.id).limit(EXPORTED_MAX))
    return [NamingItem(*row) for row in rows]


def _items(quota_id: int) -> Select[*tuple[Any, ...]]:
    return (
        select(QuotaNaming, Voucher, Worker.code, _has_certificate())
        .outerjoin(Voucher, Voucher.id == QuotaNaming.voucher_id)
        .outerjoin(Worker, Worker.id == QuotaNaming.worker_id)
        .where(QuotaNaming.quota_id == quota_id)
    )


def _has_certificate() -> ColumnElement[bool]:
    """The training that the voucher was used for ended with a certificate that stands."""
    return (
        exists()
        .where(
            Reservation.voucher_id == Voucher.id,
            is_standing(),
            Completion.enrollment_id == Reservation.enrollment_id,
            Certificate.completion_id == Completion.id,
            Certificate.state == CertificateState.VALID,
        )
        .correlate(Voucher)
    )
