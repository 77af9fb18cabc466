"""Finding what open lines belong to: all of them at once, in the database.

Nothing is booked here. Lines that plainly confirm a payout go on the work list sixty in a row
(`FoundPiece`), those that have to be looked at singly one by one (`DoubtfulLine`); every other line
is a difference with its cause, stored at once. Booking takes the list up piece by piece
(`confirming`, `matching`) and may be stopped anywhere: what is on the list is shown as found and
not booked yet, and stays open for the closing of the month until it is booked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import cast

from sqlalchemy import CursorResult, text, update

from marketplace.foundation import clock
from marketplace.foundation.bulk import copy_rows, insert_rows, is_among
from marketplace.foundation.db import db, dialect_name, forget_rows, table_of
from marketplace.foundation.ids import new_code
from marketplace.reconciliation.models import DoubtfulLine, ReconciliationBreak, StatementLine
from marketplace.reconciliation.queries.finding import (
    ASKS,
    CONFIRMS,
    PIECE,
    VERDICTS,
    count_found,
    count_open_lines,
    lines_in,
    list_causes,
    list_looked_up,
    list_untied_lines,
)
from marketplace.reconciliation.states import BreakState, StatementLineState

PIECES = 5_000
"""Looked at in one go: 5,000 to 300,000 lines that are not simply to be booked."""


@dataclass(frozen=True, slots=True)
class Found:
    """What one search left: lines to be booked or looked at singly, and new differences."""

    waiting: int
    breaks_opened: int


def find_matches(*, actor_id: int | None, bank_account: str | None = None) -> Found:
    """Look up the payout of every open line, in a bounded number of statements.

    The verdicts are those of `rules.matching` (`FIND` says them in SQL, a test holds the two
    together). A line that names a payout on its way, with its amount, will confirm it; where the
    payout has an outcome already, or money comes back, the line is looked at singly later.
    Differences from earlier searches are tried again. What an earlier search found and nobody
    has booked yet is found anew, so a line is never on the list twice.
    """
    if dialect_name() == "postgresql":
        db.session.execute(text("LOCK TABLE found_piece IN SHARE ROW EXCLUSIVE MODE"))
    asked = {} if bank_account is None else {"bank_account": bank_account}
    of_account = "" if bank_account is None else "AND statement.bank_account = :bank_account"
    for statement in (_FORGET_PIECES, _FORGET_DOUBTS):
        db.session.execute(text(statement.format(of_account=of_account)), asked)
    with _planned_for_many():
        words = IN_WORDS_OF[dialect_name()]
        db.session.execute(text(FIND.format(of_account=of_account, **words)), asked)
    opened = _keep_breaks(dict.fromkeys(_take_out_untied(), UNTIED), actor_id)
    db.session.execute(_KEEP_PIECES)
    opened += _keep_others(actor_id)
    db.session.execute(text("DROP TABLE looked_up"))
    return Found(count_found(), opened)


_NUMBER = {verdict: number for number, verdict in enumerate(VERDICTS)}
_OF_ACCOUNT = """
    SELECT statement.id FROM bank_statement AS statement WHERE 1 = 1 {of_account}
"""
_FORGET_PIECES = f"DELETE FROM found_piece WHERE statement_id IN ({_OF_ACCOUNT})"  # noqa: S608
_FORGET_DOUBTS = f"""
    DELETE FROM doubtful_line WHERE EXISTS (
           SELECT 1 FROM statement_line AS line
            WHERE line.id = doubtful_line.statement_line_id
              AND line.statement_id IN ({_OF_ACCOUNT}))
