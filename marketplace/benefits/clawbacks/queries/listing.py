"""Clawbacks from people as the office and the people see them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, and_, cast, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, aliased

from marketplace.benefits.clawbacks.models import (
    BenefitClawback,
    BenefitClawbackDispute,
    BenefitNetting,
    BenefitRepayment,
)
from marketplace.benefits.clawbacks.queries.standing import payout_table
from marketplace.benefits.clawbacks.states import (
    BenefitClawbackState,
    ClawbackDisputeState,
    RepaymentKind,
    RepaymentState,
)
from marketplace.benefits.models import Benefit
from marketplace.benefits.states import BenefitState
from marketplace.catalog.models import CourseRun, CourseVersion
from marketplace.enrollment.models import Enrollment
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.errors import NotFound
from marketplace.foundation.instalments import Instalment, list_instalments
from marketplace.foundation.money import Money
from marketplace.foundation.paging import Page, PageRequest
from marketplace.funds.models import Allotment
from marketplace.institutions.queries import in_subtrees
from marketplace.jurisdictions.models import Jurisdiction
from marketplace.people.models import User, Worker
from marketplace.redemption.models import Redemption

SHOWN_MAX = 100
EXPORT_MAX = 200_000


class Wanted(StrEnum):
    """Which clawbacks a list shows."""

    TO_SIGN = "to_sign"
    """A clawback, a repayment or a waiver waits for its second signature."""
    DISPUTED = "disputed"
    OPEN = "open"
    """In force, and something of it is still to be given back."""
    SETTLED = "settled"


@dataclass(frozen=True, slots=True)
class BenefitClawbackRow:
    """A clawback with what became of it; amounts in fen."""

    clawback: BenefitClawback
    benefit: Benefit
    worker_code: str
    title: str
    prepared_by_login: str
    decided_by_login: str | None
    netted_fen: int
    repaid_fen: int
    waived_fen: int
    open_disputes: int

    @property
    def amount(self) -> Money:
        return Money(self.clawback.amount_fen, self.clawback.currency)

    @property
    def recovered_fen(self) -> int:
        """Kept back and paid back."""
        return self.netted_fen + self.repaid_fen

    @property
    def left_fen(self) -> int:
        """Still to be given back; 0 while it is not in force."""
        if self.clawback.state is not BenefitClawbackState.APPROVED:
            return 0
        return self.clawback.amount_fen - self.recovered_fen - self.waived_fen

    @property
    def left(self) -> Money:
        return Money(self.left_fen, self.clawback.currency)

    @property
    def plan(self) -> list[Instalment]:
        """Its monthly parts; what came back, or was waived, covers the earlier ones first."""
        decided_at = self.clawback.decided_at
        is_owed = self.clawback.state is BenefitClawbackState.APPROVED
        return list_instalments(
            self.clawback.amount_fen,
            instalments=self.clawback.instalments,
            approved_on=clock.local_date(decided_at) if is_owed and decided_at else None,
            kept_back_fen=self.recovered_fen + self.waived_fen,
        )

    @property
    def is_settled(self) -> bool:
        return self.clawback.state is BenefitClawbackState.APPROVED and self.left_fen == 0


@dataclass(frozen=True, slots=True)
class FallenBenefit:
    """A paid benefit whose redemption was taken back, and of which nobody takes money back."""

    benefit: Benefit
    worker_code: str
    title: str

    @property
    def amount(self) -> Money:
        return Money(self.benefit.amount_fen, self.benefit.currency)


def list_benefit_clawbacks(
    page: PageRequest, *, paths: Sequence[str], wanted: Wanted | None = None, code: str = ""
) -> Page[BenefitClawbackRow]:
    """Clawbacks of benefits paid from allotments of these subtrees, newest first."""
    asked = _rows().where(in_subtrees(paths))
    if wanted is not None:
        asked = asked.where(_is(wanted))
    if code:
        asked = asked.where(
            or_(BenefitClawback.code == code, Benefit.code == code, Worker.code == code)
        )
    total = db.session.scalar(
        select(func.count()).select_from(asked.with_only_columns(BenefitClawback.id).subquery())
    )
    rows = db.session.execute(
        asked.order_by(BenefitClawback.id.desc()).offset(page.offset).limit(page.limit)
    )
    return Page([BenefitClawbackRow(*row) for row in rows], total or 0, page.number, page.limit)


def each_benefit_clawback(
    *, paths: Sequence[str], wanted: Wanted | None
) -> Iterator[BenefitClawbackRow]:
    """The same for a download, oldest first."""
    asked = _rows().where(in_subtrees(paths))
    if wanted is not None:
        asked = asked.where(_is(wanted))
    rows = db.session.execute(
        asked.order_by(BenefitClawback.id).limit(EXPORT_MAX).execution_options(yield_per=500)
    )
    for row in rows:
        yield BenefitClawbackRow(*row)


def get_benefit_clawback_row(code: str, *, paths: Sequence[str]) -> BenefitClawbackRow:
    """One clawback for an officer of these subtrees; else it does not exist."""
    row = db.session.execute(
        _rows().where(BenefitClawback.code == code, in_subtrees(paths))
    ).one_or_none()
    if row is None:
        raise NotFound("benefit_clawback", code)
    return BenefitClawbackRow(*row)


def get_own_clawback(code: str, *, worker_id: int) -> BenefitClawbackRow:
    """A person's own clawback, once it is in force."""
    row = db.session.execute(
        _of_worker(worker_id).where(BenefitClawback.code == code)
    ).one_or_none()
    if row is None:
        raise NotFound("benefit_clawback", code)
    return BenefitClawbackRow(*row)


