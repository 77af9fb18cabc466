"""What a batch to people is made of, and what it carries."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import and_, select

from marketplace.benefits.models import Benefit, WorkerBankAccount
from marketplace.benefits.states import WorkerBankAccountState
from marketplace.foundation.db import db
from marketplace.foundation.money import Money
from marketplace.payouts.models import Payout, PayoutAttempt
from marketplace.payouts.persons.queries.stages import IN_FORCE, stage_is, with_payments
from marketplace.payouts.persons.rules import PayableBenefitFacts, Stage
from marketplace.payouts.rails.protocol import PaymentOrder, RailPayee
from marketplace.payouts.rules import DepartureFacts
from marketplace.payouts.states import PayoutState
from marketplace.people.models import Worker
from marketplace.settlement.queries import in_subtrees

BATCH_MAX = 1_000


@dataclass(frozen=True, slots=True)
class PersonPayout:
    """One payout of a batch that pays people, as tried there."""

    payout: Payout
    attempt: PayoutAttempt
    bank_account: WorkerBankAccount
    benefit: Benefit
    worker: Worker
    bank_account_in_force_id: int | None
    payable_from: date | None

    @property
    def amount(self) -> Money:
        return Money(self.payout.amount_fen, self.payout.currency)

    @property
    def masked_number(self) -> str:
        """The account as pages may show it."""
        return self.bank_account.number_masked

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
            payout_account_id=self.bank_account.id,
            verified_payout_account_id=self.bank_account_in_force_id,
            payable_from=self.payable_from,
        )

    def order(self) -> PaymentOrder:
        """The payment as the bank reads it: the only place where name and number are opened."""
        return PaymentOrder(
            end_to_end_id=self.attempt.end_to_end_id,
            amount=self.amount,
            payee_name=self.worker.name,
            payee_number=self.bank_account.number,
            payee_bank_code=self.bank_account.bank_code,
            payee_bank_name=self.bank_account.bank_name,
            remittance=self.benefit.code,
        )


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
        with_payments(Benefit, Payout, PayoutAttempt.outcome, IN_FORCE.id, IN_FORCE.payable_from)
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
            benefit.to_pay_fen,
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
        with_payments(Benefit, Payout.id, IN_FORCE.id)
        .where(Benefit.id.in_(benefit_ids), IN_FORCE.id.is_not(None))
        .order_by(Benefit.id)
        .limit(BATCH_MAX)
    )
    return [(benefit, payout_id, account_id) for benefit, payout_id, account_id in rows]


def list_ready_ids(*, paths: Sequence[str], limit: int = BATCH_MAX) -> list[int]:
    """Benefits that can be paid now, the oldest first (at most 1,000: one batch)."""
    return list(
        db.session.scalars(
            with_payments(Benefit.id)
            .where(stage_is(Stage.READY), in_subtrees(paths))
            .order_by(Benefit.id)
            .limit(min(limit, BATCH_MAX))
        )
    )


def list_ids_of_codes(codes: Collection[str], *, paths: Sequence[str]) -> list[int]:
    """Benefits of these subtrees by code; others are not found."""
    return list(
        db.session.scalars(
            with_payments(Benefit.id)
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
            WorkerBankAccount,
            Benefit,
            Worker,
            IN_FORCE.id,
            IN_FORCE.payable_from,
        )
        .select_from(PayoutAttempt)
        .join(Payout, Payout.id == PayoutAttempt.payout_id)
        .join(WorkerBankAccount, WorkerBankAccount.id == PayoutAttempt.worker_bank_account_id)
        .join(Benefit, Benefit.id == Payout.benefit_id)
        .join(Worker, Worker.id == Benefit.worker_id)
        .outerjoin(
            IN_FORCE,
            and_(
                IN_FORCE.worker_id == Worker.id, IN_FORCE.state == WorkerBankAccountState.IN_FORCE
            ),
        )
        .where(PayoutAttempt.batch_id == batch_id)
        .order_by(PayoutAttempt.id)
        .limit(BATCH_MAX)
        .execution_options(populate_existing=True)
    )
    return [PersonPayout(*row) for row in rows]


def lists_bank_account_of(batch_id: int, *, actor_id: int) -> bool:
    """Whether a batch pays an account of somebody else that this login noted."""
    found = db.session.scalar(
        select(PayoutAttempt.id)
        .join(WorkerBankAccount, WorkerBankAccount.id == PayoutAttempt.worker_bank_account_id)
        .where(PayoutAttempt.batch_id == batch_id, WorkerBankAccount.named_by == actor_id)
        .limit(1)
    )
    return found is not None
