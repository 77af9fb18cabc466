"""Taking the bank's answer: what arrived, what came back."""

from __future__ import annotations

from datetime import date

from marketplace.audit.operations import record_event
from marketplace.foundation.db import db
from marketplace.foundation.errors import NotFound, Refusal, Refused
from marketplace.foundation.money import Money
from marketplace.foundation.text import tidy
from marketplace.ledger.operations import post_entry, reverse_entry
from marketplace.ledger.queries import get_entry
from marketplace.payouts.attempt_queries import find_confirmed_attempt
from marketplace.payouts.entries import (
    entry_for_payout_confirmed,
    entry_for_payout_returned,
)
from marketplace.payouts.models import Payout, PayoutAttempt, PayoutBatch
from marketplace.payouts.operations.notes import change_state
from marketplace.payouts.payees import note_returned, owed_as
from marketplace.payouts.queries import (
    find_attempt,
    lock_payout,
)
from marketplace.payouts.rules import (
    refusals_for_answer,
)
from marketplace.payouts.states import PayoutState


def confirm_payout(
    payout_id: int, *, end_to_end_id: str, effective_on: date, actor_id: int | None
) -> int:
    """The bank says the money left. Entry: debit clearing:rail, credit bank:paid.

    Returns the entry; told again, the same one. Refuses `other_attempt`, `payout_not_sent`.
    """
    payout, attempt, batch = _lock_answer(payout_id, end_to_end_id)
    if attempt.outcome == "confirmed" and attempt.outcome_entry_id:
        return attempt.outcome_entry_id
    _refuse_answer(payout, attempt, frozenset({PayoutState.SENT}))
    draft = entry_for_payout_confirmed(
        end_to_end_id,
        rail=batch.rail,
        amount=Money(payout.amount_fen, payout.currency),
        booked_on=effective_on,
        undone=attempt.undone,
    )
    entry_id = post_entry(draft, actor_id=actor_id)
    _answer(payout, attempt, PayoutState.CONFIRMED, "confirmed", entry_id, actor_id)
    return entry_id


def take_back_confirmation(payout_id: int, *, entry_id: int, reason: str, actor_id: int) -> int:
    """The bank's line was another payout's: this one is on its way again, as if it had not been
    confirmed.

    Entry: the reversal of the confirmation, on its own day (debit bank:paid, credit
    clearing:rail). Returns it. Refuses `payout_moved_on` when the confirmation of this entry is
    not how the payout stands, `period_closed`.
    """
    payout = lock_payout(payout_id)
    attempt = find_confirmed_attempt(payout, entry_id=entry_id)
    if attempt is None:
        raise Refused(Refusal("payout_moved_on", {"payout": payout.code}))
    day = get_entry(entry_id).effective_on
    reversal_id = reverse_entry(entry_id, reason=reason, actor_id=actor_id, effective_on=day)
    # In this order: the database lets neither go before the entry is reversed, nor the try before
    # its payout.
    change_state(payout, PayoutState.SENT)
    db.session.flush()
    attempt.outcome = attempt.outcome_entry_id = None
    attempt.undone += 1
    db.session.flush()
    record_event(
        "payout.confirmation_undone",
        subject_kind="payout",
        subject_code=payout.code,
        actor_id=actor_id,
        reason=reason,
        details={
            "reference": attempt.end_to_end_id,
            "entry_id": entry_id,
            "reversal_id": reversal_id,
        },
    )
    return reversal_id


def return_payout(
    payout_id: int,
    *,
    end_to_end_id: str,
    reason_code: str,
    effective_on: date,
    actor_id: int | None,
) -> int:
    """The money came back: it is owed to its payee again and may be tried again.

    Entry: debit clearing:rail, credit what it had been owed as (payable:institution,
    advance:institution, payable:worker). If the bank had
    confirmed before, that confirmation is reversed first, so that the amount is in clearing again.
    Returns the entry; told again, the same one. Refuses `other_attempt`, `payout_not_sent`.
    """
    payout, attempt, batch = _lock_answer(payout_id, end_to_end_id)
    if (attempt.outcome or "").startswith("returned") and attempt.outcome_entry_id:
        return attempt.outcome_entry_id
    _refuse_answer(payout, attempt, frozenset({PayoutState.SENT, PayoutState.CONFIRMED}))
    if payout.state == PayoutState.CONFIRMED and attempt.outcome_entry_id:
        reverse_entry(attempt.outcome_entry_id, reason=reason_code, actor_id=actor_id)
    draft = entry_for_payout_returned(
        end_to_end_id,
        owed=owed_as(payout),
        rail=batch.rail,
        amount=Money(payout.amount_fen, payout.currency),
        booked_on=effective_on,
    )
    entry_id = post_entry(draft, actor_id=actor_id)
    note_returned(payout, attempt)
    outcome = f"returned:{tidy(reason_code)[:35]}"
    _answer(payout, attempt, PayoutState.RETURNED, outcome, entry_id, actor_id)
    return entry_id


def _lock_answer(payout_id: int, end_to_end_id: str) -> tuple[Payout, PayoutAttempt, PayoutBatch]:
    payout = lock_payout(payout_id)
    attempt = find_attempt(end_to_end_id)
    if attempt is None or attempt.payout_id != payout.id:
        raise NotFound("payout", end_to_end_id)
    return payout, attempt, db.session.get_one(PayoutBatch, attempt.batch_id)


def _refuse_answer(payout: Payout, attempt: PayoutAttempt, allowed: frozenset[PayoutState]) -> None:
    if refusals := refusals_for_answer(
        payout.code,
        state=payout.state,
        allowed=allowed,
        is_present_attempt=attempt.number == payout.attempt,
        reference=attempt.end_to_end_id,
    ):
        raise Refused(refusals)


def _answer(
    payout: Payout,
    attempt: PayoutAttempt,
    state: PayoutState,
    outcome: str,
    entry_id: int,
    actor_id: int | None,
) -> None:
    attempt.outcome = outcome
    attempt.outcome_entry_id = entry_id
    change_state(payout, state)
    db.session.flush()
    record_event(
        f"payout.{state}",
        subject_kind="payout",
        subject_code=payout.code,
        actor_id=actor_id,
        details={"reference": attempt.end_to_end_id, "outcome": outcome, "entry_id": entry_id},
    )
