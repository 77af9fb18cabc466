"""Reading vouchers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, ScalarSelect, bindparam, false, func, or_, select, true

from marketplace.foundation.db import db, table_of
from marketplace.foundation.direct import Direct, is_among
from marketplace.foundation.errors import NotFound
from marketplace.foundation.paging import Page, PageRequest
from marketplace.funds.models import Allotment
from marketplace.jurisdictions.models import Jurisdiction
from marketplace.people.models import Worker
from marketplace.vouchers.models import Scheme, SchemeVersion, Voucher
from marketplace.vouchers.states import VoucherState

_VOUCHER = table_of(Voucher)
_LOCK_VOUCHER = (
    select(Voucher)
    .where(Voucher.id == bindparam("voucher_id"))
    .with_for_update()
    .execution_options(populate_existing=True)
)
LOCK_VOUCHERS = Direct(
    select(_VOUCHER.c.id, _VOUCHER.c.state)
    .where(is_among(_VOUCHER.c.id, "voucher_ids"))
    .order_by(_VOUCHER.c.id)
    .with_for_update()
)
"""Vouchers (`voucher_ids`) held until the end of the unit of work, in one order for everybody, and
their states: asked together with what is read once they are held."""
LIVE = (VoucherState.OFFERED, VoucherState.ACTIVE, VoucherState.RESERVED)


@dataclass(frozen=True, slots=True)
class VoucherCounts:
    """How many vouchers of a scheme are in a state, and their face value."""

    state: VoucherState
    count: int
    value_fen: int


def get_voucher(voucher_id: int) -> Voucher:
    """A voucher, or not found."""
    if (voucher := db.session.get(Voucher, voucher_id)) is None:
        raise NotFound("voucher", voucher_id)
    return voucher


def find_voucher_by_code(code: str) -> Voucher | None:
    """A voucher by the code its QR shows."""
    return db.session.scalar(select(Voucher).where(Voucher.code == code))


def lock_voucher(voucher_id: int) -> Voucher:
    """A voucher, held until the end of the unit of work: one act at a time."""
    voucher = db.session.scalar(_LOCK_VOUCHER, {"voucher_id": voucher_id})
    if voucher is None:
        raise NotFound("voucher", voucher_id)
    return voucher


def get_voucher_of_worker(code: str, *, worker_id: int) -> Voucher:
    """A worker's own voucher; another's is not found."""
    voucher = find_voucher_by_code(code)
    if voucher is None or voucher.worker_id != worker_id:
        raise NotFound("voucher", code)
    return voucher


def find_live_voucher(worker_id: int, *, scheme_id: int) -> Voucher | None:
    """The voucher of a scheme that a worker holds and has not used."""
    return db.session.scalar(
        select(Voucher).where(
            Voucher.worker_id == worker_id, Voucher.scheme_id == scheme_id, Voucher.state.in_(LIVE)
        )
    )


def list_vouchers_of_worker(
    worker_id: int, page: PageRequest
) -> Page[tuple[Voucher, SchemeVersion]]:
    """A worker's vouchers with the version each keeps, newest first."""
    wanted = (
        select(Voucher, SchemeVersion)
        .join(SchemeVersion, SchemeVersion.id == Voucher.scheme_version_id)
        .where(Voucher.worker_id == worker_id)
    )
    total = db.session.scalar(select(func.count()).select_from(wanted.subquery())) or 0
    rows = db.session.execute(
        wanted.order_by(Voucher.id.desc()).offset(page.offset).limit(page.limit)
    ).all()
    return Page([(voucher, version) for voucher, version in rows], total, page.number, page.limit)


def list_usable_vouchers(worker_id: int, *, on: date) -> Sequence[tuple[Voucher, SchemeVersion]]:
    """Vouchers a worker could use on a day, those that wait to be accepted included; the one that
    ends first first."""
    rows = db.session.execute(
        select(Voucher, SchemeVersion)
        .join(SchemeVersion, SchemeVersion.id == Voucher.scheme_version_id)
        .where(
            Voucher.worker_id == worker_id,
            Voucher.state.in_((VoucherState.OFFERED, VoucherState.ACTIVE)),
            Voucher.expires_on >= on,
        )
        .order_by(Voucher.expires_on, Voucher.id)
        .limit(20)
    )
    return [(voucher, version) for voucher, version in rows]


