"""A person says that they owe nothing, or less: heard, answered with reasons by another officer."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy.exc import IntegrityError

from marketplace.benefits.clawbacks.models import BenefitClawback, BenefitClawbackDispute
from marketplace.benefits.clawbacks.operations.netting import net_benefits_of
from marketplace.benefits.clawbacks.operations.notes import left_fen, record_clawback, tell_debtor
from marketplace.benefits.clawbacks.operations.repayments import prepare_waiver
from marketplace.benefits.clawbacks.queries.standing import (
    find_open_dispute,
    lock_benefit_clawback,
    lock_money_of_person,
    sum_waiting_repayments_fen,
)
from marketplace.benefits.clawbacks.rules import (
    ANSWER_DAYS,
    WORDS_MAX,
    refusals_for_clawback_dispute,
    refusals_for_dispute_answer,
)
from marketplace.benefits.clawbacks.states import ClawbackDisputeState
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.errors import NotFound, Refusal, Refused
from marketplace.foundation.text import tidy


def file_clawback_dispute(clawback_id: int, *, words: str, actor_id: int) -> BenefitClawbackDispute:
    """The person says why it is wrong; until the answer nothing is kept back for it.

    Refuses `benefit_clawback_not_in_force`, `clawback_settled`, `clawback_dispute_open`,
    `clawback_dispute_words`.
    """
    clawback = lock_benefit_clawback(clawback_id)
    said = tidy(words)[:WORDS_MAX]
    if refusals := refusals_for_clawback_dispute(
        state=clawback.state,
        code=clawback.code,
        left_fen=left_fen(clawback),
        is_open_already=find_open_dispute(clawback.id) is not None,
        words=said,
    ):
        raise Refused(refusals)
    dispute = BenefitClawbackDispute(
        clawback_id=clawback.id,
        words=said,
        state=ClawbackDisputeState.OPEN,
        filed_by=actor_id,
        filed_at=clock.now(),
        due_on=clock.today() + timedelta(days=ANSWER_DAYS),
    )
    try:
        with db.session.begin_nested():
            db.session.add(dispute)
            db.session.flush()
    except IntegrityError as error:  # filed twice at the same moment
        raise Refused(Refusal("clawback_dispute_open")) from error
    record_clawback("benefit_clawback.disputed", clawback, actor_id)
    return dispute


def decide_clawback_dispute(
    clawback_id: int, *, verdict: ClawbackDisputeState, answer: str, clause: str, actor_id: int
) -> BenefitClawbackDispute:
    """Answer an open dispute. Accepted: a waiver of what is left is prepared with it, and another
    officer signs that. Rejected, with the rule: later benefits are kept back again.

    Refuses `clawback_dispute_decided`, `clawback_dispute_own` (who signed the clawback does not
    judge it), `clawback_dispute_answer`, `benefit_clawback_clause_required`.
    """
    found = db.session.get(BenefitClawback, clawback_id)
    if found is None:
        raise NotFound("benefit_clawback")
    lock_money_of_person(found.worker_id)
    clawback = lock_benefit_clawback(clawback_id)
    dispute = find_open_dispute(clawback.id)
    said, rule = tidy(answer)[:WORDS_MAX], tidy(clause)[:WORDS_MAX]
    if refusals := refusals_for_dispute_answer(
        state=ClawbackDisputeState.OPEN if dispute else ClawbackDisputeState.REJECTED,
        verdict=verdict,
        answer=said,
        clause=rule,
        signed_by_actor=actor_id in (clawback.prepared_by, clawback.decided_by),
    ):
        raise Refused(refusals)
    assert dispute is not None, "the rules asked for an open one"
    dispute.state = verdict
    dispute.answer, dispute.clause = said, rule or None
    dispute.decided_by, dispute.decided_at = actor_id, clock.now()
    db.session.flush()
    record_clawback(
        f"benefit_clawback.dispute_{verdict.value}", clawback, actor_id, reason=said, clause=rule
    )
    tell_debtor(f"dispute_{verdict.value}", clawback, clawback.amount_fen, said)
    if verdict is ClawbackDisputeState.ACCEPTED:
        rest = left_fen(clawback) - sum_waiting_repayments_fen(clawback.id)
        if rest > 0:
            prepare_waiver(clawback.id, amount_fen=rest, reason=said, actor_id=actor_id)
    else:
        net_benefits_of(clawback.worker_id, actor_id=actor_id)
    return dispute
