"""What a payout is about, whoever its payee is: an institution's settlement, a person's benefit."""

from __future__ import annotations

from collections.abc import Sequence

from marketplace.benefits.entries import payable_to
from marketplace.benefits.models import Benefit, WorkerBankAccount
from marketplace.benefits.operations.notes import tell
from marketplace.benefits.queries import title_of
from marketplace.foundation.db import db
from marketplace.institutions.models import Institution
from marketplace.ledger.entries import AccountName
from marketplace.payouts.models import Payout, PayoutAttempt, PayoutBatch
from marketplace.payouts.persons.queries import PersonPayout, list_people_of_batch
from marketplace.payouts.queries import BatchPayout, list_payouts_of_batch
from marketplace.payouts.rails.protocol import PaymentOrder
from marketplace.payouts.states import PayeeKind
from marketplace.people.models import Worker
from marketplace.settlement.operations.netting import mark_advance_paid, mark_advance_unpaid
from marketplace.settlement.queries.receivables import get_owed_name

Row = BatchPayout | PersonPayout


def list_rows_of_batch(batch: PayoutBatch) -> Sequence[Row]:
    """The payouts of a batch with the accounts they go to, in the order of the file."""
    if batch.payee is PayeeKind.WORKER:
        return list_people_of_batch(batch.id)
    return list_payouts_of_batch(batch.id)


def order_of(row: Row) -> PaymentOrder:
    """A payment as the bank reads it."""
    if isinstance(row, PersonPayout):
        return row.order()
    return PaymentOrder(
        end_to_end_id=row.attempt.end_to_end_id,
        amount=row.amount,
        payee_name=row.payout_account.holder,
        payee_number=row.payout_account.number,
        payee_bank_code=row.payout_account.bank_code,
        payee_bank_name=row.payout_account.bank_name,
        remittance=f"{row.settlement_code} {row.period_code}",
    )


def owed_of(row: Row) -> AccountName:
    """What a payout of a batch is booked against, without asking for its payee again."""
    if isinstance(row, PersonPayout):
        return payable_to(row.worker.code)
    assert row.payout.settlement_id is not None, "an institution is paid for a settlement"
    return get_owed_name(row.payout.settlement_id, institution_code=row.institution_code)


def owed_as(payout: Payout) -> AccountName:
    """What a payout is booked against: what was earned, the advance, or what a person is owed."""
    if payout.settlement_id is not None:
        institution = db.session.get_one(Institution, payout.institution_id)
        return get_owed_name(payout.settlement_id, institution_code=institution.code)
    benefit = db.session.get_one(Benefit, payout.benefit_id)
    return payable_to(db.session.get_one(Worker, benefit.worker_id).code)


def note_sent(payout: Payout, attempt: PayoutAttempt) -> None:
    """It left: an advance counts as paid, a person is told where their money goes."""
    if payout.settlement_id is not None:
        mark_advance_paid(payout.settlement_id)
    else:
        _tell(payout, attempt, "benefit.sent")


def note_returned(payout: Payout, attempt: PayoutAttempt) -> None:
    """It came back: an advance is unpaid again, a person is told to look at their account."""
    if payout.settlement_id is not None:
        mark_advance_unpaid(payout.settlement_id)
    else:
        _tell(payout, attempt, "benefit.returned")


def _tell(payout: Payout, attempt: PayoutAttempt, kind: str) -> None:
    benefit = db.session.get_one(Benefit, payout.benefit_id)
    worker = db.session.get_one(Worker, benefit.worker_id)
    account = db.session.get_one(WorkerBankAccount, attempt.worker_bank_account_id)
    words = {"title": title_of(benefit), "number": account.number_masked}
    tell(worker.user_id, kind, benefit, words)
