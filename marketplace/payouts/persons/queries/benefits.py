"""Benefits as the office and their people see them: each with where it stands."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select, case, func, or_, select
from sqlalchemy.orm import aliased

from marketplace.benefits.models import Benefit, WorkerBankAccount
from marketplace.benefits.states import BenefitKind, BenefitState
from marketplace.catalog.models import CourseRun, CourseVersion
from marketplace.enrollment.models import Enrollment
from marketplace.foundation.db import db
from marketplace.foundation.errors import NotFound
from marketplace.foundation.money import Money
from marketplace.foundation.paging import Page, PageRequest
from marketplace.funds.models import Allotment
from marketplace.jurisdictions.models import Jurisdiction
from marketplace.payouts.models import Payout, PayoutAttempt, PayoutBatch
from marketplace.payouts.persons.queries.stages import (
    IN_FORCE,
    stage_is,
    stage_of,
    with_payments,
)
from marketplace.payouts.persons.rules import Stage
from marketplace.payouts.states import PayoutState
from marketplace.people.models import Worker
from marketplace.redemption.models import Redemption
from marketplace.settlement.queries import in_subtrees

EXPORT_MAX = 200_000


@dataclass(frozen=True, slots=True)
class BenefitRow:
    """A benefit with where it stands."""

    benefit: Benefit
    worker_code: str
    title: str
    enrollment_code: str
    stage: Stage
    bank_name: str | None
    number_masked: str | None
    """Of the account it was tried on, or else of the one in force."""
    payable_from: date | None
    payout: Payout | None
    outcome: str | None
    """Of the newest try: `confirmed`, `returned:CODE`, `rejected`."""
    cause_is_gone: bool
    """The redemption it followed from was taken back."""
    redemption_code: str

    @property
    def amount(self) -> Money:
        return Money(self.benefit.amount_fen, self.benefit.currency)

    @property
    def to_pay(self) -> Money:
        """What is left after what was kept back."""
        return Money(self.benefit.to_pay_fen, self.benefit.currency)

    @property
    def return_code(self) -> str | None:
        """Why the bank sent it back."""
        came_back = (self.outcome or "").startswith("returned:")
        return (self.outcome or "").removeprefix("returned:") if came_back else None


@dataclass(frozen=True, slots=True)
class StageSum:
    """How many benefits stand somewhere, and what they come to."""

    count: int
    amount: Money


@dataclass(frozen=True, slots=True)
class PersonSums:
    """What a person got, and what is still to come, in fen."""

    paid_fen: int
    open_fen: int


def list_benefits(
    page: PageRequest,
    *,
    paths: Sequence[str],
    stage: Stage | None = None,
    kind: BenefitKind | None = None,
    worker_code: str = "",
) -> Page[BenefitRow]:
    """Benefits paid from allotments of these subtrees, newest first."""
    wanted = _benefit_rows().where(in_subtrees(paths))
    if stage is not None:
        wanted = wanted.where(stage_is(stage))
    if kind is not None:
        wanted = wanted.where(Benefit.kind == kind)
    if worker_code:
        wanted = wanted.where(or_(Worker.code == worker_code, Benefit.code == worker_code))
    total = db.session.scalar(
        select(func.count()).select_from(wanted.with_only_columns(Benefit.id).subquery())
    )
    rows = db.session.execute(
        wanted.order_by(Benefit.id.desc()).offset(page.offset).limit(page.limit)
    )
    return Page([_benefit_row(row) for row in rows], total or 0, page.number, page.limit)


def each_benefit(*, paths: Sequence[str], stage: Stage | None) -> Iterator[BenefitRow]:
    """Benefits of these subtrees for a download, oldest first."""
    wanted = _benefit_rows().where(in_subtrees(paths))
    if stage is not None:
        wanted = wanted.where(stage_is(stage))
    rows = db.session.execute(
        wanted.order_by(Benefit.id).limit(EXPORT_MAX).execution_options(yield_per=500)
    )
    for row in rows:
        yield _benefit_row(row)


def list_benefits_of_worker(worker_id: int, page: PageRequest) -> Page[BenefitRow]:
    """A person's own benefits, newest first."""
    wanted = _benefit_rows().where(Benefit.worker_id == worker_id)
    total = db.session.scalar(
        select(func.count()).select_from(Benefit).where(Benefit.worker_id == worker_id)
    )
    rows = db.session.execute(
        wanted.order_by(Benefit.id.desc()).offset(page.offset).limit(page.limit)
    )
    return Page([_benefit_row(row) for row in rows], total or 0, page.number, page.limit)


