"""Why a bank line belongs to a payout, or why it does not. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from marketplace.payouts.states import PayoutState

OUR_REFERENCE = re.compile(r"PO-[2-9A-Z]{10}-[0-9]{1,4}")
"""A payout's code and attempt: found in the free text when the bank dropped the field."""


@dataclass(frozen=True, slots=True)
class LineFacts:
    """What the bank says."""

    amount_fen: int
    currency: str
    reference: str | None


@dataclass(frozen=True, slots=True)
class CandidateFacts:
    """The payout attempt with this reference, as it stands."""

    amount_fen: int
    currency: str
    payout_state: PayoutState
    is_present_attempt: bool
    outcome: str | None
    outcome_is_matched: bool
    """The entry of its outcome already belongs to another bank line."""
    was_undone: bool = False
    """This line and this payout were tied before, and two officers undid it."""


@dataclass(frozen=True, slots=True)
class Confirmed:
    """The line confirms the payout."""

    rule: str = "reference_and_amount"


@dataclass(frozen=True, slots=True)
class Returned:
    """The line brings the payout back."""

    rule: str = "returned_payment"


@dataclass(frozen=True, slots=True)
class NotMatched:
    """Nobody can be sure: a difference with its cause."""

    cause: str


def reference_of(end_to_end_id: str | None, remittance: str | None) -> str | None:
    """The bank's reference field, else our own reference inside the free text."""
    if end_to_end_id and OUR_REFERENCE.fullmatch(end_to_end_id):
        return end_to_end_id
    found = OUR_REFERENCE.search(remittance or "")
    return found.group() if found else end_to_end_id


def verdict_for_line(
    line: LineFacts, candidate: CandidateFacts | None
) -> Confirmed | Returned | NotMatched:
    """Decide one line by reference, amount, currency and the payout's state; never by guess."""
    if candidate is None:
        return NotMatched(_cause_without_payout(line))
    if line.currency != candidate.currency:
        return NotMatched("other_currency")
    if abs(line.amount_fen) != candidate.amount_fen:
        return NotMatched("amount_differs")
    return _outgoing(candidate) if line.amount_fen < 0 else _incoming(candidate)


def _cause_without_payout(line: LineFacts) -> str:
    if line.amount_fen > 0:
        return "unknown_credit"
    return "no_such_payout" if line.reference else "no_reference"


def _outgoing(candidate: CandidateFacts) -> Confirmed | NotMatched:
    if candidate.was_undone:
        # Tied again by the same reference, it would be as wrong as before: a person decides.
        return NotMatched("match_undone")
    outcome = candidate.outcome or ""
    if outcome == "confirmed":
        return NotMatched("already_matched") if candidate.outcome_is_matched else Confirmed()
    if outcome.startswith("returned"):
        return NotMatched("payout_already_returned")
    if candidate.payout_state != PayoutState.SENT or not candidate.is_present_attempt:
        return NotMatched("payout_not_sent")
    return Confirmed()


def _incoming(candidate: CandidateFacts) -> Returned | NotMatched:
    outcome = candidate.outcome or ""
    if outcome.startswith("returned"):
        return NotMatched("already_matched") if candidate.outcome_is_matched else Returned()
    if outcome == "confirmed" and candidate.is_present_attempt:
        return Returned()
    # Money cannot come back before it left: the outgoing line is still missing here.
    return NotMatched("return_before_payment")
