"""What decisions about clawbacks ask, with the rows held."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import and_, column, func, literal, or_, select, table

from marketplace.benefits.clawbacks.models import (
    BenefitClawback,
    BenefitClawbackDispute,
    BenefitNetting,
    BenefitRepayment,
)
from marketplace.benefits.clawbacks.states import (
    BenefitClawbackState,
    ClawbackDisputeState,
    RepaymentState,
)
from marketplace.benefits.models import Benefit
from marketplace.benefits.states import BenefitState
from marketplace.foundation.db import db
from marketplace.foundation.errors import NotFound
from marketplace.ledger.flow_queries import list_spent_fen
from marketplace.people.queries.workers import lock_worker

DUES_MAX = 1_000

# Payouts is a room above this one, so its tables are named here, not its models.
payout_table = table("payout", column("id"), column("code"), column("benefit_id"), column("state"))


def lock_benefit_clawback(clawback_id: int) -> BenefitClawback:
    """A clawback, held until the unit of work ends."""
    found = db.session.scalar(
        select(BenefitClawback)
        .where(BenefitClawback.id == clawback_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound("benefit_clawback")
    return found


def lock_repayment(repayment_id: int) -> BenefitRepayment:
    """A repayment, held until the unit of work ends."""
    found = db.session.scalar(
        select(BenefitRepayment)
        .where(BenefitRepayment.id == repayment_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound("benefit_repayment")
    return found


def find_live_clawback(benefit_id: int) -> str | None:
    """The code of a clawback that takes something of a benefit, prepared or in force."""
    return db.session.scalar(
        select(BenefitClawback.code)
        .where(
            BenefitClawback.benefit_id == benefit_id,
            BenefitClawback.state != BenefitClawbackState.REJECTED,
        )
        .order_by(BenefitClawback.id)
        .limit(1)
    )


def sum_clawed_fen(benefit_id: int, *, besides: int | None = None) -> int:
    """What clawbacks take of a benefit, from their preparation on (`besides`: all but that)."""
    found = db.session.scalar(
        select(func.sum(BenefitClawback.amount_fen)).where(
            BenefitClawback.benefit_id == benefit_id,
            BenefitClawback.state != BenefitClawbackState.REJECTED,
            BenefitClawback.id != (besides or 0),
        )
    )
    return int(found or 0)


def is_paid(benefit: Benefit) -> bool:
    """The bank confirmed it, or all of it was kept back for what was owed before."""
    if benefit.state is not BenefitState.DUE:
        return False
    if benefit.netted_fen == benefit.amount_fen:
        return True
    paid = select(payout_table.c.id).where(
        payout_table.c.benefit_id == benefit.id, payout_table.c.state == "confirmed"
    )
    return db.session.scalar(paid) is not None


def list_paid_by_allotment(benefit: Benefit) -> list[tuple[str, int]]:
    """Allotment code and what it paid of a benefit, by code: as its entry says it."""
    available = "allotment:available"
    entry = select(literal(benefit.entry_id or 0))
    return sorted(list_spent_fen(entry, promised=available, returned=available).items())


def sum_recovered_fen(clawback_id: int) -> int:
    """Kept back, paid back and waived."""
    netted = select(func.coalesce(func.sum(BenefitNetting.amount_fen), 0)).where(
        BenefitNetting.clawback_id == clawback_id, BenefitNetting.released_at.is_(None)
    )
    repaid = select(func.coalesce(func.sum(BenefitRepayment.amount_fen), 0)).where(
        BenefitRepayment.clawback_id == clawback_id,
        BenefitRepayment.state == RepaymentState.BOOKED,
    )
    return int(db.session.scalar(netted) or 0) + int(db.session.scalar(repaid) or 0)


def sum_waiting_repayments_fen(clawback_id: int) -> int:
    """Noted by one officer, not yet signed by another."""
    found = db.session.scalar(
        select(func.sum(BenefitRepayment.amount_fen)).where(
            BenefitRepayment.clawback_id == clawback_id,
            BenefitRepayment.state == RepaymentState.PREPARED,
        )
    )
    return int(found or 0)


def find_open_dispute(clawback_id: int) -> BenefitClawbackDispute | None:
    """The dispute the office has not answered."""
    return db.session.scalar(
        select(BenefitClawbackDispute)
        .where(
            BenefitClawbackDispute.clawback_id == clawback_id,
            BenefitClawbackDispute.state == ClawbackDisputeState.OPEN,
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def lock_money_of_person(worker_id: int) -> None:
    """Hold whatever setting off looks at, in one order and before anything is posted: so neither
    an approval, an answer nor a run waits for another in a ring."""
    lock_worker(worker_id)
    lock_clawbacks_to_net(worker_id)
    lock_benefits_to_net(worker_id)


def lock_clawbacks_to_net(worker_id: int) -> Sequence[BenefitClawback]:
    """What a person has to give back and does not dispute, the oldest first, held."""
    disputed = select(BenefitClawbackDispute.id).where(
        BenefitClawbackDispute.clawback_id == BenefitClawback.id,
        BenefitClawbackDispute.state == ClawbackDisputeState.OPEN,
    )
    return db.session.scalars(
        select(BenefitClawback)
        .where(
            BenefitClawback.worker_id == worker_id,
            BenefitClawback.state == BenefitClawbackState.APPROVED,
            ~disputed.exists(),
        )
        .order_by(BenefitClawback.id)
        .limit(DUES_MAX)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()


def lock_benefits_to_net(worker_id: int) -> list[tuple[Benefit, bool]]:
    """Benefits of a person of which something is left to pay and which no payout carries, the
    oldest first, held; each with whether it came back from the bank."""
    db.session.execute(
        select(Benefit.id)
        .where(Benefit.worker_id == worker_id, Benefit.state == BenefitState.DUE)
        .order_by(Benefit.id)
        .limit(DUES_MAX)
        .with_for_update()
    ).all()
    returned = payout_table.c.state == "returned"
    rows = db.session.execute(
        select(Benefit, payout_table.c.id)
        .outerjoin(payout_table, payout_table.c.benefit_id == Benefit.id)
        .where(
            Benefit.worker_id == worker_id,
            Benefit.state == BenefitState.DUE,
            Benefit.netted_fen < Benefit.amount_fen,
            or_(payout_table.c.id.is_(None), returned),
        )
        .order_by(Benefit.id)
        .limit(DUES_MAX)
        .execution_options(populate_existing=True)
    )
    return [(benefit, payout_id is not None) for benefit, payout_id in rows]


def list_workers_to_net(*, after: int, limit: int) -> Sequence[int]:
    """People with something to give back and a benefit that no payout carries, by number."""
    carried = select(payout_table.c.id).where(
        payout_table.c.benefit_id == Benefit.id, payout_table.c.state != "returned"
    )
    return db.session.scalars(
        select(BenefitClawback.worker_id)
        .join(
            Benefit,
            and_(
                Benefit.worker_id == BenefitClawback.worker_id,
                Benefit.state == BenefitState.DUE,
                Benefit.netted_fen < Benefit.amount_fen,
            ),
        )
        .where(
            BenefitClawback.state == BenefitClawbackState.APPROVED,
            BenefitClawback.worker_id > after,
            ~carried.exists(),
        )
        .distinct()
        .order_by(BenefitClawback.worker_id)
        .limit(limit)
    ).all()


def count_nettings(clawback_id: int) -> int:
    """How often something was kept back for a clawback, released ones included."""
    wanted = select(func.count()).where(BenefitNetting.clawback_id == clawback_id)
    return db.session.scalar(wanted) or 0


def list_live_nettings(benefit_id: int) -> Sequence[BenefitNetting]:
    """What is kept back of a benefit."""
    return db.session.scalars(
        select(BenefitNetting)
        .where(BenefitNetting.benefit_id == benefit_id, BenefitNetting.released_at.is_(None))
        .order_by(BenefitNetting.id)
        .limit(DUES_MAX)
    ).all()


def find_repayment_of_entry(entry_id: int) -> BenefitRepayment | None:
    """The repayment that an entry of the bank booked."""
    return db.session.scalar(select(BenefitRepayment).where(BenefitRepayment.entry_id == entry_id))
