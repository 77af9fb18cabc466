"""Taking the bank's word for many payouts at once: a statement confirms thousands."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import Row, bindparam, text, update

from marketplace.audit.operations import record_events
from marketplace.foundation import clock
from marketplace.foundation.db import db, dialect_name, forget_rows, table_of
from marketplace.foundation.money import Money
from marketplace.ledger.operations import post_entries
from marketplace.payouts.attempt_queries import lock_attempts
from marketplace.payouts.entries import entry_for_payout_confirmed
from marketplace.payouts.models import Payout, PayoutAttempt
from marketplace.payouts.rules import refusals_for_answer
from marketplace.payouts.states import PayoutState

_PAYOUT, _ATTEMPT = table_of(Payout), table_of(PayoutAttempt)
_ANSWER = (
    update(_ATTEMPT)
    .where(_ATTEMPT.c.id == bindparam("attempt_id"))
    .values(outcome="confirmed", outcome_entry_id=bindparam("entry_id"))
)
_ANSWER_MANY = text(
    """
    UPDATE payout_attempt SET outcome = 'confirmed', outcome_entry_id = answer.entry_id
      FROM unnest(CAST(:attempt_ids AS bigint[]), CAST(:entry_ids AS bigint[]))
           AS answer (attempt_id, entry_id)
     WHERE payout_attempt.id = answer.attempt_id
    """
)
_CONFIRM = (
    update(_PAYOUT)
    .where(_PAYOUT.c.id.in_(bindparam("payout_ids", expanding=True)))
    .values(state=PayoutState.CONFIRMED, changed_at=bindparam("at"))
)


def confirm_payouts(booked_on: Mapping[str, date], *, actor_id: int | None) -> dict[str, int]:
    """The bank says that money left: its day by our reference. Answers the entries, by reference.

    The same as `confirm_payout` for each, in a bounded number of statements. A reference that is
    no try on its way is left out: `confirm_payout` says why. Refuses what the books refuse, and
    then confirms none. Entries: debit clearing:rail, credit bank:paid.
    """
    fit = [row for row in lock_attempts(booked_on) if _fits(row)]
    if not fit:
        return {}
    drafts = [
        entry_for_payout_confirmed(
            row.end_to_end_id,
            rail=row.rail,
            amount=Money(row.amount_fen, row.currency),
            booked_on=booked_on[row.end_to_end_id],
            undone=row.undone,
        )
        for row in fit
    ]
    entries = dict(zip(fit, post_entries(drafts, actor_id=actor_id), strict=True))
    _save(entries, actor_id)
    return {row.end_to_end_id: entry_id for row, entry_id in entries.items()}


def _fits(row: Row[*tuple[Any, ...]]) -> bool:
    refusals = refusals_for_answer(
        row.code,
        state=row.state,
        allowed=frozenset({PayoutState.SENT}),
        is_present_attempt=row.number == row.present,
        reference=row.end_to_end_id,
    )
    return row.outcome is None and not refusals


def _save(entries: Mapping[Row[*tuple[Any, ...]], int], actor_id: int | None) -> None:
    attempt_ids, payout_ids = (
        [row.attempt_id for row in entries],
        [row.payout_id for row in entries],
    )
    connection = db.session.connection()
    if dialect_name() == "postgresql":  # a statement for each would take longer than the entries
        numbers = {"attempt_ids": attempt_ids, "entry_ids": list(entries.values())}
        connection.execute(_ANSWER_MANY, numbers)
    else:
        answers = zip(attempt_ids, entries.values(), strict=True)
        connection.execute(
            _ANSWER, [{"attempt_id": own, "entry_id": entry_id} for own, entry_id in answers]
        )
    connection.execute(_CONFIRM, {"payout_ids": payout_ids, "at": clock.now()})
    forget_rows(PayoutAttempt, attempt_ids)
    forget_rows(Payout, payout_ids)
    details = {
        row.code: {"reference": row.end_to_end_id, "outcome": "confirmed", "entry_id": entry_id}
        for row, entry_id in entries.items()
    }
    record_events("payout.confirmed", subject_kind="payout", details=details, actor_id=actor_id)
