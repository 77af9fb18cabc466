"""Keeping back from later benefits what a person has to give back, as its instalments fall due."""

from __future__ import annotations

from marketplace.benefits.clawbacks.entries import entry_for_benefit_netting
from marketplace.benefits.clawbacks.models import BenefitClawback, BenefitNetting
from marketplace.benefits.clawbacks.operations.notes import record_clawback, tell_debtor
from marketplace.benefits.clawbacks.queries.standing import (
    count_nettings,
    list_live_nettings,
    list_workers_to_net,
    lock_benefits_to_net,
    lock_clawbacks_to_net,
    sum_recovered_fen,
)
from marketplace.benefits.clawbacks.rules import PersonDue, plan_benefit_netting
from marketplace.benefits.models import Benefit
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.instalments import due_by_plan_fen
from marketplace.foundation.money import Money
from marketplace.ledger.operations import post_entry, reverse_entry
from marketplace.people.queries import get_worker
from marketplace.people.queries.workers import lock_worker

PEOPLE_MAX = 200


def net_benefits_of(worker_id: int, *, actor_id: int | None) -> int:
    """Keep back from what is due to a person, and on its way to nobody, what the instalments have
    come to; answers how much, in fen.

    A benefit that came back from the bank is not paid again while it is itself taken back: it is
    kept back whole, whatever the plan says. Entry: `benefit.netted`, debit payable:worker, credit
    receivable:worker. Done again it changes nothing.
    """
    lock_worker(worker_id)
    clawbacks = {one.id: one for one in lock_clawbacks_to_net(worker_id)}
    if not clawbacks:
        return 0
    worker_code, netted_fen = get_worker(worker_id).code, 0
    for benefit, came_back in lock_benefits_to_net(worker_id):
        dues = [_due(one) for one in clawbacks.values()]
        if came_back:
            plan = _plan_of_returned(benefit, dues, clawbacks)
        else:
            plan = plan_benefit_netting(benefit.to_pay_fen, dues)
        for clawback_id, amount_fen in plan:
            _net(clawbacks[clawback_id], benefit, worker_code, amount_fen, actor_id)
            netted_fen += amount_fen
    return netted_fen


def net_waiting_benefits(*, after: int, limit: int = PEOPLE_MAX) -> tuple[int, int]:
    """The same for the next people who owe something and are owed something: how much was kept
    back, and the last of them (0: that was all)."""
    workers = list_workers_to_net(after=after, limit=limit)
    netted_fen = sum(net_benefits_of(worker_id, actor_id=None) for worker_id in workers)
    return netted_fen, workers[-1] if workers else 0


def release_nettings_of(benefit: Benefit, *, actor_id: int | None) -> None:
    """A benefit is withdrawn: what was kept back of it is owed again. Reverses its entries."""
    for netting in list_live_nettings(benefit.id):
        netting.release_entry_id = reverse_entry(
            netting.entry_id, reason=benefit.code, actor_id=actor_id
        )
        netting.released_at = clock.now()
        clawback = db.session.get_one(BenefitClawback, netting.clawback_id)
        record_clawback(
            "benefit_clawback.netting_released",
            clawback,
            actor_id,
            benefit=benefit.code,
            amount_fen=netting.amount_fen,
            entry_id=netting.release_entry_id,
        )
    benefit.netted_fen = 0
    db.session.flush()


def _due(clawback: BenefitClawback) -> PersonDue:
    recovered = sum_recovered_fen(clawback.id)
    by_plan = due_by_plan_fen(
        clawback.amount_fen,
        instalments=clawback.instalments,
        approved_on=clock.local_date(clawback.decided_at or clawback.prepared_at),
        today=clock.today(),
    )
    return PersonDue(clawback.id, clawback.amount_fen - recovered, max(by_plan - recovered, 0))


def _plan_of_returned(
    benefit: Benefit, dues: list[PersonDue], clawbacks: dict[int, BenefitClawback]
) -> list[tuple[int, int]]:
    for due in dues:
        own = clawbacks[due.clawback_id].benefit_id == benefit.id
        if own and due.outstanding_fen >= benefit.to_pay_fen:
            return [(due.clawback_id, benefit.to_pay_fen)]
    return []


def _net(
    clawback: BenefitClawback,
    benefit: Benefit,
    worker_code: str,
    amount_fen: int,
    actor_id: int | None,
) -> None:
    draft = entry_for_benefit_netting(
        f"{clawback.code}/{count_nettings(clawback.id) + 1}",
        worker_code=worker_code,
        amount=Money(amount_fen, clawback.currency),
        on=clock.today(),
    )
    netting = BenefitNetting(
        clawback_id=clawback.id,
        benefit_id=benefit.id,
        amount_fen=amount_fen,
        entry_id=post_entry(draft, actor_id=actor_id),
        netted_at=clock.now(),
    )
    db.session.add(netting)
    db.session.flush()
    benefit.netted_fen += amount_fen
    db.session.flush()
    record_clawback(
        "benefit_clawback.netted",
        clawback,
        actor_id,
        benefit=benefit.code,
        amount_fen=amount_fen,
        entry_id=netting.entry_id,
    )
    tell_debtor("netted", clawback, amount_fen)