"""  # noqa: S608 (constants)
# A table of this unit of work: PostgreSQL fills only such a one by several processes. Of a payout
# only what a verdict asks for is carried through the joins, and the verdict is a number: of a
# million lines each word costs.
FIND = f"""
    CREATE TEMPORARY TABLE looked_up AS
    SELECT statement_id, block, verdict, count(*) AS line_count, {{together}} AS lines
      FROM (SELECT line.statement_id, line.id / {PIECE} AS block, {{bit}} AS bit,
                   CASE WHEN expected.amount_fen IS NULL THEN
                          CASE WHEN line.amount_fen > 0 {{or_never}}
                                 THEN {_NUMBER["unknown_credit"]}
                               WHEN coalesce(line.end_to_end_id, '') = ''
                                 THEN {_NUMBER["no_reference"]}
                               ELSE {_NUMBER["no_such_payout"]} END
                        WHEN statement.currency <> expected.currency
                          THEN {_NUMBER["other_currency"]}
                        WHEN abs(line.amount_fen) <> expected.amount_fen
                          THEN {_NUMBER["amount_differs"]}
                        WHEN line.amount_fen < 0 AND expected.on_its_way THEN {_NUMBER[CONFIRMS]}
                        ELSE {_NUMBER[ASKS]} END AS verdict
              FROM statement_line AS line
              JOIN bank_statement AS statement ON statement.id = line.statement_id
              LEFT JOIN (
                   SELECT tried.end_to_end_id, payout.amount_fen, payout.currency,
                          payout.state = 'sent' AND tried.outcome IS NULL
                            AND tried.number = payout.attempt AS on_its_way
                     FROM payout_attempt AS tried JOIN payout ON payout.id = tried.payout_id
                   ) AS expected ON expected.end_to_end_id = line.end_to_end_id
             WHERE {{is_open}} {{of_account}}) AS judged
     GROUP BY 1, 2, 3