def list_due_voucher_ids(*, on: date, limit: int = 1_000) -> Sequence[int]:
    """Vouchers whose last day has passed unused, oldest first."""
    return db.session.scalars(
        select(Voucher.id)
        .where(
            Voucher.state.in_((VoucherState.OFFERED, VoucherState.ACTIVE)),
            Voucher.expires_on < on,
        )
        .order_by(Voucher.expires_on, Voucher.id)
        .limit(limit)
    ).all()


def list_worker_ids_by_code(codes: Sequence[str]) -> dict[str, int]:
    """Workers by their public codes; unknown codes are absent."""
    found: dict[str, int] = {}
    for start in range(0, len(codes), 500):
        chunk = codes[start : start + 500]
        rows = db.session.execute(select(Worker.code, Worker.id).where(Worker.code.in_(chunk)))
        found.update({code: worker_id for code, worker_id in rows})
    return found


def find_worker_id_in_scope(code: str, *, paths: Sequence[str]) -> int | None:
    """A worker by public code, if they live or work within the subtrees."""
    return db.session.scalar(
        select(Worker.id).where(
            Worker.code == code,
            or_(Worker.residence_id.in_(_places(paths)), Worker.workplace_id.in_(_places(paths)))
            if "" not in paths
            else true(),
        )
    )


def list_voucher_counts(scheme_id: int, *, paths: Sequence[str] = ("",)) -> list[VoucherCounts]:
    """The vouchers of a scheme by state, within subtrees."""
    rows = db.session.execute(
        select(Voucher.state, func.count(), func.coalesce(func.sum(Voucher.value_fen), 0))
        .where(Voucher.scheme_id == scheme_id, paid_within(paths))
        .group_by(Voucher.state)
        .order_by(Voucher.state)
        .limit(len(VoucherState))
    )
    return [VoucherCounts(state, int(count), int(fen or 0)) for state, count, fen in rows]


def list_vouchers_in_scope(
    scheme_id: int,
    page: PageRequest,
    *,
    state: VoucherState | None = None,
    paths: Sequence[str] = ("",),
) -> Page[tuple[Voucher, str]]:
    """The vouchers of a scheme with the codes of their workers, newest first."""
    wanted = (
        select(Voucher, Worker.code)
        .join(Worker, Worker.id == Voucher.worker_id)
        .where(Voucher.scheme_id == scheme_id, paid_within(paths))
    )
    if state is not None:
        wanted = wanted.where(Voucher.state == state)
    total = db.session.scalar(select(func.count()).select_from(wanted.subquery())) or 0
    rows = db.session.execute(
        wanted.order_by(Voucher.id.desc()).offset(page.offset).limit(page.limit)
    ).all()
    return Page([(voucher, code) for voucher, code in rows], total, page.number, page.limit)


def paid_within(paths: Sequence[str]) -> ColumnElement[bool]:
    """Paid by an allotment of a place within the subtrees; '' is everywhere."""
    if "" in paths:
        return true()
    return Voucher.allotment_id.in_(
        select(Allotment.id).where(Allotment.jurisdiction_id.in_(_places(paths)))
    )


def _places(paths: Sequence[str]) -> ScalarSelect[int]:
    inside = [Jurisdiction.path.startswith(path, autoescape=True) for path in paths]
    return select(Jurisdiction.id).where(or_(false(), *inside)).scalar_subquery()


def get_scheme_of(voucher: Voucher) -> tuple[Scheme, SchemeVersion]:
    """A voucher's scheme and the version it keeps."""
    row = db.session.execute(
        select(Scheme, SchemeVersion)
        .join(SchemeVersion, SchemeVersion.scheme_id == Scheme.id)
        .where(SchemeVersion.id == voucher.scheme_version_id)
    ).one()
    return row[0], row[1]
