"""Settled lines that several funds paid together: each region owes the part its allotment paid."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, select

from marketplace.clearing.models import ClearingItem
from marketplace.clearing.rules import Due, is_between_regions, region_path
from marketplace.foundation.db import db
from marketplace.funding.models import FundingShare
from marketplace.funds.models import Allotment
from marketplace.institutions.models import Institution
from marketplace.jurisdictions.models import Jurisdiction
from marketplace.ledger.flow_queries import get_spent_by_entry
from marketplace.redemption.models import Redemption
from marketplace.settlement.models import Settlement, SettlementLine
from marketplace.settlement.states import SettlementState

LINES_MAX = 1_000_000
AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Clearable:
    """A settled line (of several funds that paid together, the part of one), or a share of a
    clawback or of a withheld share that went back, between two regions, not cleared yet."""

    settlement_line_id: int | None
    clawback_id: int | None
    allotment_id: int
    home: Jurisdiction
    place: Jurisdiction
    amount_fen: int
    retention_id: int | None = None

    @property
    def due(self) -> Due:
        return Due(self.home.code, self.place.code, self.amount_fen)


class Regions:
    """Regions by path, read once."""

    def __init__(self) -> None:
        self._known: dict[str, Jurisdiction | None] = {}

    def of(self, path: str) -> Jurisdiction | None:
        wanted = region_path(path)
        if wanted not in self._known:
            self._known[wanted] = db.session.scalar(
                select(Jurisdiction).where(Jurisdiction.path == wanted)
            )
        return self._known[wanted]

    def between(self, home: str, place: str) -> tuple[Jurisdiction, Jurisdiction] | None:
        """The two regions, when they owe each other."""
        one, other = self.of(home), self.of(place)
        if one is None or other is None or not is_between_regions(one.path, other.path):
            return None
        return one, other


def is_pooled() -> ColumnElement[bool]:
    """Whether several funds promised the voucher of a joined redemption: its entry tells their
    parts."""
    return select(FundingShare.id).where(FundingShare.voucher_id == Redemption.voucher_id).exists()


def each_pooled_line(before: datetime, currency: str, regions: Regions) -> Iterator[Clearable]:
    """Settled lines of pooled vouchers that no living run clears, part by part as the entry of the
    redemption divided them (pro rata, largest remainders first); what the place itself paid is
    nobody's debt."""
    cleared = select(ClearingItem.id).where(
        ClearingItem.settlement_line_id == SettlementLine.id, ClearingItem.released_at.is_(None)
    )
    rows = db.session.execute(
        select(SettlementLine.id, Redemption.entry_id, Jurisdiction.path)
        .join(Settlement, Settlement.id == SettlementLine.settlement_id)
        .join(Redemption, Redemption.id == SettlementLine.redemption_id)
        .join(Institution, Institution.id == Settlement.institution_id)
        .join(Jurisdiction, Jurisdiction.id == Institution.jurisdiction_id)
        .where(
            Settlement.state == SettlementState.APPROVED,
            Settlement.decided_at < before,
            Settlement.currency == currency,
            SettlementLine.released_at.is_(None),
            is_pooled(),
            ~cleared.exists(),
        )
        .order_by(SettlementLine.id)
        .limit(LINES_MAX)
    ).all()
    for start in range(0, len(rows), AT_ONCE):
        piece = rows[start : start + AT_ONCE]
        spent = get_spent([entry_id for _line, entry_id, _path in piece])
        homes = _homes({code for parts in spent.values() for code in parts})
        for line_id, entry_id, place_path in piece:
            for code, fen in sorted(spent.get(entry_id, {}).items()):
                allotment_id, home_path = homes[code]
                if pair := regions.between(home_path, place_path):
                    yield Clearable(line_id, None, allotment_id, *pair, fen)


def count_faulty_shares(run_id: int) -> int:
    """Lines of a run that are not the part which their allotment paid of a pooled redemption."""
    rows = db.session.execute(
        select(ClearingItem.amount_fen, Allotment.code, Redemption.entry_id)
        .join(SettlementLine, SettlementLine.id == ClearingItem.settlement_line_id)
        .join(Redemption, Redemption.id == SettlementLine.redemption_id)
        .join(Allotment, Allotment.id == ClearingItem.allotment_id)
        .where(ClearingItem.run_id == run_id, is_pooled())
        .order_by(ClearingItem.id)
        .limit(LINES_MAX)
    ).all()
    faulty = 0
    for start in range(0, len(rows), AT_ONCE):
        piece = rows[start : start + AT_ONCE]
        spent = get_spent([entry_id for _fen, _code, entry_id in piece])
        faulty += sum(spent.get(entry_id, {}).get(code) != fen for fen, code, entry_id in piece)
    return faulty


def get_spent(entry_ids: Sequence[int]) -> dict[int, dict[str, int]]:
    """Redemption entry -> allotment code -> what it paid."""
    return get_spent_by_entry(
        entry_ids, promised="allotment:committed", returned="allotment:available"
    )


def _homes(codes: set[str]) -> dict[str, tuple[int, str]]:
    rows = db.session.execute(
        select(Allotment.code, Allotment.id, Jurisdiction.path)
        .join(Jurisdiction, Jurisdiction.id == Allotment.jurisdiction_id)
        .where(Allotment.code.in_(sorted(codes)))
        .order_by(Allotment.id)
        .limit(len(codes) or 1)
    )
    return {code: (allotment_id, path) for code, allotment_id, path in rows}
