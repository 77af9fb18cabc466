"""The work list of matching: lines that found their payout and are not booked yet."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    Row,
    column,
    func,
    or_,
    select,
    table,
    tuple_,
    union,
)
from sqlalchemy.orm import aliased

from marketplace.foundation.bulk import is_among
from marketplace.foundation.db import db
from marketplace.funds.queries import in_bank_accounts
from marketplace.payouts.models import Payout, PayoutAttempt
from marketplace.reconciliation.models import (
    BankStatement,
    DoubtfulLine,
    FoundPiece,
    ReconciliationBreak,
    ReconciliationMatch,
    ReconciliationShare,
    StatementLine,
)
from marketplace.reconciliation.states import StatementLineState

CONFIRMS = "confirms"
"""Verdict: the line names a payout on its way, with its amount."""
ASKS = "asks"
"""Verdict: to be looked at singly, after all that confirm."""
VERDICTS = (CONFIRMS, ASKS, "unknown_credit", "no_reference", "no_such_payout", "other_currency",
            "amount_differs")  # fmt: skip
"""What a search says of a line, by number: to be booked or asked about, or the cause of a
difference."""
OPEN_LINES = (StatementLineState.IMPORTED, StatementLineState.BREAK)
PIECE = 60
"""Line numbers in one piece of the list: as many bits as a positive number has, rounded down."""
SHOWN_MAX = 10_000
ASKING_MAX = 200_000
UNTIED_MAX = 20_000
_IN_TIME = (StatementLine.amount_fen > 0, StatementLine.booked_on, StatementLine.id)
Found = Row[*tuple[Any, ...]]


def count_found() -> int:
    """How many lines are on the list: to be booked, or to be looked at singly."""
    found = db.session.scalar(select(func.coalesce(func.sum(FoundPiece.line_count), 0)))
    asking = db.session.scalar(select(func.count()).select_from(DoubtfulLine))
    return int(found or 0) + (asking or 0)


def count_open_lines(limit: int) -> int:
    """How many lines are open, counted up to a limit."""
    some = select(StatementLine.id).where(StatementLine.is_open).limit(limit)
    return db.session.scalar(select(func.count()).select_from(some.subquery())) or 0


def count_found_in(paths: Sequence[str], bank_account: str | None = None) -> int:
    """How many lines of accounts under some paths found their payout and are not booked yet,
    at most 10,000."""
    wanted = (
        select(func.coalesce(func.sum(FoundPiece.line_count), 0))
        .join(BankStatement, BankStatement.id == FoundPiece.statement_id)
        .where(in_bank_accounts(BankStatement.bank_account, paths))
    )
    if bank_account:
        wanted = wanted.where(BankStatement.bank_account == bank_account)
    return min(int(db.session.scalar(wanted) or 0), SHOWN_MAX)


def lines_in(block: int, lines: int) -> list[int]:
    """The line numbers that a piece means."""
    found = []
    while lines:
        lowest = lines & -lines
        found.append(block * PIECE + lowest.bit_length() - 1)
        lines -= lowest
    return found


_PLACE = (
    column("block", BigInteger),
    column("statement_id", BigInteger),
    column("verdict", Integer),
)
_LINES = column("lines", BigInteger)
LOOKED_UP = table("looked_up", *_PLACE, _LINES)
"""What a search has found, within its unit of work."""


def list_looked_up(after: tuple[int, int, int], limit: int) -> Sequence[Found]:
    """Of the search that goes on the next pieces that are not simply to be booked, behind
    (block, statement, verdict)."""
    return db.session.execute(
        select(*_PLACE, _LINES)
        .select_from(LOOKED_UP)
        .where(_PLACE[2] != VERDICTS.index(CONFIRMS), tuple_(*_PLACE) > after)
        .order_by(*_PLACE)
        .limit(limit)
    ).all()


def list_untied_lines() -> Sequence[Found]:
    """Open lines that name the payout they were untied from, with their statements: nothing ties
    them again by itself (at most 20,000)."""
    # First what was undone, which is little; in one question SQLite begins with all open lines.
    undone = [
        select(tie.statement_line_id.label("line_id")).where(tie.undone_id.is_not(None))
        for tie in (ReconciliationMatch, ReconciliationShare)
    ]
    line_ids = db.session.scalars(union(*undone).order_by("line_id").limit(UNTIED_MAX)).all()
    if not line_ids:
        return []
    wanted = [
        select(StatementLine.id.label("line_id"), StatementLine.statement_id)
        .join(tie, tie.statement_line_id == StatementLine.id)
        .join(PayoutAttempt, PayoutAttempt.payout_id == tie.payout_id)
        .where(
            is_among(StatementLine.id, line_ids),
            tie.undone_id.is_not(None),
            PayoutAttempt.end_to_end_id == StatementLine.end_to_end_id,
            StatementLine.is_open,
        )
        for tie in (ReconciliationMatch, ReconciliationShare)
    ]
    return db.session.execute(union(*wanted).order_by("line_id").limit(UNTIED_MAX)).all()


def list_causes(line_ids: Collection[int]) -> Sequence[Found]:
    """What is stored of the differences of some lines."""
    return db.session.execute(
        select(
            ReconciliationBreak.id,
            ReconciliationBreak.statement_line_id.label("line_id"),
            ReconciliationBreak.cause,
        )
        .where(is_among(ReconciliationBreak.statement_line_id, line_ids))
        .order_by(ReconciliationBreak.id)
        .limit(len(line_ids))
    ).all()


def lock_found(after: int, limit: int) -> tuple[list[int], list[int]]:
    """The next pieces of the list behind one, held: so many that their lines come near a limit,
    one at least. Their numbers, and those of all their lines."""
    rows = db.session.execute(
        select(FoundPiece.id, FoundPiece.block, FoundPiece.lines)
        .where(FoundPiece.id > after)
        .order_by(FoundPiece.id)
        .limit(limit)
        .with_for_update()
    )
    pieces: list[int] = []
    found: list[int] = []
    for piece_id, block, lines in rows:
        named = lines_in(block, lines)
        if pieces and len(found) + len(named) > limit:
            break
        pieces.append(piece_id)
        found += named
    return pieces, found


def was_undone(line_id: Any, payout_id: Any) -> ColumnElement[bool]:
    """Whether a line and a payout were tied before, and two officers undid it."""
    return or_(
        *(
            select(tie.id)
            .where(
                tie.statement_line_id == line_id,
                tie.payout_id == payout_id,
                tie.undone_id.is_not(None),
            )
            .exists()
            for tie in (ReconciliationMatch, ReconciliationShare)
        )
    )


def lock_found_lines(line_ids: Collection[int]) -> Sequence[Found]:
    """Lines on the list with what is needed to be sure; the lines are held. Those that somebody
    closed meanwhile are among them, and whether another open line names the same payout."""
    other = aliased(StatementLine)
    rival = select(other.id).where(
        other.end_to_end_id == StatementLine.end_to_end_id,
        other.id != StatementLine.id,
        other.state.in_(OPEN_LINES),
    )
    return db.session.execute(
        select(
            StatementLine.id.label("line_id"),
            StatementLine.state,
            StatementLine.amount_fen,
            StatementLine.end_to_end_id.label("reference"),
            StatementLine.booked_on,
            BankStatement.currency,
            Payout.id.label("payout_id"),
            Payout.amount_fen.label("payout_fen"),
            Payout.currency.label("payout_currency"),
            ReconciliationBreak.id.label("break_id"),
            rival.exists().label("has_rival"),
            was_undone(StatementLine.id, Payout.id).label("was_undone"),
        )
        .join(BankStatement, BankStatement.id == StatementLine.statement_id)
        .join(PayoutAttempt, PayoutAttempt.end_to_end_id == StatementLine.end_to_end_id)
        .join(Payout, Payout.id == PayoutAttempt.payout_id)
        .outerjoin(ReconciliationBreak, ReconciliationBreak.statement_line_id == StatementLine.id)
        .where(is_among(StatementLine.id, line_ids))
        .order_by(StatementLine.id)
        .limit(len(line_ids))
        .with_for_update(of=StatementLine)
    ).all()


def list_asking_line_ids() -> Sequence[int]:
    """Lines to be looked at singly: money that left first, then by day (at most 200,000)."""
    return db.session.scalars(
        select(StatementLine.id)
        .join(DoubtfulLine, DoubtfulLine.statement_line_id == StatementLine.id)
        .order_by(*_IN_TIME)
        .limit(ASKING_MAX)
    ).all()


def list_found_payouts(line_ids: Collection[int]) -> dict[int, str]:
    """Of a page of lines those that found their payout and are not booked yet, with its code."""
    blocks = {line_id // PIECE for line_id in line_ids}
    pieces = db.session.execute(
        select(FoundPiece.block, FoundPiece.lines)
        .where(FoundPiece.block.in_(blocks))
        .order_by(FoundPiece.id)
        .limit(PIECE * len(blocks))
    )
    found = {line for block, lines in pieces for line in lines_in(block, lines)}
    rows = db.session.execute(
        select(StatementLine.id, Payout.code)
        .join(PayoutAttempt, PayoutAttempt.end_to_end_id == StatementLine.end_to_end_id)
        .join(Payout, Payout.id == PayoutAttempt.payout_id)
        .where(StatementLine.id.in_(found.intersection(line_ids)), StatementLine.is_open)
        .order_by(StatementLine.id)
        .limit(len(line_ids))
    )
    return {line_id: code for line_id, code in rows}
