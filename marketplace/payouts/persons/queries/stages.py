"""Where benefits stand between decision and bank, as conditions."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select
from sqlalchemy.orm import aliased

from marketplace.benefits.models import Benefit, WorkerBankAccount
from marketplace.benefits.states import BenefitState, WorkerBankAccountState
from marketplace.foundation import clock
from marketplace.funds.models import Allotment
from marketplace.jurisdictions.models import Jurisdiction
from marketplace.payouts.models import Payout, PayoutAttempt
from marketplace.payouts.persons.rules import Stage
from marketplace.payouts.states import PayoutState
from marketplace.people.models import Worker

IN_FORCE = aliased(WorkerBankAccount)


def stage_is(stage: Stage) -> ColumnElement[bool]:
    """The condition that a benefit stands somewhere; needs the joins of `_rows`."""
    return stages()[stage]


def stages() -> dict[Stage, ColumnElement[bool]]:
    """Each benefit stands in exactly one place; the conditions exclude one another."""
    due = Benefit.state == BenefitState.DUE
    rejected = and_(
        Payout.state == PayoutState.PREPARED,
        func.coalesce(PayoutAttempt.outcome, "") == "rejected",
    )
    returned = func.coalesce(Payout.state == PayoutState.RETURNED, False)
    is_netted = Benefit.netted_fen == Benefit.amount_fen
    free = and_(due, ~is_netted, or_(Payout.id.is_(None), returned, rejected))
    has_account = IN_FORCE.id.is_not(None)
    is_held = func.coalesce(IN_FORCE.payable_from > clock.today(), False)
    same_again = and_(
        returned, func.coalesce(PayoutAttempt.worker_bank_account_id == IN_FORCE.id, False)
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
        Stage.NETTED: and_(due, is_netted, or_(Payout.id.is_(None), returned)),
        Stage.UNFUNDED: Benefit.state == BenefitState.UNFUNDED,
        Stage.DECLINED: Benefit.state == BenefitState.DECLINED,
        Stage.WITHDRAWN: Benefit.state == BenefitState.WITHDRAWN,
    }


def stage_of() -> ColumnElement[str]:
    return case(*((condition, stage.value) for stage, condition in stages().items()))


def with_payments(*columns: Any) -> Select[Any]:
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
            IN_FORCE,
            and_(
                IN_FORCE.worker_id == Benefit.worker_id,
                IN_FORCE.state == WorkerBankAccountState.IN_FORCE,
            ),
        )
    )
