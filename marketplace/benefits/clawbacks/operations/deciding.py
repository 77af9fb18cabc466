"""Taking a paid benefit back: two signatures, pro rata to the allotments that paid it."""

from __future__ import annotations

from marketplace.benefits.clawbacks.entries import entry_for_benefit_clawback
from marketplace.benefits.clawbacks.models import BenefitClawback
from marketplace.benefits.clawbacks.operations.netting import net_benefits_of
from marketplace.benefits.clawbacks.operations.notes import record_clawback, tell_debtor
from marketplace.benefits.clawbacks.queries.standing import (
    is_paid,
    list_paid_by_allotment,
    lock_benefit_clawback,
    lock_money_of_person,
    sum_clawed_fen,
)
from marketplace.benefits.clawbacks.rules import (
    BenefitClawbackFacts,
    refusals_for_benefit_clawback,
)
from marketplace.benefits.clawbacks.states import BenefitClawbackState
from marketplace.benefits.models import Benefit
from marketplace.benefits.queries import lock_benefits
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.deciding import write_decision
from marketplace.foundation.errors import NotFound, Refusal, Refused
from marketplace.foundation.ids import new_code
from marketplace.foundation.signing import refuse_signature
from marketplace.foundation.text import tidy
from marketplace.funding.rules import pro_rata
from marketplace.ledger.operations import post_entry
from marketplace.people.queries import get_worker

REASON_MAX = 1_000


def prepare_benefit_clawback(
    benefit_id: int, *, amount_fen: int, instalments: int, reason: str, clause: str, actor_id: int
) -> BenefitClawback:
    """Prepare to take back money of a paid benefit (first signature); books nothing.

    Refuses `benefit_not_paid`, `amount_not_positive`, `benefit_clawback_too_high`,
    `benefit_clawback_instalments`, `benefit_clawback_reason_required`,
    `benefit_clawback_clause_required`.
    """
    found = lock_benefits([benefit_id])
    if not found:
        raise NotFound("benefit")
    benefit = found[0]
    clawback = BenefitClawback(
        code=new_code("BC"),
        benefit_id=benefit.id,
        worker_id=benefit.worker_id,
        amount_fen=amount_fen,
        currency=benefit.currency,
        instalments=instalments,
        reason=tidy(reason)[:REASON_MAX],
        clause=tidy(clause)[:REASON_MAX],
        state=BenefitClawbackState.PREPARED,
        prepared_by=actor_id,
        prepared_at=clock.now(),
    )
    _refuse(benefit, clawback, besides=None)
    db.session.add(clawback)
    db.session.flush()
    record_clawback(
        "benefit_clawback.prepared",
        clawback,
        actor_id,
        reason=clawback.reason,
        benefit=benefit.code,
        amount_fen=amount_fen,
        instalments=instalments,
        clause=clawback.clause,
    )
    return clawback


def approve_benefit_clawback(clawback_id: int, *, actor_id: int) -> BenefitClawback:
    """Sign as the second officer: the person owes it, the allotments have it again, what is due to
    them and not on its way is kept back as far as the first instalment goes; they are told why.

    Entry: `benefit.clawed_back`, debit receivable:worker, credit allotment:available of each that
    paid. Refuses `benefit_clawback_decided`, `same_person`, `benefit_not_paid` (it came back from
    the bank meanwhile).
    """
    clawback = _locked(clawback_id)
    if clawback.state is BenefitClawbackState.APPROVED and clawback.decided_by == actor_id:
        return clawback
    _refuse_signature(clawback, actor_id)
    benefit = db.session.get_one(Benefit, clawback.benefit_id)
    _refuse(benefit, clawback, besides=clawback.id)
    draft = entry_for_benefit_clawback(
        clawback.code,
        worker_code=get_worker(clawback.worker_id).code,
        shares=pro_rata(clawback.amount_fen, list_paid_by_allotment(benefit)),
        currency=clawback.currency,
        on=clock.today(),
    )
    clawback.entry_id = post_entry(draft, actor_id=actor_id)
    write_decision(clawback, BenefitClawbackState.APPROVED, actor_id=actor_id, reason=None)
    record_clawback(
        "benefit_clawback.approved",
        clawback,
        actor_id,
        reason=clawback.reason,
        amount_fen=clawback.amount_fen,
        entry_id=clawback.entry_id,
    )
    tell_debtor("approved", clawback, clawback.amount_fen, f"{clawback.reason} ({clawback.clause})")
    net_benefits_of(clawback.worker_id, actor_id=actor_id)
    return clawback


def reject_benefit_clawback(clawback_id: int, *, reason: str, actor_id: int) -> BenefitClawback:
    """Send it back with a reason; nothing was booked, the person was told nothing.

    Refuses `reason_required`, `benefit_clawback_decided`, `same_person`.
    """
    clawback = _locked(clawback_id)
    words = tidy(reason)[:REASON_MAX]
    if not words:
        raise Refused(Refusal("reason_required", field="reason"))
    _refuse_signature(clawback, actor_id)
    write_decision(clawback, BenefitClawbackState.REJECTED, actor_id=actor_id, reason=words)
    record_clawback(
        "benefit_clawback.rejected",
        clawback,
        actor_id,
        reason=words,
        amount_fen=clawback.amount_fen,
    )
    return clawback


def _locked(clawback_id: int) -> BenefitClawback:
    """What is set off at once first, then the benefit, as when a clawback is prepared."""
    found = db.session.get(BenefitClawback, clawback_id)
    if found is None:
        raise NotFound("benefit_clawback")
    lock_money_of_person(found.worker_id)
    lock_benefits([found.benefit_id])
    return lock_benefit_clawback(clawback_id)


def _refuse(benefit: Benefit, clawback: BenefitClawback, *, besides: int | None) -> None:
    facts = BenefitClawbackFacts(
        benefit_code=benefit.code,
        is_paid=is_paid(benefit),
        left_fen=benefit.amount_fen - sum_clawed_fen(benefit.id, besides=besides),
        wanted_fen=clawback.amount_fen,
        instalments=clawback.instalments,
        reason=clawback.reason,
        clause=clawback.clause,
        currency=benefit.currency,
    )
    if refusals := refusals_for_benefit_clawback(facts):
        raise Refused(refusals)


def _refuse_signature(clawback: BenefitClawback, actor_id: int) -> None:
    refuse_signature(
        waits=clawback.state is BenefitClawbackState.PREPARED,
        maker_id=clawback.prepared_by,
        actor_id=actor_id,
        decided=Refusal("benefit_clawback_decided", {"clawback": clawback.code}),
    )
