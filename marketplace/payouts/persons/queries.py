"""Benefits on their way to people: what can be paid, what a batch carries, where each stands."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select
from sqlalchemy.orm import aliased

from marketplace.benefits.models import Benefit, WorkerAccount
from marketplace.benefits.states import BenefitKind, BenefitState, WorkerAccountState
from marketplace.catalog.models import CourseRun, CourseVersion
from marketplace.enrollment.models import Enrollment
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.errors import NotFound
from marketplace.foundation.money import Money
from marketplace.foundation.paging import Page, PageRequest
from marketplace.funds.models import Allotment
from marketplace.jurisdictions.models import Jurisdiction
from marketplace.payouts.models import Payout, PayoutAttempt, PayoutBatch
from marketplace.payouts.persons.rules import PayableBenefitFacts, Stage
from marketplace.payouts.rails.protocol import PaymentOrder, RailPayee
from marketplace.payouts.rules import DepartureFacts
from marketplace.payouts.states import PayoutState
from marketplace.people.models import Worker
from marketplace.redemption.models import Redemption
from marketplace.settlement.queries import in_subtrees

BATCH_MAX = 1_000
_IN_FORCE = aliased(WorkerAccount)


@dataclass(frozen=True, slots=True)
class PersonPayout:
    """One payout of a batch that pays people, as tried there."""

    payout: Payout
    attempt: PayoutAttempt
    account: WorkerAccount
    benefit: Benefit
    worker: Worker
    account_in_force_id: int | None
    payable_from: date | None

    @property
    def amount(self) -> Money:
        return Money(self.payout.amount_fen, self.payout.currency)

    @property
    def masked_number(self) -> str:
        """The account as pages may show it."""
        return self.account.number_masked

    @property
    def is_present_attempt(self) -> bool:
        return self.payout.attempt == self.attempt.number

    def payee(self) -> RailPayee:
        """What a channel asks; the person is named by the benefit's code."""
        return RailPayee(self.benefit.code, None, self.payout.currency)

    def departure_facts(self) -> DepartureFacts:
        """What the rules ask before it leaves; the person is named by the benefit's code."""
        return DepartureFacts(
            institution_name=self.benefit.code,
            institution_held=False,
            payout_account_id=self.account.id,
            verified_payout_account_id=self.account_in_force_id,
            payable_from=self.payable_from,
        )

    def order(self) -> PaymentOrder:
        """The payment as the bank reads it: the only place where name and number are opened."""
        return PaymentOrder(
            end_to_end_id=self.attempt.end_to_end_id,
            amount=self.amount,
            payee_name=self.worker.name,
            payee_number=self.account.number,
            payee_bank_code=self.account.bank_code,
            payee_bank_name=self.account.bank_name,
            remittance=self.benefit.code,
        )


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

    @property
    def amount(self) -> Money:
        return Money(self.benefit.amount_fen, self.benefit.currency)

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


def lock_payable_benefits(benefit_ids: Collection[int]) -> list[PayableBenefitFacts]:
    """The given benefits, held, with all that decides whether they can be paid; by number."""
    db.session.execute(
        select(Benefit.id)
        .where(Benefit.id.in_(benefit_ids))
        .order_by(Benefit.id)
        .limit(BATCH_MAX)
        .with_for_update()
    ).all()
    rows = db.session.execute(
        _rows(Benefit, Payout, PayoutAttempt.outcome, _IN_FORCE.id, _IN_FORCE.payable_from)
        .where(Benefit.id.in_(benefit_ids))
        .order_by(Benefit.id)
        .limit(BATCH_MAX)
        .execution_options(populate_existing=True)
    )
    return [
        PayableBenefitFacts(
            benefit.code,
            benefit.state,
            benefit.currency,
            payout.code if payout and not _is_free(payout, outcome) else None,
            account_id,
            payable_from,
        )
        for benefit, payout, outcome, account_id, payable_from in rows
    ]


def _is_free(payout: Payout, outcome: str | None) -> bool:
    """A returned payout, or one whose batch was rejected, may be tried again."""
    if payout.state == PayoutState.RETURNED:
        return True
    return payout.state == PayoutState.PREPARED and outcome == "rejected"


