"""What is taken back from a person, for the page matrix. Use in write_transaction."""

from __future__ import annotations

from sqlalchemy import select

from marketplace.benefits.clawbacks.models import (
    BenefitClawback,
    BenefitClawbackDispute,
    BenefitRepayment,
)
from marketplace.benefits.models import Benefit
from marketplace.foundation.db import db
from marketplace.ledger.models import JournalEntry
from marketplace.people.models import Worker
from marketplace.people.operations.documents import keep_file
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
