"""Finding what open lines belong to: all of them at once, in the database.

Nothing is booked here. A line that plainly confirms a payout, or that has to be looked at singly,
goes on the work list (`FoundMatch`); every other line is a difference with its cause, stored at
once. Booking takes the list up chunk by chunk (`confirming`, `matching`) and may be stopped
anywhere: what is on the list is shown as found and not booked yet, and stays open for the closing
of the month until it is booked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, text, update

from marketplace.foundation import clock
from marketplace.foundation.bulk import insert_rows
from marketplace.foundation.db import db, dialect_name, forget_rows, table_of
from marketplace.foundation.ids import new_code
from marketplace.reconciliation.models import ReconciliationBreak, StatementLine
from marketplace.reconciliation.queries.finding import (
    ASKS,
    CONFIRMS,
    count_found,
    is_anything_found,
    lock_found_breaks,
)
from marketplace.reconciliation.states import BreakState, StatementLineState

CHUNK = 2_000


@dataclass(frozen=True, slots=True)
class Found:
    """What one search left: lines to be booked or looked at singly, and new differences."""

    waiting: int
    breaks_opened: int


def find_matches(*, actor_id: int | None, bank_account: str | None = None) -> Found:
    """Look up the payout of every open line, in a bounded number of statements.

    The verdicts are those of `rules.matching` (`FIND` says them in SQL, a test holds the two
    together). A line alone in naming a payout on its way, with its amount, will confirm it; where
    several lines name one, or the payout has an outcome already, each is looked at singly later.
    Differences from earlier searches are tried again. What an earlier search found and nobody
    has booked yet stays found.
    """
    if dialect_name() == "postgresql":
        db.session.execute(text("LOCK TABLE found_match IN SHARE ROW EXCLUSIVE MODE"))
        # A million payouts are joined in memory; by default they would go through files.
        db.session.execute(text("SET LOCAL work_mem = '64MB'"))
    # A row that may stand there already has to be looked up before it is written.
    beside = "ON CONFLICT (statement_line_id) DO NOTHING" if is_anything_found() else ""
    of_account = "" if bank_account is None else "AND statement.bank_account = :bank_account"
    asked = {} if bank_account is None else {"bank_account": bank_account}
    db.session.execute(text(FIND.format(of_account=of_account, beside=beside)), asked)
    db.session.execute(_TOGETHER)
    if dialect_name() == "postgresql":
        db.session.execute(text("SET LOCAL work_mem TO DEFAULT"))
    opened = _store_breaks(actor_id)
    db.session.execute(_FORGET_BREAKS)
    return Found(count_found(), opened)


FIND = f"""
    INSERT INTO found_match (statement_line_id, payout_attempt_id, verdict)
    SELECT line.id, tried.id,
           CASE WHEN tried.id IS NULL THEN
                  CASE WHEN line.amount_fen > 0 THEN 'unknown_credit'
                       WHEN coalesce(line.end_to_end_id, '') = '' THEN 'no_reference'
                       ELSE 'no_such_payout' END
                WHEN statement.currency <> payout.currency THEN 'other_currency'
                WHEN abs(line.amount_fen) <> payout.amount_fen THEN 'amount_differs'
                WHEN line.amount_fen < 0 AND payout.state = 'sent' AND tried.outcome IS NULL
                     AND tried.number = payout.attempt THEN '{CONFIRMS}'
                ELSE '{ASKS}' END
      FROM statement_line AS line
      JOIN bank_statement AS statement ON statement.id = line.statement_id
      LEFT JOIN payout_attempt AS tried ON tried.end_to_end_id = line.end_to_end_id
      LEFT JOIN payout ON payout.id = tried.payout_id
     WHERE line.state IN ('imported', 'break') {{of_account}}
    {{beside}}
"""  # noqa: S608 (constants)
_TOGETHER = text(
    f"""
    UPDATE found_match SET verdict = '{ASKS}'
     WHERE verdict = '{CONFIRMS}' AND payout_attempt_id IN (
           SELECT payout_attempt_id FROM found_match WHERE payout_attempt_id IS NOT NULL
            GROUP BY payout_attempt_id HAVING count(*) > 1)
    """  # noqa: S608 (constants)
)
_FORGET_BREAKS = text(
    f"DELETE FROM found_match WHERE verdict NOT IN ('{CONFIRMS}', '{ASKS}')"  # noqa: S608
)


def wait_for_search() -> None:
    """Before rows of the list are held: a search that goes on ends first, and none begins."""
    if dialect_name() == "postgresql":
        db.session.execute(text("LOCK TABLE found_match IN ROW EXCLUSIVE MODE"))


def _store_breaks(actor_id: int | None) -> int:
    """The differences found, with their causes; answers how many are new."""
    opened, after = 0, 0
    while rows := lock_found_breaks(after, CHUNK):
        opened += open_breaks(
            [(row.line_id, row.amount_fen, row.verdict) for row in rows if row.break_id is None],
            actor_id,
        )
        _change_causes([row for row in rows if row.break_id and row.cause != row.verdict])
        after = rows[-1].line_id
    return opened


def open_breaks(fresh: Sequence[tuple[int, int, str]], actor_id: int | None) -> int:
    """A difference for each (line, its fen, cause) that found no payout, owned by whoever
    searched; how many there are."""
    if not fresh:
        return 0
    now = clock.now()
    insert_rows(
        ReconciliationBreak,
        [
            {
                "code": new_code("BR"),
                "statement_line_id": line_id,
                "cause": cause,
                "amount_fen": amount_fen,
                "state": BreakState.OPEN,
                "owner_id": actor_id,
                "opened_at": now,
            }
            for line_id, amount_fen, cause in fresh
        ],
    )
    set_line_state([line_id for line_id, _fen, _cause in fresh], StatementLineState.BREAK)
    return len(fresh)


def set_line_state(line_ids: Sequence[int], state: StatementLineState) -> None:
    """What became of lines that are held."""
    table = table_of(StatementLine)
    db.session.execute(update(table).where(table.c.id.in_(line_ids)).values(state=state))
    forget_rows(StatementLine, line_ids)


def _change_causes(rows: Sequence[Row[*tuple[Any, ...]]]) -> None:
    """Differences that are still there, for another cause."""
    table = table_of(ReconciliationBreak)
    for row in rows:
        db.session.execute(
            update(table).where(table.c.id == row.break_id).values(cause=row.verdict)
        )
    forget_rows(ReconciliationBreak, [row.break_id for row in rows])
