"""Taking money back: two signatures, pro rata to the original funding, netted in instalments."""

from __future__ import annotations

from marketplace.audit.operations import record_event
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.deciding import write_decision
from marketplace.foundation.errors import Refusal, Refused
from marketplace.foundation.ids import new_code
from marketplace.foundation.money import Money
from marketplace.foundation.signing import refuse_signature
from marketplace.foundation.text import tidy
from marketplace.funding.rules import pro_rata
from marketplace.institutions.models import Institution
from marketplace.ledger.operations import post_entry
from marketplace.retentions.operations.clawing_back import take_back_retained
from marketplace.retentions.queries.retentions import lock_held_of_redemption
from marketplace.settlement.entries import entry_for_clawback
from marketplace.settlement.models import Clawback, Settlement
from marketplace.settlement.queries.clawbacks import (
    find_settled_redemption_id,
    get_clawable_fen,
    list_paid_of_clawback,
)
from marketplace.settlement.queries.months import lock_settlement
from marketplace.settlement.queries.receivables import find_advance_of, lock_clawback
from marketplace.settlement.queries.voided import find_proposal_of
from marketplace.settlement.rules.receivables import ClawbackFacts, refusals_for_clawback
from marketplace.settlement.states import ProposalState, SettlementState


def prepare_clawback(
    settlement_id: int,
    *,
    amount_fen: int,
    instalments: int,
    reason: str,
    actor_id: int,
    redemption_code: str | None = None,
) -> Clawback:
    """Prepare to take back part of an approved settlement (first signature); books nothing.

    With the code of one of its redemptions it is about that one: what is withheld of it is taken
    first. Without, what is withheld or went back already cannot be taken.
    Refuses `clawback_not_settled`, `clawback_of_other_redemption`, `advance_not_positive`,
    `clawback_too_high`, `clawback_instalments`, `reason_required`.
    """
    settlement = lock_settlement(settlement_id)
    redemption_id = _redemption_in(settlement, redemption_code) if redemption_code else None
    is_month = find_advance_of(settlement.id) is None
    facts = ClawbackFacts(
        settlement_code=settlement.code,
        settlement_is_paid_or_due=settlement.state is SettlementState.APPROVED and is_month,
        left_fen=get_clawable_fen(settlement.id, redemption_id=redemption_id),
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
        redemption_id=redemption_id,
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

    Entry: debit retention:institution by what is withheld of the redemption it names and
    receivable:institution by the rest; credit allotment:available pro rata to what each paid.
    Refuses `clawback_already_decided`, `same_person`, `clawback_too_high` (withheld shares went
    back in the meantime).
    """
    clawback = lock_clawback(clawback_id)
    if clawback.state is SettlementState.APPROVED and clawback.decided_by == actor_id:
        return clawback
    _refuse_signature(clawback, actor_id)
    _refuse_amount(clawback)
    if clawback.redemption_id is not None:
        clawback.retained_fen = take_back_retained(
            clawback.redemption_id,
            amount_fen=clawback.amount_fen,
            clawback_code=clawback.code,
            actor_id=actor_id,
        )
    draft = entry_for_clawback(
        clawback.code,
        institution_code=db.session.get_one(Institution, clawback.institution_id).code,
        shares=pro_rata(clawback.amount_fen, list_paid_of_clawback(clawback)),
        retained_fen=clawback.retained_fen,
        currency=clawback.currency,
        on=clock.today(),
    )
    clawback.entry_id = post_entry(draft, actor_id=actor_id)
    write_decision(clawback, SettlementState.APPROVED, actor_id=actor_id, reason=None)
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
    write_decision(clawback, SettlementState.REJECTED, actor_id=actor_id, reason=tidy(reason))
    _reopen_proposal(clawback, actor_id)
    _record("clawback.rejected", clawback, actor_id, tidy(reason))
    return clawback


def _reopen_proposal(clawback: Clawback, actor_id: int) -> None:
    """What was proposed by the system is open again when its clawback is sent back."""
    proposal = find_proposal_of(clawback.id)
    if proposal is None:
        return
    proposal.state, proposal.clawback_id = ProposalState.OPEN, None
    db.session.flush()
    record_event(
        "clawback.proposal_reopened",
        subject_kind="clawback_proposal",
        subject_code=proposal.code,
        actor_id=actor_id,
        details={"clawback": clawback.code, "amount_fen": proposal.amount_fen},
    )


def _redemption_in(settlement: Settlement, code: str) -> int:
    found = find_settled_redemption_id(settlement.id, code=code)
    if found is None:
        params = {"redemption": code, "settlement": settlement.code}
        raise Refused(Refusal("clawback_of_other_redemption", params, field="redemption"))
    return found


def _refuse_signature(clawback: Clawback, actor_id: int) -> None:
    refuse_signature(
        waits=clawback.state is SettlementState.PREPARED,
        maker_id=clawback.prepared_by,
        actor_id=actor_id,
        decided=Refusal("clawback_already_decided", {"clawback": clawback.code}),
    )


def _refuse_amount(clawback: Clawback) -> None:
    if clawback.redemption_id is not None:  # nothing of it is released or returned meanwhile
        lock_held_of_redemption(clawback.redemption_id)
    left_fen = get_clawable_fen(
        clawback.settlement_id, redemption_id=clawback.redemption_id, besides=clawback.id
    )
    if clawback.amount_fen > left_fen:
        code = lock_settlement(clawback.settlement_id).code
        params = {"most": Money(left_fen, clawback.currency), "settlement": code}
        raise Refused(Refusal("clawback_too_high", params))


def _record(event: str, clawback: Clawback, actor_id: int, reason: str | None) -> None:
    record_event(
        event,
        subject_kind="clawback",
        subject_code=clawback.code,
        actor_id=actor_id,
        reason=reason,
        details={"amount_fen": clawback.amount_fen, "instalments": clawback.instalments},
    )
