"""Taking statement files in: proved, known from before, stored once."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.exc import IntegrityError

from marketplace.audit.operations import record_event
from marketplace.foundation import clock
from marketplace.foundation.bulk import insert_rows
from marketplace.foundation.db import Sealed, db
from marketplace.foundation.errors import Refusal, Refused
from marketplace.foundation.ids import new_code
from marketplace.foundation.text import tidy
from marketplace.reconciliation import errors as _errors  # noqa: F401  (registers the refusals)
from marketplace.reconciliation.formats.detection import parse_statement_file
from marketplace.reconciliation.formats.statements import (
    FileProblem,
    ParsedLine,
    ParsedStatement,
    decimal,
)
from marketplace.reconciliation.models import BankStatement, StatementLine, StatementLineSighting
from marketplace.reconciliation.queries.statements import (
    find_bank_account_number,
    find_statement,
    find_statement_by_file,
    list_known_lines,
    list_statements_before,
)
from marketplace.reconciliation.rules.identity import (
    Chain,
    LineKeys,
    begins_where_ended,
    chain_of,
    keys_of_lines,
    statement_key,
)
from marketplace.reconciliation.rules.matching import reference_of
from marketplace.reconciliation.states import StatementKind, StatementLineState

FOUR_DIGITS = re.compile(r"\*{4} [0-9]{4}")
"""A masked number that shows its last digits."""


@dataclass(frozen=True, slots=True)
class StatementVerdict:
    """One statement of a file: what it says, whether it proved itself, what was stored."""

    parsed: ParsedStatement
    code: str | None
    """Of the stored statement; empty when it was not proved or was known before."""
    duplicate_of: str | None
    lines_new: int
    chain: str | None = None
    """How it follows the statement before it: `first`, `continues`, `overlaps` or `gap`."""


@dataclass(frozen=True, slots=True)
class ImportVerdict:
    """The answer to one file."""

    format: str
    bank_account: str
    duplicate_of: str | None
    statements: tuple[StatementVerdict, ...]
    problems: tuple[FileProblem, ...]
    notes: tuple[FileProblem, ...] = ()


@dataclass(frozen=True, slots=True)
class _Source:
    """Where a statement came from."""

    format: str
    file_sha256: str
    file_name: str
    bank_account: str
    actor_id: int | None


def import_bank_statement(
    content: bytes,
    *,
    file_name: str,
    bank_account: str,
    actor_id: int | None,
    wanted: str = "auto",
    accepts_other_numbers: bool = False,
) -> ImportVerdict:
    """Take in a statement file. Only what proves itself is stored, and notifications, which by
    their nature carry no balances and are marked so.

    The same file again, the same statement in another file, and the same line in an overlapping
    statement are recognised and stored once; what was set aside does not count. Problems are
    answered, not raised; posts nothing. A statement of another account number than those taken in
    under this name carry is not stored: its balances could never follow and no month would close;
    with `accepts_other_numbers` it is stored, and noted.
    """
    parsed = parse_statement_file(content, wanted=wanted)
    digest = hashlib.sha256(content).hexdigest()
    source = _Source(parsed.format, digest, tidy(file_name)[:200], bank_account, actor_id)
    earlier = find_statement_by_file(digest)
    expected_number = find_bank_account_number(bank_account)
    verdicts = []
    for statement in parsed.statements:
        if words := _other_bank_account(statement, expected_number):
            tell = statement.note if accepts_other_numbers else statement.problem
            tell("statement_of_other_account", words=words)
        if earlier is None and statement.is_usable:
            verdicts.append(_store(statement, source))
        else:
            known = earlier.code if earlier else None
            verdicts.append(StatementVerdict(statement, None, known, 0))
    statements = parsed.statements
    return ImportVerdict(
        parsed.format,
        bank_account,
        earlier.code if earlier else _common_duplicate(verdicts),
        tuple(verdicts),
        (*parsed.problems, *(each for item in statements for each in item.problems)),
        tuple(each for item in statements for each in item.notes),
    )


def _other_bank_account(
    statement: ParsedStatement, expected_number: str | None
) -> dict[str, str | None]:
    """Both numbers when they differ. Only four shown digits tell accounts apart: some formats put a
    currency or nothing there."""
    found = statement.bank_account_number or ""
    told = all(FOUR_DIGITS.fullmatch(one) for one in (found, expected_number or ""))
    return (
        {"found": found, "expected": expected_number} if told and found != expected_number else {}
    )


def _store(statement: ParsedStatement, source: _Source) -> StatementVerdict:
    keys = keys_of_lines(statement.lines, source.bank_account)
    key = statement_key(statement, [each.line_key(source.bank_account) for each in keys])
    if known := find_statement(source.bank_account, key):
        return StatementVerdict(statement, None, known.code, 0)
    chain = _chain(statement, source.bank_account)
    stored = _row(statement, source, key)
    try:
        with db.session.begin_nested():
            db.session.add(stored)
            db.session.flush()
            lines_new = _store_lines(stored, statement, keys)
    except IntegrityError as error:  # the same file is being taken in by someone else right now
        raise Refused(Refusal("stale_state")) from error
    if lines_new < len(statement.lines):
        words = {"count": len(statement.lines) - lines_new}
        statement.note("lines_known", words=words)
    record_event(
        "statement.imported",
        subject_kind="statement",
        subject_code=stored.code,
        actor_id=source.actor_id,
        details={"lines_new": lines_new, "file_sha256": source.file_sha256},
    )
    follows = None if stored.kind == StatementKind.NOTIFICATION else chain.verdict
    return StatementVerdict(statement, stored.code, None, lines_new, follows)


def _chain(statement: ParsedStatement, bank_account: str) -> Chain:
    """How it follows the statement before it; a gap is noted, for that one may still come."""
    earlier = list_statements_before(
        bank_account, currency=statement.currency, begins_on=statement.from_on
    )
    chain = chain_of(statement, earlier)
    if chain.verdict == "gap" and chain.before is not None:
        words = {"code": chain.before.code, "closing": decimal(chain.before.closing_fen)}
        statement.note("chain_gap", words=words)
    return chain


def _row(statement: ParsedStatement, source: _Source, key: str) -> BankStatement:
    net_fen = statement.incoming_fen - statement.outgoing_fen
    has_balances = statement.opening_fen is not None and statement.closing_fen is not None
    assert has_balances or statement.is_notification, "a proved statement has its balances"
    return BankStatement(
        code=new_code("BS"),
        bank_account=source.bank_account,
        statement_key=key,
        format=source.format,
        file_sha256=source.file_sha256,
        file_name=source.file_name,
        currency=statement.currency,
        opening_fen=statement.opening_fen if has_balances else 0,
        closing_fen=statement.closing_fen if has_balances else net_fen,
        incoming_fen=statement.incoming_fen,
        outgoing_fen=statement.outgoing_fen,
        entry_count=statement.entry_count,
        line_count=len(statement.lines),
        from_on=statement.from_on,
        to_on=statement.to_on,
        imported_by=source.actor_id,
        imported_at=clock.now(),
        kind=StatementKind.STATEMENT if has_balances else StatementKind.NOTIFICATION,
        bank_account_number=statement.bank_account_number,
    )


def _store_lines(stored: BankStatement, statement: ParsedStatement, keys: list[LineKeys]) -> int:
    """Store what is new; tie what is known to this statement, so that it still adds up."""
    bank_account = stored.bank_account
    offsets, known_keys, known_movements, sighted = _known(statement, keys, bank_account)
    rows = []
    for number, (line, key) in enumerate(zip(statement.lines, keys, strict=True), start=1):
        line_key = key.line_key(bank_account, offsets[key.digest])
        if line_key not in known_keys and key.movement_key not in known_movements:
            rows.append(_line_row(line, stored.id, number, line_key, key.movement_key))
    insert_rows(StatementLine, rows)
    sightings = [
        {"statement_id": stored.id, "statement_line_id": line_id} for line_id in sorted(sighted)
    ]
    insert_rows(StatementLineSighting, sightings)
    return len(rows)


def _known(
    statement: ParsedStatement, keys: Sequence[LineKeys], bank_account: str
) -> tuple[Counter[str], set[str], set[str], set[int]]:
    """How far alike lines are counted on, the keys and movements known, and the lines they are.

    A line of a statement that ended where this one begins is never this one's, however alike:
    alike lines are then counted on behind it.
    """
    offsets: Counter[str] = Counter()
    movements = {key.movement_key for key in keys if key.movement_key}
    while True:
        wanted = {key.line_key(bank_account, offsets[key.digest]): key.digest for key in keys}
        found = list(list_known_lines(wanted, movements))
        before = Counter(
            wanted[line.line_key]
            for line in {each.line_id: each for each in found}.values()
            if line.line_key in wanted and begins_where_ended(statement, line.span)
        )
        if not before:
            break
        offsets += before
    here = [line for line in found if not begins_where_ended(statement, line.span)]
    known_keys = {line.line_key for line in here if line.line_key in wanted}
    known_movements = {
        line.movement_key for line in here if line.movement_key and line.movement_key in movements
    }
    return offsets, known_keys, known_movements, {line.line_id for line in here}


def _line_row(
    line: ParsedLine, statement_id: int, number: int, line_key: str, movement_key: str | None
) -> dict[str, object]:
    code = new_code("SL", 12)
    return {
        "code": code,
        "statement_id": statement_id,
        "number": number,
        "line_key": line_key,
        "movement_key": movement_key,
        "booked_on": line.booked_on,
        "amount_fen": line.amount_fen,
        "end_to_end_id": reference_of(line.end_to_end_id, line.remittance),
        "bank_reference": line.bank_reference,
        "counterparty_sealed": _COUNTERPARTY.close(
            line.counterparty, table=StatementLine.__tablename__, code=code
        ),
        "remittance": line.remittance,
        "return_code": line.return_code,
        "state": StatementLineState.IMPORTED,
    }


_COUNTERPARTY: Sealed = StatementLine.__dict__["counterparty"]


def _common_duplicate(verdicts: list[StatementVerdict]) -> str | None:
    """A file is a duplicate when every statement in it was known."""
    known = [verdict.duplicate_of for verdict in verdicts]
    return known[0] if known and all(known) else None
