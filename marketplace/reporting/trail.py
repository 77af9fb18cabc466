"""From promise to bank line: what stands before and after an entry, both ways."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, or_, select, union_all

from marketplace.benefits.clawbacks.models import (
    BenefitClawback,
    BenefitNetting,
    BenefitRepayment,
)
from marketplace.benefits.models import Benefit
from marketplace.claims.models import Claim, ClaimLine
from marketplace.copayments.models import (
    Copayment,
    CopaymentHandover,
    CopaymentHandoverItem,
    CopaymentPayment,
    CopaymentRefund,
)
from marketplace.foundation.db import db
from marketplace.institutions.models import Institution
from marketplace.ledger.models import JournalEntry
from marketplace.payouts.models import Payout, PayoutAttempt, PayoutBatch
from marketplace.reconciliation.models import (
    BankStatement,
    BreakProposal,
    ReconciliationBreak,
    ReconciliationMatch,
    ReconciliationShare,
    StatementLine,
)
from marketplace.redemption.models import Redemption, Reservation
from marketplace.retentions.models import Retention
from marketplace.settlement.models import Clawback, Netting, Settlement, SettlementLine
from marketplace.vouchers.models import Voucher

SAME_MAX = 20
"""Of one kind beside an entry: a payout paid in many sums is told by its first ones."""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing on the way of the money."""

    noun: str
    """`voucher`, `redemption`, `benefit`, `claim`, `settlement`, `clawback`, `batch`, `statement`,
    `break`, `person_clawback`; `copayments` (of an institution), `handover`, `stripe_line`,
    `quota`."""
    code: str


def trail_of_entry(entry_id: int) -> Sequence[Step]:
    """What caused an entry and what followed from it, in the order in which money moves."""
    redemption = db.session.scalar(
        select(Redemption).where(
            or_(Redemption.entry_id == entry_id, Redemption.reversal_entry_id == entry_id)
        )
    )
    if redemption is not None:
        return trail_of_redemption(redemption)
    if steps := _codes("voucher", _vouchers_reserved(entry_id)):
        return steps
    if steps := _beside_funds(entry_id):
        return steps
    if undone := _from_undone_line(entry_id):
        return undone
    attempt = (PayoutAttempt.sent_entry_id == entry_id) | (
        PayoutAttempt.outcome_entry_id == entry_id
    )
    if of_person := (_from_person_clawback(entry_id) or _from_benefit(entry_id, attempt)):
        return of_person
    wanted = select(Payout.settlement_id).join(PayoutAttempt, PayoutAttempt.payout_id == Payout.id)
    settlement_id = db.session.scalar(wanted.where(attempt).limit(1))
    if settlement_id is not None:
        return _from_settlement(settlement_id)
    clawbacks = (
        select(Clawback.code)
        .outerjoin(Netting, Netting.clawback_id == Clawback.id)
        .where(or_(Clawback.entry_id == entry_id, Netting.entry_id == entry_id))
        .distinct()
    )
    netted = (
        select(Settlement.code)
        .join(Netting, Netting.settlement_id == Settlement.id)
        .where(Netting.entry_id == entry_id)
    )
    differences = (
        select(ReconciliationBreak.code)
        .join(BreakProposal, BreakProposal.break_id == ReconciliationBreak.id)
        .where(BreakProposal.entry_id == entry_id)
    )
    return (
        *_withheld(entry_id),
        *_codes("clawback", clawbacks),
        *_codes("settlement", netted),
        *_codes("break", differences),
    )


def _withheld(entry_id: int) -> list[Step]:
    """What withheld shares: their settlement; what released or returned one: its redemption."""
    withheld = (
        select(Settlement.code)
        .join(Retention, Retention.settlement_id == Settlement.id)
        .where(Retention.entry_id == entry_id)
        .distinct()
    )
    ended = (
        select(Redemption.code)
        .join(Retention, Retention.redemption_id == Redemption.id)
        .where(Retention.end_entry_id == entry_id)
    )
    return [*_codes("redemption", ended), *_codes("settlement", withheld)]


def trail_of_redemption(redemption: Redemption) -> Sequence[Step]:
    """A voucher's money from the voucher to the line of the bank that carried it."""
    voucher = select(Voucher.code).where(Voucher.id == redemption.voucher_id)
    claims = (
        select(Claim.code)
        .join(ClaimLine, ClaimLine.claim_id == Claim.id)
        .where(ClaimLine.redemption_id == redemption.id)
    )
    settlement_id = db.session.scalar(
        select(SettlementLine.settlement_id)
        .where(SettlementLine.redemption_id == redemption.id, SettlementLine.released_at.is_(None))
        .limit(1)
    )
    return (
        *_codes("voucher", voucher),
        Step("redemption", redemption.code),
        *_codes("claim", claims),
        *(_from_settlement(settlement_id) if settlement_id is not None else ()),
    )


def _beside_funds(entry_id: int) -> list[Step]:
    """Entries of co-payments, quotas and the Stripe balance: their key says what they are."""
    entry = db.session.get_one(JournalEntry, entry_id)
    if entry.kind == "stripe.moved":
        return [Step("stripe_line", entry.key)]
    if entry.kind.startswith("quota."):
        return [Step("quota", entry.key.partition(":")[0])]
    if not entry.kind.startswith("copayment."):
        return []
    code = entry.key.partition(":")[0]
    institutions = (
        select(Institution.code)
        .join(Copayment, Copayment.institution_id == Institution.id)
        .outerjoin(CopaymentPayment, CopaymentPayment.copayment_id == Copayment.id)
        .outerjoin(CopaymentRefund, CopaymentRefund.payment_id == CopaymentPayment.id)
        .where(
            or_(Copayment.code == code, CopaymentPayment.code == code, CopaymentRefund.code == code)
        )
        .distinct()
    )
    handovers = (
        select(CopaymentHandover.code)
        .join(CopaymentHandoverItem, CopaymentHandoverItem.handover_id == CopaymentHandover.id)
        .join(CopaymentPayment, CopaymentPayment.id == CopaymentHandoverItem.payment_id)
        .where(CopaymentPayment.code == code, CopaymentHandoverItem.released_at.is_(None))
    )
    return [*_codes("copayments", institutions), *_codes("handover", handovers)]


