"""What a person pays back, and what is waived: noted by one officer, signed by another."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from marketplace.benefits.clawbacks.entries import entry_for_repayment, entry_for_waiver
from marketplace.benefits.clawbacks.models import BenefitClawback, BenefitRepayment
from marketplace.benefits.clawbacks.operations.notes import left_fen, record_clawback, tell_debtor
from marketplace.benefits.clawbacks.queries.standing import (
    find_repayment_of_entry,
    list_paid_by_allotment,
    lock_benefit_clawback,
    lock_repayment,
    sum_waiting_repayments_fen,
)
from marketplace.benefits.clawbacks.rules import (
    RepaymentFacts,
    refusals_for_repayment,
)
from marketplace.benefits.clawbacks.states import RepaymentKind, RepaymentState
from marketplace.benefits.models import Benefit
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.deciding import write_decision
from marketplace.foundation.errors import NotFound, Refusal, Refused
from marketplace.foundation.ids import new_code
from marketplace.foundation.money import Money
from marketplace.foundation.signing import refuse_signature
from marketplace.foundation.text import tidy
from marketplace.funding.rules import pro_rata
from marketplace.funds.models import Allotment
from marketplace.ledger.operations import post_entry
from marketplace.people.operations.documents import keep_file, read_kept_file
from marketplace.people.queries import get_worker

WORDS_MAX = 1_000


@dataclass(frozen=True, slots=True)
class Receipt:
    """What shows that a person paid back: number and day, and the paper as a photo or PDF."""

    number: str
    paid_on: date
    file_name: str = ""
    content: bytes | None = None


def prepare_repayment(
    clawback_id: int, receipt: Receipt, *, amount_fen: int, actor_id: int
) -> BenefitRepayment:
    """Note what a person paid in at the treasury or the counter (first signature).

    Refuses `benefit_clawback_not_in_force`, `amount_not_positive`, `repayment_too_high`,
    `repayment_day_wrong`, `repayment_receipt_required`, `repayment_proof_required`, and files that
    are no photo or PDF.
    """
    clawback = lock_benefit_clawback(clawback_id)
    words = tidy(receipt.number)[:WORDS_MAX]
    repayment = _draft(
        clawback, RepaymentKind.DEPOSIT, amount_fen, receipt.paid_on, words, actor_id
    )
    _refuse(clawback, repayment, has_document=receipt.content is not None)
    assert receipt.content is not None, "the rules asked for it"
    repayment.document_id = keep_file(
        file_name=receipt.file_name, content=receipt.content, worker_id=None, actor_id=actor_id
    ).id
    return _write(clawback, repayment, actor_id)


def prepare_waiver(
    clawback_id: int, *, amount_fen: int, reason: str, actor_id: int
) -> BenefitRepayment:
    """Propose that so much need not be given back (first signature).

    Refuses `benefit_clawback_not_in_force`, `amount_not_positive`, `repayment_too_high`,
    `benefit_clawback_reason_required`.
    """
    clawback = lock_benefit_clawback(clawback_id)
    words = tidy(reason)[:WORDS_MAX]
    waiver = _draft(clawback, RepaymentKind.WAIVER, amount_fen, clock.today(), words, actor_id)
    _refuse(clawback, waiver, has_document=False)
    return _write(clawback, waiver, actor_id)


def book_repayment(repayment_id: int, *, actor_id: int) -> BenefitRepayment:
    """Sign as the second officer; the person is told what is left.

    Entries: `benefit.repaid` (debit treasury:repaid, credit receivable:worker) or
    `benefit.waived` (debit allotment:available pro rata, credit receivable:worker). Refuses
    `repayment_decided`, `same_person`, `repayment_too_high` (recovered meanwhile),
    `balance_too_low` (the allotment cannot bear a waiver).
    """
    clawback, repayment = _locked(repayment_id)
    if repayment.state is RepaymentState.BOOKED and repayment.decided_by == actor_id:
        return repayment
    _refuse_signature(repayment, actor_id)
    if repayment.amount_fen > left_fen(clawback):
        most = Money(left_fen(clawback), clawback.currency)
        raise Refused(Refusal("repayment_too_high", {"most": most}))
    repayment.entry_id = _post(clawback, repayment, actor_id)
    write_decision(repayment, RepaymentState.BOOKED, actor_id=actor_id, reason=None)
    _tell_booked(clawback, repayment, actor_id)
    return repayment


def reject_repayment(repayment_id: int, *, reason: str, actor_id: int) -> BenefitRepayment:
    """Send it back with a reason; nothing was booked.

    Refuses `reason_required`, `repayment_decided`, `same_person`.
    """
    clawback, repayment = _locked(repayment_id)
    words = tidy(reason)[:WORDS_MAX]
    if not words:
        raise Refused(Refusal("reason_required", field="reason"))
    _refuse_signature(repayment, actor_id)
    write_decision(repayment, RepaymentState.REJECTED, actor_id=actor_id, reason=words)
    record_clawback(
        "benefit_clawback.repayment_rejected",
        clawback,
        actor_id,
        reason=words,
        repayment=repayment.code,
    )
    return repayment


def book_bank_repayment(
    clawback_id: int,
    *,
    amount_fen: int,
    booked_on: date,
    reference: str,
    entry_id: int,
    signed_by: tuple[int, int],
) -> BenefitRepayment:
    """Two officers said that a line of the bank is this person's repayment, and it is booked.

    Reconciliation books the entry. Refuses `repayment_too_high`: more than is owed goes back, or
    is another person's.
    """
    clawback = lock_benefit_clawback(clawback_id)
    maker, checker = signed_by
    repayment = _draft(clawback, RepaymentKind.BANK, amount_fen, booked_on, reference, maker)
    refuse_bank_repayment(clawback, amount_fen=amount_fen)
    repayment.entry_id = entry_id
    write_decision(repayment, RepaymentState.BOOKED, actor_id=checker, reason=None)
    db.session.add(repayment)
    db.session.flush()
    _tell_booked(clawback, repayment, checker)
    return repayment


def refuse_bank_repayment(clawback: BenefitClawback, *, amount_fen: int) -> None:
    """Refuses more than is left (`repayment_too_high`)."""
    left = left_fen(clawback) if clawback.entry_id else 0
    if amount_fen > left:
        raise Refused(Refusal("repayment_too_high", {"most": Money(left, clawback.currency)}))


def reverse_bank_repayment(entry_id: int, *, reason: str, actor_id: int) -> None:
    """The line of the bank was something else, and its entry is reversed: it is owed again."""
    repayment = find_repayment_of_entry(entry_id)
    assert repayment is not None, "an entry of this kind has its repayment"
    clawback, repayment = _locked(repayment.id)
    repayment.state = RepaymentState.REVERSED
    db.session.flush()
    record_clawback(
        "benefit_clawback.repayment_reversed",
        clawback,
        actor_id,
        reason=reason,
        repayment=repayment.code,
    )


def open_receipt(repayment: BenefitRepayment, *, actor_id: int) -> bytes:
    """The paper a repayment was noted with; who opened it is recorded."""
    if repayment.document_id is None:
        raise NotFound("document")
    clawback = db.session.get_one(BenefitClawback, repayment.clawback_id)
    record_clawback("benefit_clawback.receipt_opened", clawback, actor_id, repayment=repayment.code)
    return read_kept_file(repayment.document_id)


def _locked(repayment_id: int) -> tuple[BenefitClawback, BenefitRepayment]:
    found = db.session.get(BenefitRepayment, repayment_id)
    if found is None:
        raise NotFound("benefit_repayment")
    clawback = lock_benefit_clawback(found.clawback_id)
    return clawback, lock_repayment(repayment_id)


def _draft(
    clawback: BenefitClawback,
    kind: RepaymentKind,
    amount_fen: int,
    paid_on: date,
    proof: str,
    actor_id: int,
) -> BenefitRepayment:
    return BenefitRepayment(
        code=new_code("BR"),
        clawback_id=clawback.id,
        kind=kind,
        amount_fen=amount_fen,
        paid_on=paid_on,
        proof=proof,
        state=RepaymentState.PREPARED,
        prepared_by=actor_id,
        prepared_at=clock.now(),
    )


def _refuse(clawback: BenefitClawback, repayment: BenefitRepayment, *, has_document: bool) -> None:
    facts = RepaymentFacts(
        clawback_code=clawback.code,
        clawback_state=clawback.state,
        kind=repayment.kind,
        left_fen=left_fen(clawback) - sum_waiting_repayments_fen(clawback.id),
        wanted_fen=repayment.amount_fen,
        proof=repayment.proof,
        has_document=has_document,
        paid_on=repayment.paid_on,
        approved_on=clock.local_date(clawback.decided_at or clawback.prepared_at),
        currency=clawback.currency,
    )
    if refusals := refusals_for_repayment(facts, today=clock.today()):
        raise Refused(refusals)


def _write(
    clawback: BenefitClawback, repayment: BenefitRepayment, actor_id: int
) -> BenefitRepayment:
    db.session.add(repayment)
    db.session.flush()
    record_clawback(
        "benefit_clawback.repayment_prepared",
        clawback,
        actor_id,
        reason=repayment.proof,
        repayment=repayment.code,
        kind=repayment.kind.value,
        amount_fen=repayment.amount_fen,
    )
    return repayment


def _post(clawback: BenefitClawback, repayment: BenefitRepayment, actor_id: int) -> int:
    benefit = db.session.get_one(Benefit, clawback.benefit_id)
    worker_code = get_worker(clawback.worker_id).code
    if repayment.kind is RepaymentKind.WAIVER:
        draft = entry_for_waiver(
            repayment.code,
            worker_code=worker_code,
            shares=pro_rata(repayment.amount_fen, list_paid_by_allotment(benefit)),
            currency=clawback.currency,
            on=clock.today(),
        )
    else:
        draft = entry_for_repayment(
            repayment.code,
            worker_code=worker_code,
            allotment_code=db.session.get_one(Allotment, benefit.allotment_id).code,
            amount=Money(repayment.amount_fen, clawback.currency),
            on=clock.today(),
        )
    return post_entry(draft, actor_id=actor_id)


def _refuse_signature(repayment: BenefitRepayment, actor_id: int) -> None:
    refuse_signature(
        waits=repayment.state is RepaymentState.PREPARED,
        maker_id=repayment.prepared_by,
        actor_id=actor_id,
        decided=Refusal("repayment_decided"),
    )


def _tell_booked(clawback: BenefitClawback, repayment: BenefitRepayment, actor_id: int) -> None:
    is_waiver = repayment.kind is RepaymentKind.WAIVER
    record_clawback(
        "benefit_clawback.waived" if is_waiver else "benefit_clawback.repaid",
        clawback,
        actor_id,
        reason=repayment.proof,
        repayment=repayment.code,
        kind=repayment.kind.value,
        amount_fen=repayment.amount_fen,
        entry_id=repayment.entry_id,
    )
    tell_debtor(
        "waived" if is_waiver else "repaid", clawback, repayment.amount_fen, repayment.proof
    )
