"""Settling differences: proposed by the system, taken by a maker, posted by a checker."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy.exc import IntegrityError

from marketplace.audit.operations import record_event
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.errors import Refusal, Refused
from marketplace.foundation.ids import new_code
from marketplace.foundation.text import tidy
from marketplace.reconciliation import errors as _errors  # noqa: F401  (registers the refusals)
from marketplace.reconciliation.models import BreakProposal
from marketplace.reconciliation.operations.correcting import words_of
from marketplace.reconciliation.operations.suggestions import list_suggestions
from marketplace.reconciliation.queries.overview import lock_break
from marketplace.reconciliation.queries.proposals import (
    EVERYWHERE,
    BreakLine,
    count_proposals_of,
    find_named_payout,
    find_waiting_proposal,
    list_break_facts,
    list_break_lines,
    lock_lines_of_breaks,
    lock_lines_of_proposals,
    lock_proposals,
)
from marketplace.reconciliation.queries.repayments import NamedClawback, find_named_clawback
from marketplace.reconciliation.queries.stripe_lines import find_movement_row
from marketplace.reconciliation.rules.proposals import (
    Proposed,
    TakingFacts,
    proposal_for,
    refusals_for_bulk,
    refusals_for_reversal,
    refusals_for_taking,
)
from marketplace.reconciliation.rules.suggestions import Kind
from marketplace.reconciliation.states import ProposalKind, ProposalState


@dataclass(frozen=True, slots=True)
class Choice:
    """What a maker takes a difference for."""

    kind: ProposalKind
    reason: str
    payout_code: str = ""
    """Or the code of the clawback that a person pays back."""


def list_proposed(
    rows: Sequence[BreakLine], *, paths: Sequence[str] = EVERYWHERE
) -> dict[int, Proposed]:
    """What the system proposes for each of some differences. Changes nothing."""
    returned: dict[str, str] = {}
    if any(row.item.cause == "unknown_credit" for row in rows):
        for each in list_suggestions(paths=paths):
            if each.kind == Kind.RETURN and each.is_sure:
                returned[each.lines[0].code] = each.payouts[0].payout_code
    facts = list_break_facts(rows, returned=returned)
    return {break_id: proposal_for(each) for break_id, each in facts.items()}


def propose_entry(
    break_code: str, choice: Choice, *, actor_id: int, paths: Sequence[str] = EVERYWHERE
) -> BreakProposal:
    """The maker takes the system's proposal or another one, with a reason; books nothing.

    The maker's own waiting proposal is withdrawn for the new one. Refuses `break_already_closed`,
    `proposal_waits` (another maker's), `proposal_other_direction`, `proposal_needs_payout`,
    `proposal_needs_place`, `proposal_needs_clawback`, `repayment_too_high`,
    `proposal_needs_stripe_line`, `explanation_required`.
    """
    found = list_break_lines([break_code], paths=paths)
    if not found:
        raise Refused(Refusal("proposal_gone"))
    (row,) = found
    lock_lines_of_breaks([row.item.id])
    suggested = list_proposed([row], paths=paths)[row.item.id]
    return _take(row, choice, suggested, actor_id=actor_id, paths=paths)


def take_proposals(
    break_codes: Collection[str], *, actor_id: int, reason: str, paths: Sequence[str] = EVERYWHERE
) -> list[BreakProposal]:
    """The maker takes the system's proposals for several differences of one kind: all or none.

    Refuses `nothing_chosen`, `proposal_gone`, `proposals_differ` and what `propose_entry` refuses.
    """
    wanted = set(break_codes)
    rows = list_break_lines(wanted, paths=paths)
    proposed = list_proposed(rows, paths=paths)
    kinds = [each.kind for each in proposed.values() if each.kind is not None]
    if refusals := refusals_for_bulk(kinds, wanted=len(wanted)):
        raise Refused(refusals)
    lock_lines_of_breaks([row.item.id for row in rows])
    taken = []
    for row in rows:
        suggested = proposed[row.item.id]
        assert suggested.kind is not None, "those without a kind were refused"
        choice = Choice(suggested.kind, reason, suggested.payout_code or "")
        taken.append(_take(row, choice, suggested, actor_id=actor_id, paths=paths))
    return taken


def propose_reversal(proposal_code: str, *, reason: str, actor_id: int) -> BreakProposal:
    """Propose to undo what was posted for a difference; another officer signs it.

    Refuses `proposal_not_posted`, `return_not_reversible`, `proposal_waits`,
    `explanation_required`.
    """
    original = _lock_one(proposal_code)
    lock_break(original.break_id)
    words = words_of(reason)
    waiting = find_waiting_proposal(original.break_id)
    if refusals := refusals_for_reversal(
        state=original.state, kind=original.kind, waits=waiting is not None, reason=words
    ):
        raise Refused(refusals)
    return _write(
        BreakProposal(
            break_id=original.break_id,
            kind=ProposalKind.REVERSAL,
            suggested_kind=None,
            amount_fen=original.amount_fen,
            currency=original.currency,
            payout_id=original.payout_id,
            benefit_clawback_id=original.benefit_clawback_id,
            reason=words,
            proposed_by=actor_id,
            reverses_id=original.id,
        )
    )


def withdraw_proposal(proposal_code: str, *, actor_id: int) -> BreakProposal:
    """The maker takes a waiting proposal back. Refuses `proposal_already_decided`,
    `proposal_of_another`."""
    proposal = _lock_one(proposal_code)
    if proposal.state == ProposalState.WITHDRAWN:
        return proposal
    if proposal.state != ProposalState.PROPOSED:
        raise Refused(Refusal("proposal_already_decided"))
    if proposal.proposed_by != actor_id:
        raise Refused(Refusal("proposal_of_another"))
    _withdraw(proposal, actor_id)
    return proposal


def _take(
    row: BreakLine,
    choice: Choice,
    suggested: Proposed,
    *,
    actor_id: int,
    paths: Sequence[str],
) -> BreakProposal:
    item = lock_break(row.item.id)
    named = tidy(choice.payout_code).upper()
    payout = find_named_payout(named, paths=paths) if named else None
    clawback = _clawback_named(named, choice.kind, row.currency, paths)
    waiting = find_waiting_proposal(item.id)
    words = words_of(choice.reason)
    facts = TakingFacts(
        break_state=item.state,
        amount_fen=item.amount_fen,
        currency=row.currency,
        kind=choice.kind,
        reason=words,
        payout_currency=payout.payout.currency if payout else None,
        is_in_place=row.place_code is not None,
        waits=waiting is not None and waiting.proposed_by != actor_id,
        clawback_left_fen=clawback.left_fen if clawback else None,
        has_movement=suggested.movement_id is not None,
    )
    if refusals := refusals_for_taking(facts):
        raise Refused(refusals)
    if waiting is not None:
        _withdraw(waiting, actor_id)
    movement = suggested.movement_id if choice.kind is ProposalKind.STRIPE_BANK else None
    if item.owner_id is None:
        item.owner_id = actor_id
    return _write(
        BreakProposal(
            break_id=item.id,
            kind=choice.kind,
            suggested_kind=suggested.kind.value if suggested.kind else None,
            amount_fen=item.amount_fen,
            currency=row.currency,
            payout_id=payout.payout.id if payout else None,
            benefit_clawback_id=clawback.id if clawback else None,
            stripe_movement_id=find_movement_row(movement) if movement else None,
            reason=words,
            proposed_by=actor_id,
        )
    )


def _clawback_named(
    code: str, kind: ProposalKind, currency: str, paths: Sequence[str]
) -> NamedClawback | None:
    """The clawback a repayment is for, in the currency of the line."""
    if kind is not ProposalKind.PERSON_REPAID:
        return None
    found = find_named_clawback(code, paths=paths)
    return found if found and found.currency == currency else None


def _write(proposal: BreakProposal) -> BreakProposal:
    proposal.code = new_code("BP")
    proposal.number = count_proposals_of(proposal.break_id) + 1
    proposal.state = ProposalState.PROPOSED
    proposal.proposed_at = clock.now()
    try:
        with db.session.begin_nested():
            db.session.add(proposal)
            db.session.flush()
    except IntegrityError as error:  # two makers at once: one proposal waits
        raise Refused(Refusal("proposal_waits")) from error
    record_event(
        "break.proposed",
        subject_kind="break",
        subject_code=_break_code(proposal),
        actor_id=proposal.proposed_by,
        reason=proposal.reason,
        details={
            "proposal": proposal.code,
            "kind": proposal.kind.value,
            "suggested": proposal.suggested_kind,
            "amount_fen": proposal.amount_fen,
        },
    )
    return proposal


def _withdraw(proposal: BreakProposal, actor_id: int) -> None:
    proposal.state = ProposalState.WITHDRAWN
    db.session.flush()
    record_event(
        "break.proposal_withdrawn",
        subject_kind="break",
        subject_code=_break_code(proposal),
        actor_id=actor_id,
        details={"proposal": proposal.code, "kind": proposal.kind.value},
    )


def _break_code(proposal: BreakProposal) -> str:
    return lock_break(proposal.break_id).code


def _lock_one(code: str) -> BreakProposal:
    lock_lines_of_proposals([code])
    found = lock_proposals([code])
    if not found:
        raise Refused(Refusal("proposal_gone"))
    return found[0]