def list_benefits_to_prepare(benefit_ids: Collection[int]) -> list[tuple[Benefit, int | None, int]]:
    """Benefits with the payout they had before and the account in force, by number."""
    rows = db.session.execute(
        _rows(Benefit, Payout.id, _IN_FORCE.id)
        .where(Benefit.id.in_(benefit_ids), _IN_FORCE.id.is_not(None))
        .order_by(Benefit.id)
        .limit(BATCH_MAX)
    )
    return [(benefit, payout_id, account_id) for benefit, payout_id, account_id in rows]


def list_ready_ids(*, paths: Sequence[str], limit: int = BATCH_MAX) -> list[int]:
    """Benefits that can be paid now, the oldest first (at most 1,000: one batch)."""
    return list(
        db.session.scalars(
            _rows(Benefit.id)
            .where(stage_is(Stage.READY), in_subtrees(paths))
            .order_by(Benefit.id)
            .limit(min(limit, BATCH_MAX))
        )
    )


def list_ids_of_codes(codes: Collection[str], *, paths: Sequence[str]) -> list[int]:
    """Benefits of these subtrees by code; others are not found."""
    return list(
        db.session.scalars(
            _rows(Benefit.id)
            .where(Benefit.code.in_(sorted(codes)), in_subtrees(paths))
            .order_by(Benefit.id)
            .limit(BATCH_MAX)
        )
    )


def list_people_of_batch(batch_id: int) -> list[PersonPayout]:
    """The payouts of a batch to people, with their accounts, in the order of the file."""
    rows = db.session.execute(
        select(
            Payout,
            PayoutAttempt,
            WorkerAccount,
            Benefit,
            Worker,
            _IN_FORCE.id,
            _IN_FORCE.payable_from,
        )
        .select_from(PayoutAttempt)
        .join(Payout, Payout.id == PayoutAttempt.payout_id)
        .join(WorkerAccount, WorkerAccount.id == PayoutAttempt.worker_account_id)
        .join(Benefit, Benefit.id == Payout.benefit_id)
        .join(Worker, Worker.id == Benefit.worker_id)
        .outerjoin(
            _IN_FORCE,
            and_(_IN_FORCE.worker_id == Worker.id, _IN_FORCE.state == WorkerAccountState.IN_FORCE),
        )
        .where(PayoutAttempt.batch_id == batch_id)
        .order_by(PayoutAttempt.id)
        .limit(BATCH_MAX)
        .execution_options(populate_existing=True)
    )
    return [PersonPayout(*row) for row in rows]


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
    stage = _stage()
    rows = db.session.execute(
        _rows(stage.label("stage"), func.count(), func.sum(Benefit.amount_fen))
        .where(in_subtrees(paths), Benefit.currency == currency)
        .group_by(stage)
        .order_by(stage)
    )
    found = {Stage(name): StageSum(count, Money(int(fen), currency)) for name, count, fen in rows}
    nothing = StageSum(0, Money(0, currency))
    return {one: found.get(one, nothing) for one in Stage}


def list_attempts_of_benefit(benefit_id: int) -> Sequence[tuple[PayoutAttempt, str, str]]:
    """Every try to pay a benefit, with its batch's code and the masked account, oldest first."""
    rows = db.session.execute(
        select(PayoutAttempt, PayoutBatch.code, WorkerAccount.number_masked)
        .join(Payout, Payout.id == PayoutAttempt.payout_id)
        .join(PayoutBatch, PayoutBatch.id == PayoutAttempt.batch_id)
        .join(WorkerAccount, WorkerAccount.id == PayoutAttempt.worker_account_id)
        .where(Payout.benefit_id == benefit_id)
        .order_by(PayoutAttempt.id)
        .limit(100)
    )
    return [(attempt, code, masked) for attempt, code, masked in rows]


def stage_is(stage: Stage) -> ColumnElement[bool]:
    """The condition that a benefit stands somewhere; needs the joins of `_rows`."""
    return _stages()[stage]


