"""A certificate voided after its share was released: a clawback is proposed by itself."""

from __future__ import annotations

from datetime import date

from marketplace.audit.operations import record_event
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.errors import Refusal, Refused
from marketplace.foundation.ids import new_code
from marketplace.foundation.money import Money
from marketplace.foundation.signing import refuse_signature
from marketplace.foundation.text import tidy
from marketplace.institutions.queries import list_manager_ids
from marketplace.notices.operations import send_notice
from marketplace.records.states import ChangeReason
from marketplace.redemption.models import Redemption
from marketplace.settlement import errors as _errors  # noqa: F401  (registers the refusals)
from marketplace.settlement.models import Clawback, ClawbackProposal
from marketplace.settlement.operations.clawbacks import prepare_clawback
from marketplace.settlement.queries.voided import VoidedShare, lock_proposal, lock_voided_shares
from marketplace.settlement.states import ProposalState

REASON_MAX = 1_000


def propose_clawbacks() -> int:
    """Propose to take back each released share whose certificate was voided since; books nothing.

    The institution is told, officers find it in their work. Called again it finds nothing new.
    Answers how many.
    """
    shares = lock_voided_shares()
    for share in shares:
        _propose(share)
    return len(shares)


def take_proposed_clawback(
    proposal_id: int, *, instalments: int, reason: str, actor_id: int
) -> Clawback:
    """Prepare the clawback that is proposed (first signature); another officer approves it.

    Refuses `proposal_not_open` and what `prepare_clawback` refuses.
    """
    proposal = lock_proposal(proposal_id)
    if proposal.state is not ProposalState.OPEN:
        raise Refused(Refusal("proposal_not_open", {"proposal": proposal.code}))
    redemption = db.session.get_one(Redemption, proposal.redemption_id)
    clawback = prepare_clawback(
        proposal.settlement_id,
        amount_fen=proposal.amount_fen,
        instalments=instalments,
        reason=tidy(reason)[:REASON_MAX],
        redemption_code=redemption.code,
        actor_id=actor_id,
    )
    proposal.state = ProposalState.TAKEN
    proposal.clawback_id = clawback.id
    db.session.flush()
    _record("clawback.proposal_taken", proposal, actor_id, None)
    return clawback


def prepare_dismissal(proposal_id: int, *, reason: str, actor_id: int) -> ClawbackProposal:
    """Say that nothing is to be taken back, and why (first signature).

    Refuses `proposal_not_open`, `reason_required`.
    """
    proposal = lock_proposal(proposal_id)
    words = tidy(reason)[:REASON_MAX]
    if proposal.state is not ProposalState.OPEN:
        raise Refused(Refusal("proposal_not_open", {"proposal": proposal.code}))
    if not words:
        raise Refused(Refusal("reason_required", field="reason"))
    proposal.state = ProposalState.TO_DISMISS
    proposal.dismissal_reason = words
    proposal.prepared_by, proposal.prepared_at = actor_id, clock.now()
    db.session.flush()
    _record("clawback.dismissal_prepared", proposal, actor_id, words)
    return proposal


def approve_dismissal(proposal_id: int, *, actor_id: int) -> ClawbackProposal:
    """Sign as the second officer that nothing is taken back.

    Refuses `proposal_not_open`, `same_person`.
    """
    proposal = lock_proposal(proposal_id)
    if proposal.state is ProposalState.DISMISSED and proposal.decided_by == actor_id:
        return proposal
    _refuse_dismissal(proposal, actor_id)
    proposal.state = ProposalState.DISMISSED
    proposal.decided_by, proposal.decided_at = actor_id, clock.now()
    db.session.flush()
    _record("clawback.dismissal_approved", proposal, actor_id, proposal.dismissal_reason)
    return proposal


def reject_dismissal(proposal_id: int, *, reason: str, actor_id: int) -> ClawbackProposal:
    """Send a dismissal back: the clawback stays proposed.

    Refuses `proposal_not_open`, `same_person`, `reason_required`.
    """
    proposal = lock_proposal(proposal_id)
    words = tidy(reason)[:REASON_MAX]
    if not words:
        raise Refused(Refusal("reason_required", field="reason"))
    _refuse_dismissal(proposal, actor_id)
    proposal.state = ProposalState.OPEN
    proposal.prepared_by = proposal.prepared_at = proposal.dismissal_reason = None
    db.session.flush()
    _record("clawback.dismissal_rejected", proposal, actor_id, words)
    return proposal


def _refuse_dismissal(proposal: ClawbackProposal, actor_id: int) -> None:
    refuse_signature(
        waits=proposal.state is ProposalState.TO_DISMISS,
        maker_id=proposal.prepared_by,
        actor_id=actor_id,
        decided=Refusal("proposal_not_open", {"proposal": proposal.code}),
    )


def _propose(share: VoidedShare) -> None:
    retention = share.retention
    proposal = ClawbackProposal(
        code=new_code("CP"),
        retention_id=retention.id,
        redemption_id=retention.redemption_id,
        institution_id=retention.institution_id,
        settlement_id=retention.settlement_id,
        amount_fen=retention.left_fen,
        currency=retention.currency,
        reason=share.reason or ChangeReason.ISSUED_IN_ERROR,
        certificate=share.certificate,
        state=ProposalState.OPEN,
        proposed_at=clock.now(),
    )
    db.session.add(proposal)
    db.session.flush()
    _record("clawback.proposed", proposal, None, proposal.reason)
    params: dict[str, Money | str | int | date] = {
        "amount": Money(proposal.amount_fen, proposal.currency),
        "certificate": share.certificate,
        "title": share.title,
        "reason": retention.rule,
    }
    for manager_id in list_manager_ids(retention.institution_id):
        send_notice(
            manager_id,
            kind="clawback.proposed",
            params=params,
            link="/institution/statement-of-account",
        )


def _record(
    event: str, proposal: ClawbackProposal, actor_id: int | None, reason: str | None
) -> None:
    record_event(
        event,
        subject_kind="clawback_proposal",
        subject_code=proposal.code,
        actor_id=actor_id,
        reason=reason,
        details={"amount_fen": proposal.amount_fen, "certificate": proposal.certificate},
    )