def list_clawbacks_of_worker(worker_id: int) -> list[BenefitClawbackRow]:
    """What a person has to give back or gave back, newest first (at most 100)."""
    rows = db.session.execute(
        _of_worker(worker_id).order_by(BenefitClawback.id.desc()).limit(SHOWN_MAX)
    )
    return [BenefitClawbackRow(*row) for row in rows]


def list_clawbacks_of_benefit(benefit_id: int) -> Sequence[BenefitClawback]:
    """What was taken back of a benefit, oldest first."""
    return db.session.scalars(
        select(BenefitClawback)
        .where(BenefitClawback.benefit_id == benefit_id)
        .order_by(BenefitClawback.id)
        .limit(SHOWN_MAX)
    ).all()


def list_nettings(clawback_id: int) -> Sequence[tuple[BenefitNetting, str]]:
    """What was kept back for a clawback, each with its benefit's code, oldest first."""
    rows = db.session.execute(
        select(BenefitNetting, Benefit.code)
        .join(Benefit, Benefit.id == BenefitNetting.benefit_id)
        .where(BenefitNetting.clawback_id == clawback_id)
        .order_by(BenefitNetting.id)
        .limit(SHOWN_MAX)
    )
    return [(netting, code) for netting, code in rows]


def list_repayments(clawback_id: int) -> Sequence[tuple[BenefitRepayment, str, str | None]]:
    """Repayments and waivers with the logins of both officers, oldest first."""
    maker, checker = aliased(User), aliased(User)
    rows = db.session.execute(
        select(BenefitRepayment, maker.login, checker.login)
        .join(maker, maker.id == BenefitRepayment.prepared_by)
        .outerjoin(checker, checker.id == BenefitRepayment.decided_by)
        .where(BenefitRepayment.clawback_id == clawback_id)
        .order_by(BenefitRepayment.id)
        .limit(SHOWN_MAX)
    )
    return [(repayment, made, decided) for repayment, made, decided in rows]


def get_repayment(code: str, *, clawback_id: int) -> BenefitRepayment:
    """A repayment of a clawback by its code."""
    found = db.session.scalar(
        select(BenefitRepayment).where(
            BenefitRepayment.code == code, BenefitRepayment.clawback_id == clawback_id
        )
    )
    if found is None:
        raise NotFound("benefit_repayment", code)
    return found


def list_disputes(clawback_id: int) -> Sequence[BenefitClawbackDispute]:
    """What the person said against a clawback and what was answered, newest first."""
    return db.session.scalars(
        select(BenefitClawbackDispute)
        .where(BenefitClawbackDispute.clawback_id == clawback_id)
        .order_by(BenefitClawbackDispute.id.desc())
        .limit(SHOWN_MAX)
    ).all()


def list_paid_but_fallen(*, paths: Sequence[str]) -> list[FallenBenefit]:
    """Benefits that were paid before their redemption was taken back, oldest first (at most 100):
    an officer begins a clawback, or leaves it."""
    rows = db.session.execute(
        _fallen(paths, Benefit, Worker.code, CourseVersion.title)
        .order_by(Benefit.id)
        .limit(SHOWN_MAX)
    )
    return [FallenBenefit(*row) for row in rows]


def count_clawbacks_to_work_on(paths: Sequence[str]) -> int:
    """Paid benefits that lost their cause, signatures and answers that wait."""
    waits = or_(_is(Wanted.TO_SIGN), _is(Wanted.DISPUTED))
    asked = _rows().where(in_subtrees(paths), waits).with_only_columns(func.count())
    fallen = _fallen(paths, func.count())
    return (db.session.scalar(asked) or 0) + (db.session.scalar(fallen) or 0)