def _from_benefit(entry_id: int, attempt: ColumnElement[bool]) -> Sequence[Step]:
    """A person's money from the redemption it followed from to the bank's line."""
    row = db.session.execute(
        select(Benefit.code, Redemption.code, Payout.id)
        .join(Redemption, Redemption.id == Benefit.redemption_id)
        .outerjoin(Payout, Payout.benefit_id == Benefit.id)
        .outerjoin(PayoutAttempt, PayoutAttempt.payout_id == Payout.id)
        .where(
            or_(
                Benefit.entry_id == entry_id,
                Benefit.withdrawn_entry_id == entry_id,
                and_(attempt, Payout.benefit_id.is_not(None)),
            )
        )
        .limit(1)
    ).one_or_none()
    if row is None:
        return ()
    payouts = select(Payout.id).where(Payout.id == row[2])
    return (Step("redemption", row[1]), Step("benefit", row[0]), *_from_payouts(payouts))


def _from_person_clawback(entry_id: int) -> Sequence[Step]:
    """Money taken back from a person: the benefit it was, the clawback, the line of the bank."""
    row = db.session.execute(
        select(Benefit.code, BenefitClawback.code)
        .join(BenefitClawback, BenefitClawback.benefit_id == Benefit.id)
        .outerjoin(BenefitNetting, BenefitNetting.clawback_id == BenefitClawback.id)
        .outerjoin(BenefitRepayment, BenefitRepayment.clawback_id == BenefitClawback.id)
        .where(
            or_(
                BenefitClawback.entry_id == entry_id,
                BenefitNetting.entry_id == entry_id,
                BenefitNetting.release_entry_id == entry_id,
                BenefitRepayment.entry_id == entry_id,
            )
        )
        .limit(1)
    ).one_or_none()
    if row is None:
        return ()
    differences = (
        select(ReconciliationBreak.code)
        .join(BreakProposal, BreakProposal.break_id == ReconciliationBreak.id)
        .where(BreakProposal.entry_id == entry_id)
    )
    return (
        Step("benefit", row[0]),
        Step("person_clawback", row[1]),
        *_codes("break", differences),
    )


def _from_undone_line(entry_id: int) -> Sequence[Step]:
    """A confirmation that was undone, or the entry that reversed it: the payment as it stands, and
    the statement that was taken for its own."""
    original = db.session.get_one(JournalEntry, entry_id).reverses_id or entry_id
    row = db.session.execute(
        union_all(
            *(
                select(tie.payout_id, StatementLine.statement_id)
                .join(StatementLine, StatementLine.id == tie.statement_line_id)
                .where(tie.entry_id == original, tie.undone_id.is_not(None))
                for tie in (ReconciliationMatch, ReconciliationShare)
            )
        ).limit(1)
    ).one_or_none()
    if row is None:
        return ()
    payout = db.session.get_one(Payout, row[0])
    if payout.settlement_id is not None:
        steps = _from_settlement(payout.settlement_id)
    else:
        benefit = db.session.get_one(Benefit, payout.benefit_id)
        payouts = select(Payout.id).where(Payout.id == payout.id)
        steps = (Step("benefit", benefit.code), *_from_payouts(payouts))
    statement = Step("statement", db.session.get_one(BankStatement, row[1]).code)
    return steps if statement in steps else (*steps, statement)


def _vouchers_reserved(entry_id: int) -> Select[Any]:
    return (
        select(Voucher.code)
        .join(Reservation, Reservation.voucher_id == Voucher.id)
        .where(or_(Reservation.entry_id == entry_id, Reservation.release_entry_id == entry_id))
    )


def _from_settlement(settlement_id: int) -> Sequence[Step]:
    payouts = select(Payout.id).where(Payout.settlement_id == settlement_id)
    return (
        *_codes("settlement", select(Settlement.code).where(Settlement.id == settlement_id)),
        *_from_payouts(payouts),
    )


def _from_payouts(payouts: Select[int]) -> Sequence[Step]:
    batches = (
        select(PayoutBatch.code)
        .join(PayoutAttempt, PayoutAttempt.batch_id == PayoutBatch.id)
        .where(PayoutAttempt.payout_id.in_(payouts))
    )
    lines = (
        select(ReconciliationMatch.statement_line_id)
        .where(ReconciliationMatch.payout_id.in_(payouts), ReconciliationMatch.undone_id.is_(None))
        .union(
            select(ReconciliationShare.statement_line_id).where(
                ReconciliationShare.payout_id.in_(payouts), ReconciliationShare.undone_id.is_(None)
            )
        )
    )
    statements = (
        select(BankStatement.code)
        .join(StatementLine, StatementLine.statement_id == BankStatement.id)
        .where(StatementLine.id.in_(lines))
        .distinct()
    )
    return (*_codes("batch", batches), *_codes("statement", statements))


def _codes(noun: str, wanted: Select[Any]) -> list[Step]:
    column = wanted.selected_columns[0]
    return [
        Step(noun, code) for code in db.session.scalars(wanted.order_by(column).limit(SAME_MAX))
    ]
