"""What is to be cleared, the runs, and one run by pair and by region."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, func, select
from sqlalchemy.orm import aliased

from marketplace.clearing.models import ClearingItem, ClearingRun
from marketplace.clearing.pooled_queries import (
    Clearable,
    Regions,
    count_faulty_shares,
    each_pooled_line,
    is_pooled,
)
from marketplace.clearing.rules import Due
from marketplace.clearing.states import ClearingState
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.errors import NotFound
from marketplace.foundation.paging import Page, PageRequest
from marketplace.funding.rules import pro_rata
from marketplace.funds.models import Allotment
from marketplace.institutions.models import Institution
from marketplace.jurisdictions.models import Jurisdiction
from marketplace.people.models import User
from marketplace.redemption.models import Redemption
from marketplace.redemption.queries.funding import list_paid_by_allotment_of
from marketplace.retentions.models import Retention
from marketplace.retentions.states import RetentionState
from marketplace.settlement.models import Clawback, Settlement, SettlementLine
from marketplace.settlement.queries.clawbacks import list_paid_of_clawback
from marketplace.settlement.states import SettlementState

LINES_MAX = 1_000_000
RUNS_MAX = 10_000


@dataclass(frozen=True, slots=True)
class RunRow:
    """A run with the people who signed it."""

    run: ClearingRun
    signed_by_login: str | None
    decided_by_login: str | None


def each_clearable(before: datetime, *, currency: str) -> Iterator[Clearable]:
    """Everything approved, and what went back, before an instant that no living run clears."""
    regions = Regions()
    yield from _lines(before, currency, regions)
    yield from each_pooled_line(before, currency, regions)
    yield from _clawbacks(before, currency, regions)
    yield from _returned(before, currency, regions)


def _lines(before: datetime, currency: str, regions: Regions) -> Iterator[Clearable]:
    home, place = aliased(Jurisdiction), aliased(Jurisdiction)
    cleared = select(ClearingItem.id).where(
        ClearingItem.settlement_line_id == SettlementLine.id, ClearingItem.released_at.is_(None)
    )
    rows = db.session.execute(
        select(SettlementLine.id, SettlementLine.amount_fen, Allotment.id, home.path, place.path)
        .join(Settlement, Settlement.id == SettlementLine.settlement_id)
        .join(Redemption, Redemption.id == SettlementLine.redemption_id)
        .join(Allotment, Allotment.id == Redemption.allotment_id)
        .join(home, home.id == Allotment.jurisdiction_id)
        .join(Institution, Institution.id == Settlement.institution_id)
        .join(place, place.id == Institution.jurisdiction_id)
        .where(
            Settlement.state == SettlementState.APPROVED,
            Settlement.decided_at < before,
            Settlement.currency == currency,
            SettlementLine.released_at.is_(None),
            home.id != place.id,
            ~is_pooled(),
            ~cleared.exists(),
        )
        .order_by(SettlementLine.id)
        .limit(LINES_MAX)
    )
    for line_id, amount_fen, allotment_id, home_path, place_path in rows:
        if pair := regions.between(home_path, place_path):
            yield Clearable(line_id, None, allotment_id, *pair, amount_fen)


def _clawbacks(before: datetime, currency: str, regions: Regions) -> Iterator[Clearable]:
    """What was taken back, allotment by allotment as it was booked: the home region owes less."""
    cleared = select(ClearingItem.id).where(
        ClearingItem.clawback_id == Clawback.id, ClearingItem.released_at.is_(None)
    )
    rows = db.session.execute(
        select(Clawback, Jurisdiction.path)
        .join(Institution, Institution.id == Clawback.institution_id)
        .join(Jurisdiction, Jurisdiction.id == Institution.jurisdiction_id)
        .where(
            Clawback.state == SettlementState.APPROVED,
            Clawback.decided_at < before,
            Clawback.currency == currency,
            ~cleared.exists(),
        )
        .order_by(Clawback.id)
        .limit(RUNS_MAX)
    )
    for clawback, place_path in rows.all():
        shares = dict(pro_rata(clawback.amount_fen, list_paid_of_clawback(clawback)))
        for allotment_id, code, home_path in _allotments(shares):
            if pair := regions.between(home_path, place_path):
                yield Clearable(None, clawback.id, allotment_id, *pair, -shares[code])


def _returned(before: datetime, currency: str, regions: Regions) -> Iterator[Clearable]:
    """Withheld shares that nobody proved: the line was cleared in full, its home region has them
    again."""
    cleared = select(ClearingItem.id).where(
        ClearingItem.retention_id == Retention.id, ClearingItem.released_at.is_(None)
    )
    rows = db.session.execute(
        select(Retention, Jurisdiction.path)
        .join(Institution, Institution.id == Retention.institution_id)
        .join(Jurisdiction, Jurisdiction.id == Institution.jurisdiction_id)
        .where(
            Retention.state == RetentionState.RETURNED,
            Retention.ended_on < clock.local_date(before),
            Retention.currency == currency,
            ~cleared.exists(),
        )
        .order_by(Retention.id)
        .limit(LINES_MAX)
    )
    for share, place_path in rows.all():
        parts = dict(pro_rata(share.left_fen, list_paid_by_allotment_of(share.redemption_id)))
        for allotment_id, code, home_path in _allotments(parts):
            if pair := regions.between(home_path, place_path):
                yield Clearable(None, None, allotment_id, *pair, -parts[code], share.id)


def _allotments(codes: dict[str, int]) -> Sequence[Any]:
    return db.session.execute(
        select(Allotment.id, Allotment.code, Jurisdiction.path)
        .join(Jurisdiction, Jurisdiction.id == Allotment.jurisdiction_id)
        .where(Allotment.code.in_(sorted(codes)))
        .order_by(Allotment.id)
        .limit(len(codes) or 1)
    ).all()


def list_dues_of_run(run_id: int) -> list[Due]:
    """The lines of a run as the rules add them up; those of one pair and sign together."""
    home, place = aliased(Jurisdiction), aliased(Jurisdiction)
    rows = db.session.execute(
        select(home.code, place.code, ClearingItem.amount_fen)
        .join(home, home.id == ClearingItem.home_id)
        .join(place, place.id == ClearingItem.place_id)
        .where(ClearingItem.run_id == run_id)
        .order_by(ClearingItem.id)
        .limit(LINES_MAX)
    )
    return [Due(*row) for row in rows]


def list_region_paths_of_run(run_id: int) -> list[str]:
    """The paths of every region in a run."""
    rows = db.session.scalars(
        select(Jurisdiction.path)
        .where(
            Jurisdiction.id.in_(
                select(ClearingItem.home_id)
                .where(ClearingItem.run_id == run_id)
                .union(select(ClearingItem.place_id).where(ClearingItem.run_id == run_id))
            )
        )
        .order_by(Jurisdiction.path)
        .limit(RUNS_MAX)
    )
    return list(rows)


def list_region_names(codes: Sequence[str]) -> dict[str, str]:
    """Region code -> name."""
    rows = db.session.execute(
        select(Jurisdiction.code, Jurisdiction.name)
        .where(Jurisdiction.code.in_(codes))
        .order_by(Jurisdiction.code)
        .limit(len(codes) or 1)
    )
    return {code: name for code, name in rows}


def count_faulty_items(run_id: int) -> int:
    """Lines of a run that no longer are what they were taken for."""
    rows = db.session.scalar(
        select(func.count())
        .select_from(ClearingItem)
        .join(SettlementLine, SettlementLine.id == ClearingItem.settlement_line_id)
        .join(Settlement, Settlement.id == SettlementLine.settlement_id)
        .join(Redemption, Redemption.id == SettlementLine.redemption_id)
        .where(
            ClearingItem.run_id == run_id,
            ((SettlementLine.amount_fen != ClearingItem.amount_fen) & ~is_pooled())
            | SettlementLine.released_at.is_not(None)
            | (Settlement.state != SettlementState.APPROVED),
        )
    )
    return (rows or 0) + count_faulty_shares(run_id)


def find_standing_run(period_code: str, currency: str) -> ClearingRun | None:
    """The run of a month that was not sent back."""
    return db.session.scalar(
        select(ClearingRun).where(
            ClearingRun.period_code == period_code,
            ClearingRun.currency == currency,
            ClearingRun.state != ClearingState.REJECTED,
        )
    )


def get_run_row(code: str) -> RunRow:
    """One run by its code."""
    row = db.session.execute(_rows().where(ClearingRun.code == code)).one_or_none()
    if row is None:
        raise NotFound("clearing", code)
    return RunRow(*row)


def list_runs(page: PageRequest) -> Page[RunRow]:
    """Every run, newest first."""
    total = db.session.scalar(select(func.count()).select_from(ClearingRun)) or 0
    rows = db.session.execute(
        _rows().order_by(ClearingRun.id.desc()).offset(page.offset).limit(page.limit)
    )
    return Page([RunRow(*row) for row in rows], total, page.number, page.limit)


def count_runs_to_sign() -> int:
    """Runs that wait for a signature."""
    waits = ClearingRun.state.in_((ClearingState.PREPARED, ClearingState.SIGNED))
    return db.session.scalar(select(func.count()).where(waits)) or 0


def lock_run(run_id: int) -> ClearingRun:
    """A run, held until the unit of work ends."""
    found = db.session.scalar(
        select(ClearingRun)
        .where(ClearingRun.id == run_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound("clearing", run_id)
    return found


def get_approved_nets() -> dict[str, int]:
    """Region -> what all approved runs say it owes, for checks."""
    nets: dict[str, int] = {}
    for column, sign in ((ClearingItem.home_id, 1), (ClearingItem.place_id, -1)):
        rows = db.session.execute(
            select(Jurisdiction.code, func.sum(ClearingItem.amount_fen))
            .join(ClearingRun, ClearingRun.id == ClearingItem.run_id)
            .join(Jurisdiction, Jurisdiction.id == column)
            .where(and_(ClearingRun.state == ClearingState.APPROVED))
            .group_by(Jurisdiction.code)
        )
        for code, fen in rows:
            nets[code] = nets.get(code, 0) + sign * int(fen)
    return nets


def _rows() -> Select[*tuple[Any, ...]]:
    first, second = aliased(User), aliased(User)
    return (
        select(ClearingRun, first.login, second.login)
        .outerjoin(first, first.id == ClearingRun.signed_by)
        .outerjoin(second, second.id == ClearingRun.decided_by)
    )