def _stages() -> dict[Stage, ColumnElement[bool]]:
    """Each benefit stands in exactly one place; the conditions exclude one another."""
    due = Benefit.state == BenefitState.DUE
    rejected = and_(
        Payout.state == PayoutState.PREPARED,
        func.coalesce(PayoutAttempt.outcome, "") == "rejected",
    )
    returned = func.coalesce(Payout.state == PayoutState.RETURNED, False)
    free = and_(due, or_(Payout.id.is_(None), returned, rejected))
    has_account = _IN_FORCE.id.is_not(None)
    is_held = func.coalesce(_IN_FORCE.payable_from > clock.today(), False)
    same_again = and_(
        returned, func.coalesce(PayoutAttempt.worker_account_id == _IN_FORCE.id, False)
    )
    return {
        Stage.READY: and_(free, has_account, ~is_held, ~same_again),
        Stage.NO_ACCOUNT: and_(free, ~has_account),
        Stage.HELD: and_(free, has_account, is_held, ~same_again),
        Stage.CAME_BACK: and_(free, has_account, same_again),
        Stage.IN_BATCH: and_(
            due,
            or_(
                Payout.state == PayoutState.APPROVED,
                and_(Payout.state == PayoutState.PREPARED, ~rejected),
            ),
        ),
        Stage.SENT: and_(due, Payout.state == PayoutState.SENT),
        Stage.PAID: and_(due, Payout.state == PayoutState.CONFIRMED),
        Stage.UNFUNDED: Benefit.state == BenefitState.UNFUNDED,
        Stage.DECLINED: Benefit.state == BenefitState.DECLINED,
        Stage.WITHDRAWN: Benefit.state == BenefitState.WITHDRAWN,
    }


def _stage() -> ColumnElement[str]:
    return case(*((condition, stage.value) for stage, condition in _stages().items()))


def _rows(*columns: Any) -> Select[Any]:
    """Benefits with their place, the payout and its newest try, and the account in force."""
    return (
        select(*columns)
        .select_from(Benefit)
        .join(Worker, Worker.id == Benefit.worker_id)
        .join(Allotment, Allotment.id == Benefit.allotment_id)
        .join(Jurisdiction, Jurisdiction.id == Allotment.jurisdiction_id)
        .outerjoin(Payout, Payout.benefit_id == Benefit.id)
        .outerjoin(
            PayoutAttempt,
            and_(PayoutAttempt.payout_id == Payout.id, PayoutAttempt.number == Payout.attempt),
        )
        .outerjoin(
            _IN_FORCE,
            and_(
                _IN_FORCE.worker_id == Benefit.worker_id,
                _IN_FORCE.state == WorkerAccountState.IN_FORCE,
            ),
        )
    )


def _benefit_rows() -> Select[Any]:
    tried = aliased(WorkerAccount)
    shown = case((Payout.state.in_((PayoutState.SENT, PayoutState.CONFIRMED)), True), else_=False)
    return (
        _rows(
            Benefit,
            Worker.code,
            CourseVersion.title,
            Enrollment.code,
            _stage(),
            case((shown, tried.bank_name), else_=_IN_FORCE.bank_name),
            case((shown, tried.number_masked), else_=_IN_FORCE.number_masked),
            _IN_FORCE.payable_from,
            Payout,
            PayoutAttempt.outcome,
            Redemption.reversal_entry_id.is_not(None),
        )
        .outerjoin(tried, tried.id == PayoutAttempt.worker_account_id)
        .join(Redemption, Redemption.id == Benefit.redemption_id)
        .join(Enrollment, Enrollment.id == Benefit.enrollment_id)
        .join(CourseRun, CourseRun.id == Enrollment.course_run_id)
        .join(CourseVersion, CourseVersion.id == CourseRun.course_version_id)
    )


def _benefit_row(row: Any) -> BenefitRow:
    benefit, worker_code, title, enrollment_code, stage, *rest = row
    return BenefitRow(benefit, worker_code, title, enrollment_code, Stage(stage), *rest)