def get_benefit_row(code: str, *, paths: Sequence[str]) -> BenefitRow:
    """One benefit for an officer of these subtrees; else it does not exist."""
    row = db.session.execute(
        _benefit_rows().where(Benefit.code == code, in_subtrees(paths))
    ).one_or_none()
    if row is None:
        raise NotFound("benefit", code)
    return _benefit_row(row)


def sum_by_stage(*, paths: Sequence[str], currency: str) -> dict[Stage, StageSum]:
    """How many benefits stand where, and what they come to; every stage is named."""
    stage = stage_of()
    rows = db.session.execute(
        with_payments(stage.label("stage"), func.count(), func.sum(Benefit.amount_fen))
        .where(in_subtrees(paths), Benefit.currency == currency)
        .group_by(stage)
        .order_by(stage)
    )
    found = {Stage(name): StageSum(count, Money(int(fen), currency)) for name, count, fen in rows}
    nothing = StageSum(0, Money(0, currency))
    return {one: found.get(one, nothing) for one in Stage}


def count_benefits_to_pay(paths: Sequence[str]) -> int:
    """Benefits that can be paid now, and those that came back."""
    waits = or_(stage_is(Stage.READY), stage_is(Stage.CAME_BACK))
    wanted = with_payments(func.count()).where(in_subtrees(paths), waits)
    return db.session.scalar(wanted) or 0


def sum_of_worker(worker_id: int) -> PersonSums:
    """Paid by the bank; and due or waiting for money, on its way included."""
    paid = func.sum(case((stage_is(Stage.PAID), Benefit.to_pay_fen), else_=0))
    owed = Benefit.state.in_((BenefitState.DUE, BenefitState.UNFUNDED))
    every = func.sum(case((owed, Benefit.to_pay_fen), else_=0))
    row = db.session.execute(with_payments(paid, every).where(Benefit.worker_id == worker_id)).one()
    got, whole = int(row[0] or 0), int(row[1] or 0)
    return PersonSums(got, whole - got)


def owes_worker(worker_code: str, *, paths: Sequence[str]) -> bool:
    """Whether an allotment of these subtrees has ever owed a person something."""
    found = db.session.scalar(
        select(Benefit.id)
        .join(Worker, Worker.id == Benefit.worker_id)
        .join(Allotment, Allotment.id == Benefit.allotment_id)
        .join(Jurisdiction, Jurisdiction.id == Allotment.jurisdiction_id)
        .where(Worker.code == worker_code, in_subtrees(paths))
        .limit(1)
    )
    return found is not None


def list_attempts_of_benefit(benefit_id: int) -> Sequence[tuple[PayoutAttempt, str, str]]:
    """Every try to pay a benefit, with its batch's code and the masked account, oldest first."""
    rows = db.session.execute(
        select(PayoutAttempt, PayoutBatch.code, WorkerBankAccount.number_masked)
        .join(Payout, Payout.id == PayoutAttempt.payout_id)
        .join(PayoutBatch, PayoutBatch.id == PayoutAttempt.batch_id)
        .join(WorkerBankAccount, WorkerBankAccount.id == PayoutAttempt.worker_bank_account_id)
        .where(Payout.benefit_id == benefit_id)
        .order_by(PayoutAttempt.id)
        .limit(100)
    )
    return [(attempt, code, masked) for attempt, code, masked in rows]


def _benefit_rows() -> Select[Any]:
    tried = aliased(WorkerBankAccount)
    shown = case((Payout.state.in_((PayoutState.SENT, PayoutState.CONFIRMED)), True), else_=False)
    return (
        with_payments(
            Benefit,
            Worker.code,
            CourseVersion.title,
            Enrollment.code,
            stage_of(),
            case((shown, tried.bank_name), else_=IN_FORCE.bank_name),
            case((shown, tried.number_masked), else_=IN_FORCE.number_masked),
            IN_FORCE.payable_from,
            Payout,
            PayoutAttempt.outcome,
            Redemption.reversal_entry_id.is_not(None),
            Redemption.code,
        )
        .outerjoin(tried, tried.id == PayoutAttempt.worker_bank_account_id)
        .join(Redemption, Redemption.id == Benefit.redemption_id)
        .join(Enrollment, Enrollment.id == Benefit.enrollment_id)
        .join(CourseRun, CourseRun.id == Enrollment.course_run_id)
        .join(CourseVersion, CourseVersion.id == CourseRun.course_version_id)
    )


def _benefit_row(row: Any) -> BenefitRow:
    benefit, worker_code, title, enrollment_code, stage, *rest = row
    return BenefitRow(benefit, worker_code, title, enrollment_code, Stage(stage), *rest)
