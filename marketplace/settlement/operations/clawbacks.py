"""Taking money back: two signatures, pro rata to the original funding, netted in instalments."""

from __future__ import annotations

from marketplace.audit.operations import record_event
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.errors import Refusal, Refused
from marketplace.foundation.ids import new_code
from marketplace.foundation.text import tidy
from marketplace.institutions.models import Institution
from marketplace.ledger.operations import post_entry
from marketplace.settlement.entries import entry_for_clawback
from marketplace.settlement.models import Clawback
from marketplace.settlement.queries.months import lock_settlement
from marketplace.settlement.queries.receivables import (
    find_advance_of,
    list_paid_by_allotment,
    lock_clawback,
    sum_clawed_back_fen,
)
from marketplace.settlement.rules.receivables import (
    ClawbackFacts,
    pro_rata,
    refusals_for_clawback,
)
from marketplace.settlement.states import SettlementState


def prepare_clawback(
    settlement_id: int, *, amount_fen: int, instalments: int, reason: str, actor_id: int
) -> Clawback:
    """Prepare to take back part of an approved settlement (first signature); books nothing.

    Refuses `clawback_not_settled`, `advance_not_positive`, `clawback_too_high`,
    `clawback_instalments`, `reason_required`.
    """
    settlement = lock_settlement(settlement_id)
    is_month = find_advance_of(settlement.id) is None
    facts = ClawbackFacts(
        settlement_code=settlement.code,
        settlement_is_paid_or_due=settlement.state is SettlementState.APPROVED and is_month,
        settled_fen=settlement.amount_fen,
        clawed_back_fen=sum_clawed_back_fen(settlement.id),
        wanted_fen=amount_fen,
        instalments=instalments,
        reason=tidy(reason),
        currency=settlement.currency,
    )
    if refusals := refusals_for_clawback(facts):
        raise Refused(refusals)
    clawback = Clawback(
        code=new_code("CB"),
        settlement_id=settlement.id,
        institution_id=settlement.institution_id,
        amount_fen=amount_fen,
        currency=settlement.currency,
        instalments=instalments,
        reason=tidy(reason),
        state=SettlementState.PREPARED,
        prepared_by=actor_id,
        prepared_at=clock.now(),
    )
    db.session.add(clawback)
    db.session.flush()
    _record("clawback.prepared", clawback, actor_id, clawback.reason)
    return clawback


def approve_clawback(clawback_id: int, *, actor_id: int) -> Clawback:
    """Sign as the second officer: the institution owes it, the allotments have it again.

    Entry: debit receivable:institution, credit allotment:available pro rata to what each paid.
    Refuses `clawback_already_decided`, `same_person`.
    """
    clawback = lock_clawback(clawback_id)
    if clawback.state is SettlementState.APPROVED and clawback.decided_by == actor_id:
        return clawback
    _refuse_signature(clawback, actor_id)
    draft = entry_for_clawback(
        clawback.code,
        institution_code=db.session.get_one(Institution, clawback.institution_id).code,
        shares=pro_rata(clawback.amount_fen, list_paid_by_allotment(clawback.settlement_id)),
        currency=clawback.currency,
        on=clock.today(),
    )
    clawback.entry_id = post_entry(draft, actor_id=actor_id)
    _decide(clawback, SettlementState.APPROVED, actor_id, None)
    _record("clawback.approved", clawback, actor_id, None)
    return clawback


def reject_clawback(clawback_id: int, *, reason: str, actor_id: int) -> Clawback:
    """Send a clawback back with a reason; nothing was booked.

    Refuses `reason_required`, `clawback_already_decided`, `same_person`.
    """
    clawback = lock_clawback(clawback_id)
    if not tidy(reason):
        raise Refused(Refusal("reason_required", field="reason"))
    _refuse_signature(clawback, actor_id)
    _decide(clawback, SettlementState.REJECTED, actor_id, tidy(reason))
    _record("clawback.rejected", clawback, actor_id, tidy(reason))
    return clawback


def _refuse_signature(clawback: Clawback, actor_id: int) -> None:
    refusals = []
    if clawback.state is not SettlementState.PREPARED:
        refusals.append(Refusal("clawback_already_decided", {"clawback": clawback.code}))
    if clawback.prepared_by == actor_id:
        refusals.append(Refusal("same_person"))
    if refusals:
        raise Refused(refusals)


def _decide(clawback: Clawback, state: SettlementState, actor_id: int, reason: str | None) -> None:
    clawback.state = state
    clawback.decided_by = actor_id
    clawback.decided_at = clock.now()
    clawback.decision_reason = reason
    db.session.flush()


def _record(event: str, clawback: Clawback, actor_id: int, reason: str | None) -> None:
    record_event(
        event,
        subject_kind="clawback",
        subject_code=clawback.code,
        actor_id=actor_id,
        reason=reason,
        details={"amount_fen": clawback.amount_fen, "instalments": clawback.instalments},
    )
