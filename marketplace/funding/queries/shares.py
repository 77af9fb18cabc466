"""Who promised what of a pooled voucher's money."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select

from marketplace.foundation.db import db
from marketplace.funding.models import FundingShare, FundingSource
from marketplace.funds.models import Allotment, Fund
from marketplace.jurisdictions.models import Jurisdiction

SHARES_MAX = 100_000
"""Shares read at once: a class of a thousand, each voucher paid by at most all sources."""


@dataclass(frozen=True, slots=True)
class ShareRow:
    """A share as the page of a voucher shows it."""

    entry_id: int
    fund: Fund
    source: FundingSource | None
    allotment: Allotment
    place: Jurisdiction
    amount_fen: int


def list_shares_of_vouchers(
    voucher_ids: Collection[int], *, entry_ids: Collection[int] | None = None
) -> dict[int, list[tuple[str, int]]]:
    """Allotment code and fen of each voucher, in the order of their codes; of these commitments
    only, where an entitlement was promised more than once."""
    wanted = (
        select(FundingShare.voucher_id, Allotment.code, FundingShare.amount_fen)
        .join(Allotment, Allotment.id == FundingShare.allotment_id)
        .where(FundingShare.voucher_id.in_(voucher_ids))
    )
    if entry_ids is not None:
        wanted = wanted.where(FundingShare.entry_id.in_(entry_ids))
    found: dict[int, list[tuple[str, int]]] = {}
    rows = db.session.execute(
        wanted.order_by(FundingShare.voucher_id, Allotment.code).limit(SHARES_MAX)
    )
    for voucher_id, code, fen in rows:
        found.setdefault(voucher_id, []).append((code, fen))
    return found


def list_share_rows(voucher_id: int) -> list[ShareRow]:
    """Every share ever promised of a voucher's money, oldest commitment first."""
    rows = db.session.execute(
        select(
            FundingShare.entry_id,
            Fund,
            FundingSource,
            Allotment,
            Jurisdiction,
            FundingShare.amount_fen,
        )
        .join(Allotment, Allotment.id == FundingShare.allotment_id)
        .join(Fund, Fund.id == Allotment.fund_id)
        .join(Jurisdiction, Jurisdiction.id == Allotment.jurisdiction_id)
        .outerjoin(FundingSource, FundingSource.id == FundingShare.source_id)
        .where(FundingShare.voucher_id == voucher_id)
        .order_by(FundingShare.id)
        .limit(200)
    )
    return [ShareRow(*row) for row in rows]