def _of_worker(worker_id: int) -> Select[Any]:
    return _rows().where(
        BenefitClawback.worker_id == worker_id,
        BenefitClawback.state == BenefitClawbackState.APPROVED,
    )


def _is(wanted: Wanted) -> ColumnElement[bool]:
    in_force = BenefitClawback.state == BenefitClawbackState.APPROVED
    left = BenefitClawback.amount_fen - _netted() - _repaid(None)
    if wanted is Wanted.OPEN:
        return and_(in_force, left > 0)
    if wanted is Wanted.SETTLED:
        return and_(in_force, left == 0)
    if wanted is Wanted.DISPUTED:
        return _disputes() > 0
    waits = select(BenefitRepayment.id).where(
        BenefitRepayment.clawback_id == BenefitClawback.id,
        BenefitRepayment.state == RepaymentState.PREPARED,
    )
    return or_(BenefitClawback.state == BenefitClawbackState.PREPARED, waits.exists())


def _sum(amount: ColumnElement[int] | InstrumentedAttribute[int]) -> ColumnElement[int]:
    """Whole fen on both engines: PostgreSQL adds up to a decimal."""
    return cast(func.coalesce(func.sum(amount), 0), BigInteger)


def _netted() -> ColumnElement[Any]:
    return (
        select(_sum(BenefitNetting.amount_fen))
        .where(
            BenefitNetting.clawback_id == BenefitClawback.id, BenefitNetting.released_at.is_(None)
        )
        .scalar_subquery()
    )


def _repaid(is_waiver: bool | None) -> ColumnElement[Any]:
    """Booked repayments; of waivers only, of others only, or of both."""
    asked = select(_sum(BenefitRepayment.amount_fen)).where(
        BenefitRepayment.clawback_id == BenefitClawback.id,
        BenefitRepayment.state == RepaymentState.BOOKED,
    )
    if is_waiver is True:
        asked = asked.where(BenefitRepayment.kind == RepaymentKind.WAIVER)
    elif is_waiver is False:
        asked = asked.where(BenefitRepayment.kind != RepaymentKind.WAIVER)
    return asked.scalar_subquery()


def _disputes() -> ColumnElement[Any]:
    return (
        select(func.count())
        .where(
            BenefitClawbackDispute.clawback_id == BenefitClawback.id,
            BenefitClawbackDispute.state == ClawbackDisputeState.OPEN,
        )
        .scalar_subquery()
    )


def _rows() -> Select[Any]:
    prepared, decided = aliased(User), aliased(User)
    return _with_training(
        select(
            BenefitClawback,
            Benefit,
            Worker.code,
            CourseVersion.title,
            prepared.login,
            decided.login,
            _netted(),
            _repaid(False),
            _repaid(True),
            _disputes(),
        )
        .select_from(BenefitClawback)
        .join(Benefit, Benefit.id == BenefitClawback.benefit_id)
        .join(prepared, prepared.id == BenefitClawback.prepared_by)
        .outerjoin(decided, decided.id == BenefitClawback.decided_by)
    )


def _fallen(paths: Sequence[str], *columns: Any) -> Select[Any]:
    clawed = select(BenefitClawback.id).where(
        BenefitClawback.benefit_id == Benefit.id,
        BenefitClawback.state != BenefitClawbackState.REJECTED,
    )
    paid = select(payout_table.c.id).where(
        payout_table.c.benefit_id == Benefit.id, payout_table.c.state == "confirmed"
    )
    asked = (
        select(*columns)
        .select_from(Benefit)
        .join(Redemption, Redemption.id == Benefit.redemption_id)
    )
    return _with_training(asked).where(
        in_subtrees(paths),
        Benefit.state == BenefitState.DUE,
        Redemption.reversal_entry_id.is_not(None),
        paid.exists(),
        ~clawed.exists(),
    )


def _with_training(asked: Select[Any]) -> Select[Any]:
    return (
        asked.join(Worker, Worker.id == Benefit.worker_id)
        .join(Allotment, Allotment.id == Benefit.allotment_id)
        .join(Jurisdiction, Jurisdiction.id == Allotment.jurisdiction_id)
        .join(Enrollment, Enrollment.id == Benefit.enrollment_id)
        .join(CourseRun, CourseRun.id == Enrollment.course_run_id)
        .join(CourseVersion, CourseVersion.id == CourseRun.course_version_id)
    )
