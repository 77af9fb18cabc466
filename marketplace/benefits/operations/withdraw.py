"""Taking back what is not due any more, before it is paid."""

from __future__ import annotations

from marketplace.audit.operations import record_event
from marketplace.benefits.clawbacks.operations.netting import release_nettings_of
from marketplace.benefits.clawbacks.queries.standing import (
    find_live_clawback,
    list_paid_by_allotment,
)
from marketplace.benefits.entries import entry_for_benefit_withdrawn
from marketplace.benefits.labels import CAUSE_GONE
from marketplace.benefits.models import Benefit
from marketplace.benefits.operations.notes import tell
from marketplace.benefits.queries import (
    find_busy_payout,
    list_fallen_benefits,
    lock_benefits,
    title_of,
)
from marketplace.benefits.rules import WithdrawalFacts, refusals_for_withdrawal
from marketplace.benefits.states import BenefitState
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.errors import NotFound, Refused
from marketplace.foundation.text import tidy
from marketplace.ledger.operations import post_entry
from marketplace.people.queries import get_worker


def withdraw_benefit(benefit_id: int, *, reason: str, actor_id: int) -> Benefit:
    """An officer says that a benefit is not due after all; the person is told why.

    Entry: `benefit.withdrawn`, payable:worker → allotment:available, where it was owed. Refuses
    `benefit_withdrawn`, `benefit_in_payout`, `benefit_clawed_back`, `benefit_reason_required`.
    What was kept back of it is owed again.
    """
    found = lock_benefits([benefit_id])
    if not found:
        raise NotFound("benefit")
    benefit = found[0]
    facts = WithdrawalFacts(
        benefit.code,
        benefit.state,
        find_busy_payout(benefit.id),
        tidy(reason),
        find_live_clawback(benefit.id),
    )
    if refusals := refusals_for_withdrawal(facts):
        raise Refused(refusals)
    _withdraw(benefit, facts.reason, actor_id)
    return benefit


def withdraw_fallen_benefits(*, limit: int = 200) -> int:
    """Withdraw what followed from redemptions that were taken back since; answers how many.

    What is on its way or paid stays: the officers' list names it.
    """
    fallen = list_fallen_benefits(limit=limit)
    for benefit in fallen:
        _withdraw(benefit, CAUSE_GONE, None)
    return len(fallen)


def _withdraw(benefit: Benefit, reason: str, actor_id: int | None) -> None:
    worker = get_worker(benefit.worker_id)
    was_told = benefit.state is BenefitState.DUE
    release_nettings_of(benefit, actor_id=actor_id)
    if was_told:
        draft = entry_for_benefit_withdrawn(
            benefit.code,
            shares=list_paid_by_allotment(benefit),
            worker_code=worker.code,
            currency=benefit.currency,
            on=clock.today(),
        )
        benefit.withdrawn_entry_id = post_entry(draft, actor_id=actor_id)
    benefit.state = BenefitState.WITHDRAWN
    benefit.withdrawn_reason = reason
    benefit.withdrawn_by = actor_id
    benefit.withdrawn_at = clock.now()
    db.session.flush()
    record_event(
        "benefit.withdrawn",
        subject_kind="benefit",
        subject_code=benefit.code,
        actor_id=actor_id,
        reason=reason,
        details={
            "benefit_kind": benefit.kind,
            "amount_fen": benefit.amount_fen,
            "entry_id": benefit.withdrawn_entry_id,
        },
    )
    if was_told:
        words = {"title": title_of(benefit), "reason": reason}
        tell(worker.user_id, "benefit.withdrawn", benefit, words)
