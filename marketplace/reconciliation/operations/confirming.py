"""Booking what matching found: lines that plainly confirm a payout, a chunk at a time.

Each chunk stands for itself: what is booked is off the work list in the same unit of work, so a
run that is killed anywhere is simply taken up again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import delete, update

from marketplace.foundation import clock
from marketplace.foundation.bulk import insert_rows, is_among
from marketplace.foundation.db import db, forget_rows, table_of
from marketplace.foundation.errors import Refused
from marketplace.payouts.operations import confirm_payouts
from marketplace.reconciliation.models import (
    BreakProposal,
    DoubtfulLine,
    FoundPiece,
    ReconciliationBreak,
    ReconciliationMatch,
)
from marketplace.reconciliation.operations.finding import set_line_state, wait_for_search
from marketplace.reconciliation.queries.finding import (
    OPEN_LINES,
    Found,
    lock_found,
    lock_found_lines,
)
from marketplace.reconciliation.rules.matching import Confirmed
from marketplace.reconciliation.states import BreakState, ProposalState, StatementLineState

CHUNK = 1_000


@dataclass(frozen=True, slots=True)
class Booked:
    """What one chunk did, and the piece after which the next begins."""

    matched: int
    breaks_resolved: int
    last_piece: int


def confirm_found(*, actor_id: int | None, after: int = 0) -> Booked | None:
    """Book the next pieces of the list, near a thousand lines; none when there is none left.

    Everything is looked at again with lines and payouts held: an officer, the bank's answer or
    another run may have been quicker, and several lines may name one payout. What is not plain
    is left to be looked at singly; so is a whole chunk of which the books refuse anything. Posts
    payout.confirmed.
    """
    wait_for_search()
    pieces, line_ids = lock_found(after, CHUNK)
    if not pieces:
        return None
    rows = lock_found_lines(line_ids)
    closed = {row.line_id for row in rows if row.state not in OPEN_LINES}
    done = _book([row for row in rows if row.line_id not in closed and _agrees(row)], actor_id)
    _take_off_list(pieces)
    _ask([line_id for line_id in line_ids if line_id not in done and line_id not in closed])
    resolved = resolve_breaks([row.break_id for row in rows if row.line_id in done])
    return Booked(len(done), resolved, pieces[-1])


def resolve_breaks(break_ids: Sequence[int | None]) -> int:
    """Close differences whose lines found their payouts; how many there were."""
    found = [break_id for break_id in break_ids if break_id is not None]
    if not found:
        return 0
    db.session.execute(
        update(ReconciliationBreak)
        .where(ReconciliationBreak.id.in_(found))
        .values(state=BreakState.RESOLVED)
        .execution_options(synchronize_session=False)
    )
    forget_rows(ReconciliationBreak, found)
    # A proposal for it that still waits is about nothing any more.
    db.session.execute(
        update(BreakProposal)
        .where(BreakProposal.break_id.in_(found), BreakProposal.state == ProposalState.PROPOSED)
        .values(state=ProposalState.WITHDRAWN)
    )
    return len(found)


def _take_off_list(pieces: Sequence[int]) -> None:
    table = table_of(FoundPiece)
    db.session.execute(delete(table).where(is_among(table.c.id, pieces)))


def _agrees(row: Found) -> bool:
    """Whether the line alone names the payout, in its amount and currency; states are asked when
    held."""
    return bool(
        not row.has_rival
        and not row.was_undone
        and -row.amount_fen == row.payout_fen
        and row.currency == row.payout_currency
    )


def _book(rows: Sequence[Found], actor_id: int | None) -> Mapping[int, int]:
    """Lines with the entries that confirm their payouts; none when the books refuse any."""
    booked_on: dict[str, date] = {row.reference: row.booked_on for row in rows}
    try:
        with db.session.begin_nested():
            entries = confirm_payouts(booked_on, actor_id=actor_id)
            done = {row.line_id: entries[row.reference] for row in rows if row.reference in entries}
            _write_matches(rows, done, actor_id)
    except Refused:
        return {}
    return done


def _write_matches(rows: Sequence[Found], done: Mapping[int, int], actor_id: int | None) -> None:
    now = clock.now()
    insert_rows(
        ReconciliationMatch,
        [
            {
                "statement_line_id": row.line_id,
                "payout_id": row.payout_id,
                "entry_id": done[row.line_id],
                "explanation": Confirmed().rule,
                "matched_by": actor_id,
                "matched_at": now,
            }
            for row in rows
            if row.line_id in done
        ],
    )
    set_line_state(list(done), StatementLineState.MATCHED)


def _ask(line_ids: Sequence[int]) -> None:
    insert_rows(DoubtfulLine, [{"statement_line_id": line_id} for line_id in line_ids])
