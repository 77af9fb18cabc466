"""Taking lines of the Stripe balance in, deciding them, and explaining what is left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from marketplace.audit.operations import record_event
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.errors import Refusal, Refused
from marketplace.foundation.money import Money
from marketplace.foundation.text import tidy
from marketplace.ledger.operations import post_entry
from marketplace.ledger.queries import is_month_closed
from marketplace.payouts.balance.entries import entry_for_movement
from marketplace.payouts.balance.queries import (
    find_ours,
    list_known_movements,
    lock_breaks,
    lock_movement,
    sum_lines,
)
from marketplace.payouts.balance.rules import (
    OURS,
    ExplainingFacts,
    LineFacts,
    Verdict,
    kind_of,
    refusals_for_explaining,
    refusals_for_signing,
    verdict_for,
)
from marketplace.payouts.models import StripeBalanceCheck, StripeMovement
from marketplace.payouts.rails.stripe_balance import SeenBalance, SeenMovement
from marketplace.payouts.states import MovementKind, MovementState

WORDS_MAX = 500


@dataclass(slots=True)
class Reading:
    """What one reading did."""

    new: int = 0
    matched: int = 0
    booked: int = 0
    breaks: int = 0
    resolved: int = 0


def note_movements(seen: Sequence[SeenMovement], reading: Reading) -> None:
    """Keep lines that are new and decide each; those known are left alone, whoever reads again.

    Books `stripe.moved` for fees, and for money between Stripe and the bank.
    """
    known = list_known_movements([line.movement_id for line in seen])
    for line in reversed(seen):  # the oldest first, as the money moved
        if line.movement_id in known:
            continue
        ours = find_ours(line, None) if kind_of(line.kind) in OURS else None
        verdict = verdict_for(LineFacts(line.kind, line.amount_fen, line.currency), ours)
        row = StripeMovement(
            movement_id=line.movement_id,
            kind=line.kind,
            source_id=line.source_id,
            amount_fen=line.amount_fen,
            fee_fen=line.fee_fen,
            net_fen=line.net_fen,
            currency=line.currency,
            created_at=line.created_at,
            bank_trace=line.bank_trace,
            bank_words=line.bank_words,
            state=MovementState.BREAK,
            cause=verdict.cause,
            subject=verdict.subject or line.intent_id or line.transfer_id,
            read_at=clock.now(),
        )
        _settle(row, verdict)
        db.session.add(row)
        db.session.flush()
        reading.new += 1
        reading.breaks += row.state is MovementState.BREAK
        reading.matched += row.state is MovementState.MATCHED
        reading.booked += row.state is MovementState.BOOKED


def judge_open_movements(reading: Reading) -> None:
    """Try differences again: what was not booked here yet may be by now."""
    last = 0
    while rows := lock_breaks(last):
        for row in rows:
            last = row.id
            if kind_of(row.kind) not in OURS:
                continue
            ours = find_ours(row, row.subject)
            verdict = verdict_for(LineFacts(row.kind, row.amount_fen, row.currency), ours)
            if verdict.cause is None:
                _settle(row, verdict)
                reading.resolved += 1
            else:
                row.cause = verdict.cause
        db.session.flush()


def note_balance(balances: Sequence[SeenBalance]) -> None:
    """Keep what the balance holds beside the sum of the lines, for each currency."""
    for balance in balances:
        total, count = sum_lines(balance.currency)
        check = StripeBalanceCheck(
            read_at=clock.now(),
            currency=balance.currency,
            available_fen=balance.available_fen,
            pending_fen=balance.pending_fen,
            lines_fen=total,
            line_count=count,
        )
        db.session.add(check)
        db.session.flush()
        record_event(
            "stripe.balance_read",
            subject_kind="stripe_balance",
            subject_code=balance.currency,
            actor_id=None,
            details={"lines": count, "difference_fen": check.difference_fen},
        )


def own_movement(movement_id: str, *, actor_id: int) -> StripeMovement:
    """An officer takes a difference on. Refuses `movement_not_open`."""
    row = lock_movement(movement_id)
    if row.state is not MovementState.BREAK:
        raise Refused(Refusal("movement_not_open", {"movement": movement_id}))
    row.owner_id = actor_id
    db.session.flush()
    _record("stripe.movement_owned", row, actor_id)
    return row


def explain_movement(
    movement_id: str, *, kind: MovementKind, reason: str, actor_id: int
) -> StripeMovement:
    """One officer says what a difference is; nothing is booked before another one signs.

    Refuses what `refusals_for_explaining` names.
    """
    row = lock_movement(movement_id)
    words = tidy(reason)[:WORDS_MAX]
    if refusals := refusals_for_explaining(_facts(row, actor_id), kind=kind, reason=words):
        raise Refused(refusals)
    row.state, row.owner_id = MovementState.PROPOSED, actor_id
    row.explanation = f"{kind.value}: {words}"
    row.explained_by, row.explained_at = actor_id, clock.now()
    db.session.flush()
    _record("stripe.movement_explained", row, actor_id, reason=words)
    return row


def sign_explanation(movement_id: str, *, actor_id: int) -> StripeMovement:
    """Another officer signs: `stripe.moved` is booked as what it was said to be.

    Again by the same officer changes nothing. Refuses what `refusals_for_signing` names.
    """
    row = lock_movement(movement_id)
    if row.state is MovementState.EXPLAINED and row.signed_by == actor_id:
        return row
    if refusals := refusals_for_signing(_facts(row, actor_id)):
        raise Refused(refusals)
    assert row.explanation is not None, "an explanation was proposed"
    kind = MovementKind(row.explanation.partition(":")[0])
    row.entry_id = _book(row, kind, actor_id)
    row.state = MovementState.EXPLAINED
    row.signed_by, row.signed_at = actor_id, clock.now()
    db.session.flush()
    _record("stripe.movement_signed", row, actor_id)
    return row


def return_explanation(movement_id: str, *, reason: str, actor_id: int) -> StripeMovement:
    """Another officer sends the explanation back; the difference is open again.

    Refuses what `refusals_for_signing` names, and `reason_required`.
    """
    row = lock_movement(movement_id)
    words = tidy(reason)[:WORDS_MAX]
    refusals = refusals_for_signing(_facts(row, actor_id))
    if not words:
        refusals += (Refusal("reason_required", field="reason"),)
    if refusals:
        raise Refused(refusals)
    row.state = MovementState.BREAK
    row.explanation = row.explained_by = row.explained_at = None
    db.session.flush()
    _record("stripe.movement_returned", row, actor_id, reason=words)
    return row


def _settle(row: StripeMovement, verdict: Verdict) -> None:
    """A line without a cause is matched or booked; its fee is booked with it."""
    if verdict.cause is not None:
        return
    entry_id = _book(row, verdict.kind, None)
    row.state = MovementState.MATCHED if verdict.kind in OURS else MovementState.BOOKED
    row.cause, row.subject, row.entry_id = None, verdict.subject, entry_id


def _book(row: StripeMovement, kind: MovementKind, actor_id: int | None) -> int | None:
    day = clock.local_date(row.created_at)
    draft = entry_for_movement(
        row.movement_id,
        kind=kind,
        own=Money(row.amount_fen, row.currency),
        fee=Money(row.fee_fen, row.currency),
        on=_effective_day(day),
    )
    return None if draft is None else post_entry(draft, actor_id=actor_id)


def _effective_day(day: date) -> date:
    """Stripe's day; what becomes known after a month was closed is an entry of today."""
    return clock.today() if is_month_closed(day) else day


def _facts(row: StripeMovement, actor_id: int) -> ExplainingFacts:
    return ExplainingFacts(row.movement_id, row.state, row.explained_by, actor_id)


def _record(event: str, row: StripeMovement, actor_id: int, *, reason: str | None = None) -> None:
    record_event(
        event,
        subject_kind="stripe_movement",
        subject_code=row.movement_id,
        actor_id=actor_id,
        reason=reason,
        details={"amount_fen": row.amount_fen, "fee_fen": row.fee_fen, "kind": row.kind},
    )