"""  # noqa: S608 (constants)
IN_WORDS_OF = {
    "postgresql": {
        "bit": f"CAST(1 AS bigint) << CAST(line.id % {PIECE} AS integer)",
        "together": "bit_or(bit)",
        "is_open": "line.is_open",
        "or_never": "OR clock_timestamp() IS NULL",
    },
    "sqlite": {
        "bit": f"1 << (line.id % {PIECE})",
        "together": "sum(bit)",
        "is_open": "line.is_open = 1",
        "or_never": "",
    },
}
"""The bits of the lines of a piece; each line comes once, so their sum is the same. Whether a line
is open, as the index says it. And what is never true, but keeps PostgreSQL from taking a verdict
apart: it would then expect as many groups as lines, and have one process group what several read.
"""
_KEEP_PIECES = text(
    f"""
    INSERT INTO found_piece (statement_id, block, line_count, lines)
    SELECT statement_id, block, line_count, lines FROM looked_up
     WHERE verdict = {_NUMBER[CONFIRMS]} ORDER BY block, statement_id
    """  # noqa: S608 (constants)
)
UNTIED = "match_undone"
"""Cause of a line that names the payout it was untied from by two officers."""
_TAKE_OUT = text(
    f"""
    UPDATE looked_up SET lines = lines - CAST(:bit AS bigint), line_count = line_count - 1
     WHERE statement_id = :statement_id AND block = :block
       AND verdict IN ({_NUMBER[CONFIRMS]}, {_NUMBER[ASKS]})
       AND (lines & CAST(:bit AS bigint)) <> 0
    """  # noqa: S608 (constants)
)
LARGE = 10_000
"""Open lines from which on a search is one large join, whatever PostgreSQL knows of the tables."""
_FOR_MANY = {
    "work_mem": "'64MB'",
    "jit": "off",
    "parallel_tuple_cost": "0",
    "enable_nestloop": "off",
}
"""A million payouts are joined in memory, where by default they would go through files; compiling
takes longer than it saves; several processes are worth it though each hands on many rows; and what
was just taken in, of which there are no statistics yet, is not looked up line by line."""


@contextmanager
def _planned_for_many() -> Iterator[None]:
    is_large = dialect_name() == "postgresql" and count_open_lines(LARGE + 1) > LARGE
    settings = _FOR_MANY if is_large else {}
    for name, value in settings.items():
        db.session.execute(text(f"SET LOCAL {name} = {value}"))
    yield
    for name in settings:
        db.session.execute(text(f"SET LOCAL {name} TO DEFAULT"))


def _take_out_untied() -> list[int]:
    """Lines that would find the payout they were untied from: taken out of what was found, one by
    one, as they are few. The search itself asks nothing more for its million lines."""
    untied = []
    for line_id, statement_id in list_untied_lines():
        place = {"statement_id": statement_id, "block": line_id // PIECE}
        bit = 1 << (line_id % PIECE)
        taken = db.session.execute(_TAKE_OUT, {**place, "bit": bit})
        if cast("CursorResult[object]", taken).rowcount:
            untied.append(line_id)
    if untied:
        db.session.execute(text("DELETE FROM looked_up WHERE line_count = 0"))
    return untied


def wait_for_search() -> None:
    """Before rows of the list are held: a search that goes on ends first, and none begins."""
    if dialect_name() == "postgresql":
        db.session.execute(text("LOCK TABLE found_piece IN ROW EXCLUSIVE MODE"))


def _keep_others(actor_id: int | None) -> int:
    """Differences with their causes, and what has to be looked at singly; answers how many
    differences are new."""
    opened, after = 0, (-1, -1, -1)
    while rows := list_looked_up(after, PIECES):
        doubtful: list[int] = []
        causes: dict[int, str] = {}
        for row in rows:
            lines = lines_in(row.block, row.lines)
            verdict = VERDICTS[row.verdict]
            if verdict == ASKS:
                doubtful += lines
            else:
                causes |= dict.fromkeys(lines, verdict)
        insert_rows(DoubtfulLine, [{"statement_line_id": line_id} for line_id in doubtful])
        opened += _keep_breaks(causes, actor_id)
        after = (rows[-1].block, rows[-1].statement_id, rows[-1].verdict)
    return opened


def _keep_breaks(causes: Mapping[int, str], actor_id: int | None) -> int:
    fresh = open_breaks(causes, actor_id)
    if known := {line: cause for line, cause in causes.items() if line not in fresh}:
        _change_causes(known)
    return len(fresh)


def open_breaks(causes: Mapping[int, str], actor_id: int | None) -> set[int]:
    """A difference for each of these lines that is new and still open, with its cause, owned by
    whoever searched; for which lines."""
    if not causes:
        return set()
    table = table_of(StatementLine)
    lines = db.session.execute(
        update(table)
        .where(is_among(table.c.id, causes), table.c.state == StatementLineState.IMPORTED)
        .values(state=StatementLineState.BREAK)
        .returning(table.c.id, table.c.amount_fen)
    ).all()
    forget_rows(StatementLine, [line_id for line_id, _fen in lines])
    copy_rows(
        ReconciliationBreak,
        ("code", "statement_line_id", "cause", "amount_fen"),
        [(new_code("BR"), line_id, causes[line_id], fen) for line_id, fen in sorted(lines)],
        same={"state": BreakState.OPEN, "owner_id": actor_id, "opened_at": clock.now()},
    )
    return {line_id for line_id, _fen in lines}


def set_line_state(line_ids: Sequence[int], state: StatementLineState) -> None:
    """What becomes of lines that are held."""
    table = table_of(StatementLine)
    db.session.execute(update(table).where(is_among(table.c.id, line_ids)).values(state=state))
    forget_rows(StatementLine, line_ids)


def _change_causes(causes: Mapping[int, str]) -> None:
    """Differences that are still there, for another cause."""
    table = table_of(ReconciliationBreak)
    changed = [row for row in list_causes(causes) if row.cause != causes[row.line_id]]
    for row in changed:
        db.session.execute(
            update(table).where(table.c.id == row.id).values(cause=causes[row.line_id])
        )
    forget_rows(ReconciliationBreak, [row.id for row in changed])
