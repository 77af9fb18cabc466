"""Decides what is due to people whose training is redeemed, and reminds them; every day."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from marketplace.benefits.clawbacks.operations.netting import net_waiting_benefits
from marketplace.benefits.operations import (
    Assembled,
    assemble_benefits,
    remind_for_bank_accounts,
    withdraw_fallen_benefits,
)
from marketplace.benefits.states import BENEFIT_JOB
from marketplace.cli.runner import RunningJob
from marketplace.foundation.db import write_transaction

KIND = BENEFIT_JOB
EVERY = timedelta(hours=6)


def work(job: RunningJob) -> dict[str, Any]:
    """Piece by piece, each its own unit of work, until nothing is left to decide."""
    withdrawn = due = unfunded = declined = 0
    while True:
        with write_transaction():
            job.hold(done=withdrawn)
            fallen = withdraw_fallen_benefits()
        withdrawn += fallen
        if not fallen:
            break
        job.checkpoint()
    step = Assembled()
    while True:
        with write_transaction():
            job.hold(done=withdrawn + due + unfunded + declined)
            step = assemble_benefits(actor_id=None, after=step.reached)
        due, unfunded = due + step.due + step.funded_later, unfunded + step.unfunded
        declined += step.declined
        if step.is_over:
            break
        job.checkpoint()
    netted_fen, last = 0, 0
    while True:
        with write_transaction():
            job.hold(done=withdrawn + due + unfunded + declined)
            fen, last = net_waiting_benefits(after=last)
        netted_fen += fen
        if not last:
            break
        job.checkpoint()
    with write_transaction():
        reminded = remind_for_bank_accounts()
    return {
        "withdrawn": withdrawn,
        "due": due,
        "unfunded": unfunded,
        "declined": declined,
        "netted_fen": netted_fen,
        "reminded": reminded,
    }
