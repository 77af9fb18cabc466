"""What is taken back from a person, for the page matrix. Use in write_transaction."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from marketplace.benefits.clawbacks.models import (
    BenefitClawback,
    BenefitClawbackDispute,
    BenefitRepayment,
)
from marketplace.benefits.models import Benefit
from marketplace.benefits.proofs.models import FeeProof
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.ledger.models import JournalEntry
from marketplace.people.models import Worker
from marketplace.people.operations.documents import keep_file
from marketplace.retentions.models import Retention, RetentionDeadline
from marketplace.settlement.models import ClawbackProposal, Settlement, SettlementLine
from tests.factories.rows import make_row
from tests.factories.settlement import Officers

PHOTO = b"\xff\xd8\xff\xe0 receipt"


def make_clawback_objects(benefit: str, worker: Worker, officers: Officers) -> dict[str, str]:
    """A clawback in force of the job seeker, disputed, with a repayment to sign."""
    funded = select(JournalEntry.id).where(JournalEntry.kind == "test.funded").limit(1)
    clawback = make_row(
        BenefitClawback,
        benefit_id=db.session.scalars(select(Benefit.id).where(Benefit.code == benefit)).one(),
        worker_id=worker.id,
        amount_fen=1_000,
        currency="CNY",
        instalments=2,
        state="approved",
        prepared_by=officers.maker_id,
        decided_by=officers.checker_id,
        decided_at=clock.now(),
        entry_id=db.session.scalars(funded).one(),
    )
    receipt = keep_file(
        file_name="receipt.jpg", content=PHOTO, worker_id=None, actor_id=officers.maker_id
    )
    repayment = make_row(
        BenefitRepayment,
        clawback_id=clawback.id,
        kind="deposit",
        amount_fen=500,
        document_id=receipt.id,
        state="prepared",
        prepared_by=officers.maker_id,
    )
    make_row(
        BenefitClawbackDispute,
        clawback_id=clawback.id,
        state="open",
        filed_by=worker.user_id,
    )
    return {"benefit clawback": clawback.code, "benefit repayment": repayment.code}


def make_deadline_objects(settlement: str, officers: Officers) -> dict[str, str]:
    """A withheld share with another last day to sign, and a clawback proposed for its like."""
    row = db.session.scalars(select(Settlement).where(Settlement.code == settlement)).one()
    line = db.session.scalars(
        select(SettlementLine).where(SettlementLine.settlement_id == row.id)
    ).first()
    assert line is not None
    share = make_row(
        Retention,
        redemption_id=line.redemption_id,
        institution_id=row.institution_id,
        settlement_id=row.id,
        milestone="certificate",
        percent=20,
        amount_fen=1,
        currency="CNY",
        state="planned",
    )
    deadline = make_row(
        RetentionDeadline,
        retention_id=share.id,
        due_by=share.due_by + timedelta(days=1),
        former_due_by=share.due_by,
        state="prepared",
        prepared_by=officers.maker_id,
    )
    proposal = make_row(
        ClawbackProposal,
        retention_id=share.id,
        redemption_id=line.redemption_id,
        institution_id=row.institution_id,
        settlement_id=row.id,
        amount_fen=1,
        currency="CNY",
        reason="not_earned",
        state="open",
    )
    return {
        "retention": share.code,
        "retention deadline": deadline.code,
        "proposed clawback": proposal.code,
    }


def make_fee_objects(benefit: str, worker: Worker, officers: Officers) -> dict[str, str]:
    """A receipt of the job seeker that waits to be checked by the office of the benefit."""
    row = db.session.scalars(select(Benefit).where(Benefit.code == benefit)).one()
    paper = keep_file(
        file_name="receipt.jpg", content=PHOTO, worker_id=worker.id, actor_id=worker.user_id
    )
    proof = make_row(
        FeeProof,
        worker_id=worker.id,
        enrollment_id=row.enrollment_id,
        allotment_id=row.allotment_id,
        amount_fen=500,
        currency="CNY",
        document_id=paper.id,
        state="handed_in",
        handed_in_by=worker.user_id,
    )
    return {"fee receipt": proof.code}
