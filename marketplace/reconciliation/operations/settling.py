"""The checker's side of a difference: post, return, post several of one kind."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date

from marketplace.audit.operations import record_event
from marketplace.benefits.clawbacks.operations.repayments import (
    book_bank_repayment,
    refuse_bank_repayment,
    reverse_bank_repayment,
)
from marketplace.benefits.clawbacks.queries.standing import lock_benefit_clawback
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.errors import Refusal, Refused
from marketplace.foundation.money import Money
from marketplace.foundation.text import tidy
from marketplace.ledger.operations import post_entry, reverse_entry
from marketplace.ledger.queries import is_month_closed
from marketplace.payouts.models import Payout
from marketplace.payouts.operations import return_payout
from marketplace.people.queries import get_worker
from marketplace.reconciliation import errors as _errors  # noqa: F401  (registers the refusals)
from marketplace.reconciliation.entries import (
    WITHOUT_OWN_ENTRY,
    counter_side,
    entry_for_break,
    other_bank,
)
from marketplace.reconciliation.models import (
    BreakProposal,
    ReconciliationBreak,
    ReconciliationMatch,
)
from marketplace.reconciliation.queries.overview import lock_break
from marketplace.reconciliation.queries.proposals import (
    EVERYWHERE,
    BreakLine,
    NamedPayout,
    find_named_payout,
    is_entry_matched,
    list_break_lines,
    lock_lines_of_proposals,
    lock_proposals,
)
from marketplace.reconciliation.rules.proposals import (
    DecidingFacts,
    refusals_for_bulk,
    refusals_for_deciding,
)
from marketplace.reconciliation.states import (
    BreakState,
    ProposalKind,
    ProposalState,
    StatementLineState,
)


def approve_proposals(
    codes: Collection[str], *, actor_id: int, paths: Sequence[str] = EVERYWHERE
) -> list[BreakProposal]:
    """The checker signs proposals of one kind, all or none: each is booked, and the bank's line
    counts as explained (a return ties it to its payout; a reversal opens the difference again).

    Entry: `break.settled`, named after difference and proposal, on the bank's booking day, or
    today when that month is closed. Refuses `nothing_chosen`, `proposal_gone`, `proposals_differ`,
    `proposal_already_decided`, `break_already_closed`, `same_person`, and what the books refuse
    (`balance_too_low`, `repayment_too_high`).
    """
    wanted = set(codes)
    lock_lines_of_proposals(wanted)
    found = lock_proposals(wanted)
    kinds = [proposal.kind for proposal in found]
    if refusals := refusals_for_bulk(kinds, wanted=len(wanted)):
        raise Refused(refusals)
    for proposal in found:
        _approve(proposal, actor_id=actor_id, paths=paths)
    return found


def return_proposal(code: str, *, reason: str, actor_id: int) -> BreakProposal:
    """The checker sends a proposal back with a reason; nothing was booked.

    Refuses `reason_required`, `proposal_gone`, `proposal_already_decided`, `same_person`.
    """
    words = tidy(reason)[:1_000]
    if not words:
        raise Refused(Refusal("reason_required", field="reason"))
    lock_lines_of_proposals([code])
    found = lock_proposals([code])
    if not found:
        raise Refused(Refusal("proposal_gone"))
    (proposal,) = found
    item = lock_break(proposal.break_id)
    _refuse_decision(proposal, item, actor_id)
    proposal.decision_reason = words
    _decide(proposal, ProposalState.RETURNED, actor_id)
    _record("break.proposal_returned", proposal, item, actor_id)
    return proposal


def _approve(proposal: BreakProposal, *, actor_id: int, paths: Sequence[str]) -> None:
    item = lock_break(proposal.break_id)
    if proposal.state == ProposalState.POSTED and proposal.decided_by == actor_id:
        return
    _refuse_decision(proposal, item, actor_id)
    rows = list_break_lines([item.code], paths=paths)
    if not rows:
        raise Refused(Refusal("proposal_gone"))
    (row,) = rows
    if proposal.kind == ProposalKind.REVERSAL:
        _undo(proposal, row, actor_id)
    elif proposal.kind == ProposalKind.RETURNED_PAYMENT:
        _bring_back(proposal, row, actor_id)
    else:
        if proposal.kind not in WITHOUT_OWN_ENTRY:
            proposal.entry_id = _book(proposal, row, actor_id)
        _explain(item, row, proposal, actor_id)
    _decide(proposal, ProposalState.POSTED, actor_id)
    _record("break.settled", proposal, item, actor_id)


def _refuse_decision(proposal: BreakProposal, item: ReconciliationBreak, actor_id: int) -> None:
    facts = DecidingFacts(
        state=proposal.state,
        break_state=item.state,
        is_reversal=proposal.kind == ProposalKind.REVERSAL,
        proposed_by=proposal.proposed_by,
        actor_id=actor_id,
    )
    if refusals := refusals_for_deciding(facts):
        raise Refused(refusals)


def _book(proposal: BreakProposal, row: BreakLine, actor_id: int) -> int:
    payout = _payout_of(proposal)
    draft = entry_for_break(
        f"{row.item.code}/{proposal.number}",
        bank=other_bank(row.bank_account, row.currency),
        counter=counter_side(
            proposal.kind,
            bank_account=row.bank_account,
            currency=row.currency,
            institution_code=payout.institution_code if payout else None,
            worker_code=_worker_of(proposal, payout),
            place_code=row.place_code,
        ),
        amount=Money(proposal.amount_fen, proposal.currency),
        on=_effective_day(row.line.booked_on),
        memo=f"{row.line.code} {proposal.kind.value}",
    )
    entry_id = post_entry(draft, actor_id=actor_id)
    if proposal.benefit_clawback_id is not None:
        book_bank_repayment(
            proposal.benefit_clawback_id,
            amount_fen=proposal.amount_fen,
            booked_on=row.line.booked_on,
            reference=row.item.code,
            entry_id=entry_id,
            signed_by=(proposal.proposed_by, actor_id),
        )
    return entry_id


def _worker_of(proposal: BreakProposal, payout: NamedPayout | None) -> str | None:
    if proposal.benefit_clawback_id is None:
        return payout.worker_code if payout else None
    clawback = lock_benefit_clawback(proposal.benefit_clawback_id)
    refuse_bank_repayment(clawback, amount_fen=proposal.amount_fen)
    return get_worker(clawback.worker_id).code


def _effective_day(booked_on: date) -> date:
    """The bank's day; corrections of a closed month are entries of today."""
    return clock.today() if is_month_closed(booked_on) else booked_on


