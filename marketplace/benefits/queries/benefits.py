"""Benefits that were decided."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, and_, case, column, func, select, table

from marketplace.benefits.models import Benefit, WorkerBankAccount
from marketplace.benefits.states import BenefitKind, BenefitState, WorkerBankAccountState
from marketplace.catalog.models import CourseRun, CourseVersion
from marketplace.enrollment.models import Enrollment
from marketplace.foundation.db import db
from marketplace.foundation.errors import NotFound
from marketplace.people.models import Worker
from marketplace.redemption.models import Redemption

# Payouts is a room above this one, so its tables are named here, not its models.
_payout = table(
    "payout", column("id"), column("code"), column("benefit_id"), column("state"), column("attempt")
)
_clawback = table("benefit_clawback", column("id"), column("benefit_id"), column("state"))
_attempt = table("payout_attempt", column("payout_id"), column("number"), column("outcome"))


def get_benefit(code: str) -> Benefit:
    """A benefit by its public code."""
    found = db.session.scalar(select(Benefit).where(Benefit.code == code))
    if found is None:
        raise NotFound("benefit", code)
    return found


def title_of(benefit: Benefit) -> str:
    """What the training of a benefit is called."""
    return db.session.scalars(
        select(CourseVersion.title)
        .join(CourseRun, CourseRun.course_version_id == CourseVersion.id)
        .join(Enrollment, Enrollment.course_run_id == CourseRun.id)
        .where(Enrollment.id == benefit.enrollment_id)
    ).one()


def lock_benefits(benefit_ids: Collection[int]) -> Sequence[Benefit]:
    """Benefits, lowest number first, held until the unit of work ends."""
    return db.session.scalars(
        select(Benefit)
        .where(Benefit.id.in_(benefit_ids))
        .order_by(Benefit.id)
        .limit(len(benefit_ids))
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()


def find_busy_payout(benefit_id: int) -> str | None:
    """The payout that carries a benefit: prepared, on its way or paid."""
    found: str | None = db.session.scalar(
        select(_payout.c.code).where(_payout.c.benefit_id == benefit_id, is_busy())
    )
    return found


def is_busy() -> ColumnElement[bool]:
    """A payout that neither came back nor was sent back before it left."""
    rejected = (
        select(_attempt.c.payout_id)
        .where(
            _attempt.c.payout_id == _payout.c.id,
            _attempt.c.number == _payout.c.attempt,
            _attempt.c.outcome == "rejected",
        )
        .correlate(_payout)
    )
    return and_(
        _payout.c.state != "returned", ~and_(_payout.c.state == "prepared", rejected.exists())
    )


def count_benefits_before(
    worker_ids: Collection[int], *, kind: BenefitKind, on: date
) -> dict[tuple[int, int], tuple[int, int]]:
    """(person, scheme) -> how many of a kind they have in the year of a day, and ever."""
    of_this_year = Benefit.decided_on >= on.replace(month=1, day=1)
    this_year = func.sum(case((of_this_year, 1), else_=0))
    rows = db.session.execute(
        select(Benefit.worker_id, Benefit.scheme_id, this_year, func.count())
        .where(
            Benefit.worker_id.in_(worker_ids),
            Benefit.kind == kind,
            Benefit.state.in_((BenefitState.DUE, BenefitState.UNFUNDED)),
        )
        .group_by(Benefit.worker_id, Benefit.scheme_id)
        .order_by(Benefit.worker_id)
        .limit(100_000)
    )
    return {(worker, scheme): (int(year), int(ever)) for worker, scheme, year, ever in rows}


def list_allotments_lacking_money() -> Sequence[int]:
    """Allotments from which benefits wait for money."""
    return db.session.scalars(
        select(Benefit.allotment_id)
        .where(Benefit.state == BenefitState.UNFUNDED)
        .distinct()
        .order_by(Benefit.allotment_id)
        .limit(10_000)
    ).all()


def list_unfunded_benefits(allotment_id: int, *, limit: int) -> Sequence[Benefit]:
    """What waits for money of an allotment, the oldest first, held until the unit of work ends."""
    return db.session.scalars(
        select(Benefit)
        .where(Benefit.state == BenefitState.UNFUNDED, Benefit.allotment_id == allotment_id)
        .order_by(Benefit.id)
        .limit(limit)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()


def list_fallen_benefits(*, limit: int) -> Sequence[Benefit]:
    """Those whose redemption was taken back, whose money is not on its way and of which nobody
    takes money back already, held."""
    clawed = select(_clawback.c.id).where(
        _clawback.c.benefit_id == Benefit.id, _clawback.c.state != "rejected"
    )
    busy = select(_payout.c.id).where(_payout.c.benefit_id == Benefit.id, is_busy())
    return db.session.scalars(
        select(Benefit)
        .join(Redemption, Redemption.id == Benefit.redemption_id)
        .where(
            Benefit.state != BenefitState.WITHDRAWN,
            Redemption.reversal_entry_id.is_not(None),
            ~busy.exists(),
            ~clawed.exists(),
        )
        .order_by(Benefit.id)
        .limit(limit)
        .with_for_update(of=Benefit)
        .execution_options(populate_existing=True)
    ).all()


@dataclass(frozen=True, slots=True)
class Waiting:
    """A person whose money waits for an account."""

    worker_id: int
    user_id: int
    amount_fen: int
    currency: str


def list_workers_to_remind(before: datetime, *, limit: int) -> list[Waiting]:
    """People who are owed money, have named no account and were last asked before an instant."""
    named = select(WorkerBankAccount.id).where(
        WorkerBankAccount.worker_id == Benefit.worker_id,
        WorkerBankAccount.state == WorkerBankAccountState.IN_FORCE,
    )
    last = func.max(func.coalesce(Benefit.reminded_at, Benefit.decided_at))
    rows = db.session.execute(
        select(Benefit.worker_id, Worker.user_id, func.sum(Benefit.to_pay_fen), Benefit.currency)
        .join(Worker, Worker.id == Benefit.worker_id)
        .where(
            Benefit.state == BenefitState.DUE,
            Benefit.netted_fen < Benefit.amount_fen,
            Worker.user_id.is_not(None),
            ~named.exists(),
        )
        .group_by(Benefit.worker_id, Worker.user_id, Benefit.currency)
        .having(last < before)
        .order_by(Benefit.worker_id)
        .limit(limit)
    )
    return [
        Waiting(worker, user, int(fen), money)
        for worker, user, fen, money in rows
        if user is not None
    ]
