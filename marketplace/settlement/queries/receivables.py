"""What institutions were paid in advance or have to give back, and how far it is recovered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import aliased

from marketplace.catalog.models import CourseRun, CourseVersion
from marketplace.catalog.states import CourseRunState
from marketplace.claims.queries.claims import OVER
from marketplace.enrollment.models import Enrollment
from marketplace.foundation import clock
from marketplace.foundation.bulk import is_among
from marketplace.foundation.db import db
from marketplace.foundation.errors import NotFound
from marketplace.foundation.instalments import due_by_plan_fen
from marketplace.foundation.money import Money
from marketplace.foundation.paging import Page, PageRequest
from marketplace.funds.models import Allotment, Fund
from marketplace.institutions.models import Institution
from marketplace.jurisdictions.models import Jurisdiction
from marketplace.ledger.entries import AccountName
from marketplace.people.models import User
from marketplace.redemption.models import Redemption, Reservation
from marketplace.redemption.queries.reservations import is_standing
from marketplace.settlement.entries import advanced, payable
from marketplace.settlement.models import Advance, Clawback, Netting, Settlement
from marketplace.settlement.queries.months import in_subtrees
from marketplace.settlement.rules.receivables import Due
from marketplace.settlement.states import SettlementState
from marketplace.vouchers.models import Voucher

DUES_MAX = 1_000
ADVANCED_STATES = (
    CourseRunState.FILED,
    CourseRunState.OPEN,
    CourseRunState.FULL,
    CourseRunState.RUNNING,
)


@dataclass(frozen=True, slots=True)
class AdvanceRow:
    """An advance as lists show it."""

    advance: Advance
    settlement_code: str
    settlement_state: SettlementState
    institution_code: str
    institution_name: str
    run_code: str
    title: str
    ends_on: date
    currency: str
    recovered_fen: int

    @property
    def amount(self) -> Money:
        return Money(self.advance.amount_fen, self.currency)

    @property
    def outstanding(self) -> Money:
        paid = self.advance.amount_fen if self.advance.paid_at else 0
        return Money(max(paid - int(self.recovered_fen), 0), self.currency)

    @property
    def recovered(self) -> Money:
        return Money(int(self.recovered_fen), self.currency)

    @property
    def is_overdue(self) -> bool:
        return self.outstanding.fen > 0 and self.advance.clear_by < clock.today()


@dataclass(frozen=True, slots=True)
class ClawbackRow:
    """A clawback as lists show it."""

    clawback: Clawback
    settlement_code: str
    institution_code: str
    institution_name: str
    prepared_by_login: str
    decided_by_login: str | None
    netted_fen: int

    @property
    def amount(self) -> Money:
        return Money(self.clawback.amount_fen, self.clawback.currency)

    @property
    def owed_fen(self) -> int:
        """What the instalments come to: what was not taken from withheld shares."""
        return self.clawback.amount_fen - self.clawback.retained_fen

    @property
    def retained(self) -> Money:
        """What was taken from withheld shares."""
        return Money(self.clawback.retained_fen, self.clawback.currency)

    @property
    def outstanding(self) -> Money:
        is_owed = self.clawback.state is SettlementState.APPROVED
        left = self.owed_fen - int(self.netted_fen) if is_owed else 0
        return Money(left, self.clawback.currency)


@dataclass(frozen=True, slots=True)
class RunToAdvance:
    """A class that is not over, with vouchers tied to it and no advance yet."""

    course_run_id: int
    run_code: str
    title: str
    institution_id: int
    institution_name: str
    starts_on: date
    ends_on: date
    expected_fen: int
    currency: str
    state: CourseRunState


def find_advance_of(settlement_id: int) -> Advance | None:
    """The advance a settlement pays; none: the settlement is a month."""
    return db.session.scalar(select(Advance).where(Advance.settlement_id == settlement_id))


def get_owed_name(settlement_id: int, *, institution_code: str) -> AccountName:
    """What a payout of a settlement is booked against: what was earned, or the advance."""
    is_month = find_advance_of(settlement_id) is None
    return payable(institution_code) if is_month else advanced(institution_code)


def find_advance_of_run(course_run_id: int) -> Advance | None:
    """The advance of a class that was not sent back."""
    return db.session.scalar(
        select(Advance).where(Advance.course_run_id == course_run_id, Advance.released_at.is_(None))
    )


def get_expected(course_run_id: int) -> tuple[int, str | None]:
    """What a class is expected to earn by the vouchers held or redeemed, and its currency."""
    fen, currency = db.session.execute(
        select(func.sum(Reservation.amount_fen), func.min(Fund.currency))
        .select_from(Reservation)
        .join(Enrollment, Enrollment.id == Reservation.enrollment_id)
        .join(Voucher, Voucher.id == Reservation.voucher_id)
        .join(Allotment, Allotment.id == Voucher.allotment_id)
        .join(Fund, Fund.id == Allotment.fund_id)
        .where(
            Enrollment.course_run_id == course_run_id,
            is_standing(),
        )
    ).one()
    return int(fen or 0), currency


def list_runs_to_advance(paths: Sequence[str]) -> list[RunToAdvance]:
    """Classes of these subtrees that could have an advance, those that begin first on top."""
    live = select(Advance.id).where(
        Advance.course_run_id == CourseRun.id, Advance.released_at.is_(None)
    )
    rows = db.session.execute(
        select(
            CourseRun.id,
            CourseRun.code,
            CourseVersion.title,
            Institution.id,
            Institution.name,
            CourseRun.starts_on,
            CourseRun.ends_on,
            func.sum(Reservation.amount_fen),
            func.min(Fund.currency),
            CourseRun.state,
        )
        .select_from(Reservation)
        .join(Enrollment, Enrollment.id == Reservation.enrollment_id)
        .join(CourseRun, CourseRun.id == Enrollment.course_run_id)
        .join(CourseVersion, CourseVersion.id == CourseRun.course_version_id)
        .join(Institution, Institution.id == CourseRun.institution_id)
        .outerjoin(Jurisdiction, Jurisdiction.id == Institution.jurisdiction_id)
        .join(Voucher, Voucher.id == Reservation.voucher_id)
        .join(Allotment, Allotment.id == Voucher.allotment_id)
        .join(Fund, Fund.id == Allotment.fund_id)
        .where(
            is_standing(),
            CourseRun.state.in_(ADVANCED_STATES),
            ~live.exists(),
            in_subtrees(paths),
        )
        .group_by(
            CourseRun.id,
            CourseRun.code,
            CourseVersion.title,
            Institution.id,
            Institution.name,
            CourseRun.starts_on,
            CourseRun.ends_on,
            CourseRun.state,
        )
        .order_by(CourseRun.starts_on, CourseRun.id)
        .limit(200)
    )
    return [RunToAdvance(*row[:7], int(row[7]), row[8], row[9]) for row in rows]


def sum_earned_by_run(redemption_ids: Sequence[int]) -> dict[int, int]:
    """What these redemptions come to, by course run, in fen."""
    rows = db.session.execute(
        select(Enrollment.course_run_id, func.sum(Redemption.amount_fen))
        .join(Redemption, Redemption.enrollment_id == Enrollment.id)
        .where(is_among(Redemption.id, redemption_ids))
        .group_by(Enrollment.course_run_id)
    )
    return {run_id: int(fen) for run_id, fen in rows}


def list_dues(institution_id: int) -> list[Due]:
    """What an institution owes and no settlement keeps back yet, oldest first."""
    advances = db.session.execute(
        select(Advance, CourseRun.state, _netted(Netting.advance_id == Advance.id))
        .join(CourseRun, CourseRun.id == Advance.course_run_id)
        .where(
            Advance.institution_id == institution_id,
            Advance.released_at.is_(None),
            Advance.paid_at.is_not(None),
        )
        .order_by(Advance.id)
        .limit(DUES_MAX)
    )
    dues = [
        Due("advance", one.id, one.amount_fen - int(netted), one.course_run_id, state in OVER, 0)
        for one, state, netted in advances
    ]
    clawbacks = db.session.execute(
        select(Clawback, _netted(Netting.clawback_id == Clawback.id))
        .where(
            Clawback.institution_id == institution_id, Clawback.state == SettlementState.APPROVED
        )
        .order_by(Clawback.id)
        .limit(DUES_MAX)
    )
    for one, netted in clawbacks:
        owed = one.amount_fen - one.retained_fen
        by_plan = due_by_plan_fen(
            owed,
            instalments=one.instalments,
            approved_on=clock.local_date(one.decided_at or one.prepared_at),
            today=clock.today(),
        )
        left = owed - int(netted)
        dues.append(Due("clawback", one.id, left, None, True, max(by_plan - int(netted), 0)))
    return [due for due in dues if due.outstanding_fen > 0]


def list_nettings(settlement_id: int) -> Sequence[Netting]:
    """What a settlement keeps back."""
    return db.session.scalars(
        select(Netting)
        .where(Netting.settlement_id == settlement_id, Netting.released_at.is_(None))
        .order_by(Netting.id)
        .limit(DUES_MAX)
    ).all()


def list_advances(
    page: PageRequest, *, paths: Sequence[str], institution_id: int | None = None
) -> Page[AdvanceRow]:
    """Advances of these subtrees (or of one institution), newest first."""
    wanted = _advances().where(in_subtrees(paths))
    if institution_id is not None:
        wanted = wanted.where(Advance.institution_id == institution_id)
    total = db.session.scalar(
        select(func.count()).select_from(wanted.with_only_columns(Advance.id).subquery())
    )
    rows = db.session.execute(
        wanted.order_by(Advance.id.desc()).offset(page.offset).limit(page.limit)
    )
    found = [AdvanceRow(*row) for row in rows]
    return Page(found, total or 0, page.number, page.limit)


def list_clawbacks(
    page: PageRequest,
    *,
    paths: Sequence[str],
    institution_id: int | None = None,
    state: SettlementState | None = None,
) -> Page[ClawbackRow]:
    """Clawbacks of these subtrees (or of one institution, or in a state), newest first."""
    wanted = _clawbacks().where(in_subtrees(paths))
    if state is not None:
        wanted = wanted.where(Clawback.state == state)
    if institution_id is not None:
        wanted = wanted.where(Clawback.institution_id == institution_id)
    total = db.session.scalar(
        select(func.count()).select_from(wanted.with_only_columns(Clawback.id).subquery())
    )
    rows = db.session.execute(
        wanted.order_by(Clawback.id.desc()).offset(page.offset).limit(page.limit)
    )
    found = [ClawbackRow(*row) for row in rows]
    return Page(found, total or 0, page.number, page.limit)


def get_clawback_row(code: str, *, paths: Sequence[str]) -> ClawbackRow:
    """One clawback for an officer of these subtrees; else it does not exist."""
    row = db.session.execute(
        _clawbacks().where(Clawback.code == code, in_subtrees(paths))
    ).one_or_none()
    if row is None:
        raise NotFound("clawback", code)
    return ClawbackRow(*row)


def lock_clawback(clawback_id: int) -> Clawback:
    """A clawback, held until the unit of work ends."""
    found = db.session.scalar(
        select(Clawback)
        .where(Clawback.id == clawback_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound("clawback")
    return found


def _netted(of: ColumnElement[bool]) -> ColumnElement[Any]:
    return (
        select(func.coalesce(func.sum(Netting.amount_fen), 0))
        .where(of, Netting.released_at.is_(None))
        .scalar_subquery()
    )


def _advances() -> Select[*tuple[Any, ...]]:
    return (
        select(
            Advance,
            Settlement.code,
            Settlement.state,
            Institution.code,
            Institution.name,
            CourseRun.code,
            CourseVersion.title,
            CourseRun.ends_on,
            Settlement.currency,
            _netted(Netting.advance_id == Advance.id),
        )
        .join(Settlement, Settlement.id == Advance.settlement_id)
        .join(Institution, Institution.id == Advance.institution_id)
        .outerjoin(Jurisdiction, Jurisdiction.id == Institution.jurisdiction_id)
        .join(CourseRun, CourseRun.id == Advance.course_run_id)
        .join(CourseVersion, CourseVersion.id == CourseRun.course_version_id)
    )


def _clawbacks() -> Select[*tuple[Any, ...]]:
    prepared, decided = aliased(User), aliased(User)
    return (
        select(
            Clawback,
            Settlement.code,
            Institution.code,
            Institution.name,
            prepared.login,
            decided.login,
            _netted(Netting.clawback_id == Clawback.id),
        )
        .join(Settlement, Settlement.id == Clawback.settlement_id)
        .join(Institution, Institution.id == Clawback.institution_id)
        .outerjoin(Jurisdiction, Jurisdiction.id == Institution.jurisdiction_id)
        .join(prepared, prepared.id == Clawback.prepared_by)
        .outerjoin(decided, decided.id == Clawback.decided_by)
    )