def _payout_of(proposal: BreakProposal) -> NamedPayout | None:
    if proposal.payout_id is None:
        return None
    payout = db.session.get_one(Payout, proposal.payout_id)
    return find_named_payout(payout.code)


def _bring_back(proposal: BreakProposal, row: BreakLine, actor_id: int) -> None:
    """The payout is owed again, once: `return_payout` refuses or answers with what is booked, and
    one entry stands behind one line only."""
    payout = _payout_of(proposal)
    assert payout is not None, "a return names its payout (refusals_for_taking)"
    if payout.payout.amount_fen != row.line.amount_fen:
        raise Refused(Refusal("proposal_amount_differs", {"payout": payout.payout.code}))
    entry_id = return_payout(
        payout.payout.id,
        end_to_end_id=payout.end_to_end_id,
        reason_code=row.line.return_code or "NARR",
        effective_on=_effective_day(row.line.booked_on),
        actor_id=actor_id,
    )
    if is_entry_matched(entry_id):
        raise Refused(Refusal("proposal_return_known", {"payout": payout.payout.code}))
    db.session.add(
        ReconciliationMatch(
            statement_line_id=row.line.id,
            payout_id=payout.payout.id,
            entry_id=entry_id,
            explanation="confirmed_return",
            matched_by=actor_id,
            matched_at=clock.now(),
        )
    )
    proposal.entry_id = entry_id
    row.line.state = StatementLineState.MATCHED
    row.item.state = BreakState.RESOLVED
    db.session.flush()


def _explain(
    item: ReconciliationBreak, row: BreakLine, proposal: BreakProposal, actor_id: int
) -> None:
    item.state = BreakState.EXPLAINED
    item.explanation = proposal.reason
    item.explained_by = actor_id
    item.explained_at = clock.now()
    row.line.state = StatementLineState.EXPLAINED
    db.session.flush()


def _undo(proposal: BreakProposal, row: BreakLine, actor_id: int) -> None:
    """A second entry takes the first away; the difference is open again."""
    original = db.session.get_one(BreakProposal, proposal.reverses_id)
    if original.entry_id is not None:
        proposal.entry_id = reverse_entry(
            original.entry_id, reason=proposal.reason, actor_id=actor_id
        )
        if original.benefit_clawback_id is not None:
            reverse_bank_repayment(original.entry_id, reason=proposal.reason, actor_id=actor_id)
    original.state = ProposalState.REVERSED
    item = row.item
    item.state = BreakState.OPEN
    item.explanation = item.explained_by = item.explained_at = None
    row.line.state = StatementLineState.BREAK
    db.session.flush()


def _decide(proposal: BreakProposal, state: ProposalState, actor_id: int) -> None:
    proposal.state = state
    proposal.decided_by = actor_id
    proposal.decided_at = clock.now()
    db.session.flush()


def _record(event: str, proposal: BreakProposal, item: ReconciliationBreak, actor_id: int) -> None:
    record_event(
        event,
        subject_kind="break",
        subject_code=item.code,
        actor_id=actor_id,
        reason=proposal.decision_reason,
        details={
            "proposal": proposal.code,
            "kind": proposal.kind.value,
            "amount_fen": proposal.amount_fen,
            "entry_id": proposal.entry_id,
        },
    )
