"""What the people of the class paid in steps get: paid, come back, ready, without an account."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from sqlalchemy import select

from marketplace.benefits.models import Benefit
from marketplace.benefits.operations import assemble_benefits, name_worker_bank_account
from marketplace.demo.cast import Cast
from marketplace.demo.history import at
from marketplace.demo.money import carry_out
from marketplace.foundation.db import db, write_transaction
from marketplace.payouts.models import Payout, PayoutAttempt
from marketplace.payouts.persons.operations import prepare_benefit_batch
from marketplace.payouts.persons.queries import list_ready_ids

CLOSED = "AC04"
"""ISO 20022: the account is closed."""


def pay_people(cast: Cast, learners: Sequence[int], *, decided_on: date, paid_on: date) -> None:
    """Decide what is due; two people named an account in time, a third after the batch.

    The first learner, whose login is `worker`, has named none yet. Of the two people paid, the
    account of the second turns out to be closed.
    """
    with at(decided_on, 6), write_transaction():
        assemble_benefits(actor_id=None)
    for worker_id in learners[1:3]:
        _name_bank_account(cast, worker_id, on=decided_on + timedelta(days=5))
    with at(paid_on, 9), write_transaction():
        ready = list_ready_ids(paths=("",))
        batch = prepare_benefit_batch(ready, rail="bank_file", actor_id=cast.users["maker"])
    returned = dict.fromkeys(_references(batch.id, learners[2]), CLOSED)
    carry_out(cast, batch.id, on=paid_on, returned=returned)
    _name_bank_account(cast, learners[3], on=paid_on + timedelta(days=3))


def _references(batch_id: int, worker_id: int) -> Sequence[str]:
    """What the bank's file calls the payments to somebody."""
    return db.session.scalars(
        select(PayoutAttempt.end_to_end_id)
        .join(Payout, Payout.id == PayoutAttempt.payout_id)
        .join(Benefit, Benefit.id == Payout.benefit_id)
        .where(PayoutAttempt.batch_id == batch_id, Benefit.worker_id == worker_id)
        .order_by(PayoutAttempt.id)
        .limit(10)
    ).all()


def _name_bank_account(cast: Cast, worker_id: int, *, on: date) -> None:
    """Shown at the counter: these people have no login."""
    with at(on), write_transaction():
        name_worker_bank_account(
            worker_id,
            number=f"08829{worker_id:010d}",
            bank_name="演示银行白城分行",
            bank_code="313247000011",
            actor_id=cast.users["maker"],
        )
