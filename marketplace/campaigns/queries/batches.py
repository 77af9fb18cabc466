"""Batches of vouchers as officers see them: by whom, how far, and what became of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, false, func, or_, select, true
from sqlalchemy.orm import aliased

from marketplace.campaigns.models import Campaign
from marketplace.foundation.db import db
from marketplace.foundation.paging import Page, PageRequest
from marketplace.funds.models import Allotment
from marketplace.jurisdictions.models import Jurisdiction
from marketplace.people.models import Worker
from marketplace.vouchers.models import IssueBatch, Scheme, SchemeVersion, Voucher
from marketplace.vouchers.states import VoucherState

_SIGNED = (Campaign.code, Campaign.title, Campaign.invites)
VOUCHERS_MAX = 10_000_000
"""More vouchers than a province issues at once."""


@dataclass(frozen=True, slots=True)
class BatchItem:
    """A batch with its scheme and place, and the campaign that issues by it, if one does."""

    batch: IssueBatch
    version: SchemeVersion
    scheme_code: str
    place: str
    campaign_code: str | None
    title: str | None
    """What two officers signed it as; empty: asked for at the command line."""
    invites: bool | None


def list_issue_batches(paths: Sequence[str], page: PageRequest) -> Page[BatchItem]:
    """The batches of the schemes of some subtrees, the newest first."""
    wanted = _batches(paths)
    counted = wanted.with_only_columns(IssueBatch.id).subquery()
    total = db.session.scalar(select(func.count()).select_from(counted)) or 0
    rows = db.session.execute(
        wanted.order_by(IssueBatch.id.desc()).offset(page.offset).limit(page.limit)
    )
    return Page([BatchItem(*row) for row in rows], total, page.number, page.limit)


def find_batch_in_scope(code: str, paths: Sequence[str]) -> BatchItem | None:
    """A batch by its code, for an officer of the scheme's place or of one above it."""
    row = db.session.execute(_batches(paths).where(IssueBatch.code == code)).one_or_none()
    return BatchItem(*row) if row else None


def count_batch_vouchers(batch_id: int) -> dict[VoucherState, int]:
    """The vouchers of a batch by state."""
    rows = db.session.execute(
        select(Voucher.state, func.count())
        .where(Voucher.batch_id == batch_id)
        .group_by(Voucher.state)
        .order_by(Voucher.state)
    )
    return {state: count for state, count in rows}


def list_batch_rows(batch_id: int) -> Iterator[Any]:
    """Voucher, worker, state, last day, allotment: by public codes, read piece by piece."""
    wanted = (
        select(Voucher.code, Worker.code, Voucher.state, Voucher.expires_on, Allotment.code)
        .join(Worker, Worker.id == Voucher.worker_id)
        .join(Allotment, Allotment.id == Voucher.allotment_id)
        .where(Voucher.batch_id == batch_id)
        .order_by(Voucher.id)
        .limit(VOUCHERS_MAX)
    )
    yield from db.session.execute(wanted.execution_options(yield_per=2_000))


def _batches(paths: Sequence[str]) -> Select[*tuple[Any, ...]]:
    """Within the subtrees lies the scheme's place, or that of the campaign that issues by it."""
    home = aliased(Jurisdiction, name="home_of_campaign")
    within = [
        place.path.startswith(path, autoescape=True)
        for path in paths
        for place in (Jurisdiction, home)
    ]
    return (
        select(IssueBatch, SchemeVersion, Scheme.code, Jurisdiction.name, *_SIGNED)
        .join(SchemeVersion, SchemeVersion.id == IssueBatch.scheme_version_id)
        .join(Scheme, Scheme.id == SchemeVersion.scheme_id)
        .join(Jurisdiction, Jurisdiction.id == Scheme.jurisdiction_id)
        .outerjoin(Campaign, Campaign.batch_id == IssueBatch.id)
        .outerjoin(home, home.id == Campaign.jurisdiction_id)
        .where(true() if "" in paths else or_(false(), *within))
    )
