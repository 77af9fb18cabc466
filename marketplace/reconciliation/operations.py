"""Taking statements in, proving them, and tying their lines to payouts."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass

from sqlalchemy.exc import IntegrityError

from marketplace.audit.operations import record_event
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.errors import Refusal, Refused
from marketplace.foundation.ids import new_code
from marketplace.foundation.text import tidy
from marketplace.payouts.operations import confirm_payout, return_payout
from marketplace.reconciliation import errors as _errors  # noqa: F401  (registers the refusals)
from marketplace.reconciliation.formats.detection import parse_statement_file
from marketplace.reconciliation.formats.statements import (
    FileProblem,
    ParsedLine,
    ParsedStatement,
)
from marketplace.reconciliation.models import (
    BankStatement,
    ReconciliationBreak,
    ReconciliationMatch,
    StatementLine,
)
from marketplace.reconciliation.queries import (
    find_break_of_line,
    find_candidate,
    find_statement,
    find_statement_by_file,
    list_known_line_keys,
    lock_break,
    lock_open_lines,
)
from marketplace.reconciliation.rules import (
    CandidateFacts,
    Confirmed,
    LineFacts,
    NotMatched,
    Returned,
    reference_of,
    verdict_for_line,
)
from marketplace.reconciliation.states import BreakState, StatementLineState


@dataclass(frozen=True, slots=True)
class StatementVerdict:
    """One statement of a file: what it says, whether it proved itself, what was stored."""

    parsed: ParsedStatement
    code: str | None
    """Of the stored statement; empty when it was not proved or was known before."""
    duplicate_of: str | None
    lines_new: int


@dataclass(frozen=True, slots=True)
class ImportVerdict:
    """The answer to one file."""

    format: str
    bank_account: str
    duplicate_of: str | None
    statements: tuple[StatementVerdict, ...]
    problems: tuple[FileProblem, ...]


@dataclass(frozen=True, slots=True)
class MatchingResult:
    """What one run of matching did."""

    matched: int
    breaks_opened: int
    breaks_resolved: int


@dataclass(frozen=True, slots=True)
class _Source:
    """Where a statement came from."""

    format: str
    file_sha256: str
    file_name: str
    bank_account: str
    actor_id: int | None


def import_bank_statement(
    content: bytes, *, file_name: str, bank_account: str, actor_id: int | None
) -> ImportVerdict:
    """Take in a statement file. Only statements that prove themselves are stored.

    The same file again, the same statement in another file, and the same line in an overlapping
    statement are recognised and stored once. Problems are answered, not raised; posts nothing.
    """
    parsed = parse_statement_file(content)
    digest = hashlib.sha256(content).hexdigest()
    source = _Source(parsed.format, digest, tidy(file_name)[:200], bank_account, actor_id)
    earlier = find_statement_by_file(digest)
    verdicts = []
    for statement in parsed.statements:
        if earlier is None and statement.is_proved:
            verdicts.append(_store(statement, source))
        else:
            known = earlier.code if earlier else None
            verdicts.append(StatementVerdict(statement, None, known, 0))
    problems = [problem for statement in parsed.statements for problem in statement.problems]
    return ImportVerdict(
        parsed.format,
        bank_account,
        earlier.code if earlier else _common_duplicate(verdicts),
        tuple(verdicts),
        (*parsed.problems, *problems),
    )


def match_statement_lines(
    *, actor_id: int | None, bank_account: str | None = None
) -> MatchingResult:
    """Tie open bank lines to payouts: confirm, return, or leave a difference with its cause.

    Money that left is looked at first, so that a return finds its payment confirmed. Differences
    from earlier runs are tried again. Posts payout.confirmed and payout.returned through payouts.
    """
    matched = opened = resolved = 0
    for line, currency in lock_open_lines(bank_account):
        cause = _match_line(line, currency, actor_id)
        item = find_break_of_line(line.id)
        if cause is None:
            matched += 1
            resolved += _resolve(item)
        else:
            opened += _note_break(line, item, cause, actor_id)
    db.session.flush()
    if matched or opened:
        record_event(
            "reconciliation.run",
            subject_kind="bank_account",
            subject_code=bank_account or "*",
            actor_id=actor_id,
            details={"matched": matched, "breaks_opened": opened, "breaks_resolved": resolved},
        )
    return MatchingResult(matched, opened, resolved)


def explain_break(break_id: int, *, explanation: str, actor_id: int) -> ReconciliationBreak:
    """An officer says what a difference is (a bank fee, interest, another office's money).

    Refuses `explanation_required`, `break_already_closed`. Posts nothing.
    """
    item = lock_break(break_id)
    words = tidy(explanation)
    if item.state == BreakState.EXPLAINED and item.explained_by == actor_id:
        return item
    if item.state != BreakState.OPEN:
        raise Refused(Refusal("break_already_closed"))
    if len(words) < 2:
        raise Refused(Refusal("explanation_required", field="explanation"))
    item.state = BreakState.EXPLAINED
    item.explanation = words[:1000]
    item.explained_by = actor_id
    item.explained_at = clock.now()
    line = db.session.get_one(StatementLine, item.statement_line_id)
    line.state = StatementLineState.EXPLAINED
    db.session.flush()
    record_event(
        "break.explained",
        subject_kind="break",
        subject_code=item.code,
        actor_id=actor_id,
        reason=item.explanation,
        details={"amount_fen": item.amount_fen, "cause": item.cause},
    )
    return item


def take_break(break_id: int, *, actor_id: int) -> ReconciliationBreak:
    """An officer makes a difference their own to clear up. Refuses `break_already_closed`."""
    item = lock_break(break_id)
    if item.state != BreakState.OPEN:
        raise Refused(Refusal("break_already_closed"))
    if item.owner_id != actor_id:
        item.owner_id = actor_id
        db.session.flush()
        record_event("break.taken", subject_kind="break", subject_code=item.code, actor_id=actor_id)
    return item


def _store(statement: ParsedStatement, source: _Source) -> StatementVerdict:
    keys = _line_keys(statement.lines, source.bank_account)
    statement_key = _statement_key(statement, keys)
    if known := find_statement(source.bank_account, statement_key):
        return StatementVerdict(statement, None, known.code, 0)
    assert statement.opening_fen is not None, "a proved statement has its balances"
    assert statement.closing_fen is not None, "a proved statement has its balances"
    stored = BankStatement(
        code=new_code("BS"),
        bank_account=source.bank_account,
        statement_key=statement_key,
        format=source.format,
        file_sha256=source.file_sha256,
        file_name=source.file_name,
        currency=statement.currency,
        opening_fen=statement.opening_fen,
        closing_fen=statement.closing_fen,
        incoming_fen=statement.incoming_fen,
        outgoing_fen=statement.outgoing_fen,
        entry_count=statement.entry_count,
        line_count=len(statement.lines),
        from_on=statement.from_on,
        to_on=statement.to_on,
        imported_by=source.actor_id,
        imported_at=clock.now(),
    )
    try:
        with db.session.begin_nested():
            db.session.add(stored)
            db.session.flush()
            lines_new = _store_lines(stored.id, statement.lines, keys)
    except IntegrityError as error:  # the same file is being taken in by someone else right now
        raise Refused(Refusal("stale_state")) from error
    record_event(
        "statement.imported",
        subject_kind="statement",
        subject_code=stored.code,
        actor_id=source.actor_id,
        details={"lines_new": lines_new, "file_sha256": source.file_sha256},
    )
    return StatementVerdict(statement, stored.code, None, lines_new)


def _store_lines(statement_id: int, lines: list[ParsedLine], keys: list[str]) -> int:
    known = list_known_line_keys(keys)
    fresh = [
        (number, line, key)
        for number, (line, key) in enumerate(zip(lines, keys, strict=True), start=1)
        if key not in known
    ]
    for number, line, key in fresh:
        row = StatementLine(code=new_code("SL", 12))
        row.statement_id = statement_id
        row.number = number
        row.line_key = key
        row.booked_on = line.booked_on
        row.amount_fen = line.amount_fen
        row.end_to_end_id = reference_of(line.end_to_end_id, line.remittance)
        row.bank_reference = line.bank_reference
        row.counterparty = line.counterparty
        row.remittance = line.remittance
        row.return_code = line.return_code
        row.state = StatementLineState.IMPORTED
        db.session.add(row)
    db.session.flush()
    return len(fresh)


def _line_keys(lines: list[ParsedLine], bank_account: str) -> list[str]:
    """What makes a line itself, in whatever file and order it comes again.

    Lines that are alike in everything are told apart by counting them.
    """
    seen: Counter[str] = Counter()
    keys = []
    for line in lines:
        said = (
            line.bank_reference,
            line.booked_on.isoformat(),
            line.amount_fen,
            line.end_to_end_id,
            line.remittance,
            line.counterparty,
        )
        digest = hashlib.sha256(repr(said).encode()).hexdigest()[:32]
        seen[digest] += 1
        keys.append(f"{bank_account}:{digest}:{seen[digest]}")
    return keys


def _statement_key(statement: ParsedStatement, keys: list[str]) -> str:
    said = (statement.opening_fen, statement.closing_fen, sorted(keys))
    return f"{statement.key}:{hashlib.sha256(repr(said).encode()).hexdigest()[:16]}"


def _common_duplicate(verdicts: list[StatementVerdict]) -> str | None:
    """A file is a duplicate when every statement in it was known."""
    known = [verdict.duplicate_of for verdict in verdicts]
    return known[0] if known and all(known) else None


def _match_line(line: StatementLine, currency: str, actor_id: int | None) -> str | None:
    """Match one line; answers the cause when it cannot be matched."""
    found = find_candidate(line.end_to_end_id) if line.end_to_end_id else None
    facts = LineFacts(line.amount_fen, currency, line.end_to_end_id)
    if found is None:
        verdict = verdict_for_line(facts, None)
    else:
        payout, attempt, is_matched = found
        verdict = verdict_for_line(
            facts,
            CandidateFacts(
                payout.amount_fen,
                payout.currency,
                payout.state,
                payout.attempt == attempt.number,
                attempt.outcome,
                is_matched,
            ),
        )
    if isinstance(verdict, NotMatched):
        return verdict.cause
    assert found is not None, "only a payout can be confirmed or returned"
    assert line.end_to_end_id is not None, "a payout is found by its reference"
    return _book(line, found[0].id, line.end_to_end_id, verdict, actor_id)


def _book(
    line: StatementLine,
    payout_id: int,
    reference: str,
    verdict: Confirmed | Returned,
    actor_id: int | None,
) -> str | None:
    try:
        with db.session.begin_nested():
            if isinstance(verdict, Confirmed):
                entry_id = confirm_payout(
                    payout_id,
                    end_to_end_id=reference,
                    effective_on=line.booked_on,
                    actor_id=actor_id,
                )
            else:
                entry_id = return_payout(
                    payout_id,
                    end_to_end_id=reference,
                    reason_code=line.return_code or "NARR",
                    effective_on=line.booked_on,
                    actor_id=actor_id,
                )
            _write_match(line, payout_id, entry_id, verdict.rule, actor_id)
    except Refused as refused:
        return refused.codes[0]
    return None


def _write_match(
    line: StatementLine, payout_id: int, entry_id: int, rule: str, actor_id: int | None
) -> None:
    db.session.add(
        ReconciliationMatch(
            statement_line_id=line.id,
            payout_id=payout_id,
            entry_id=entry_id,
            explanation=rule,
            matched_by=actor_id,
            matched_at=clock.now(),
        )
    )
    line.state = StatementLineState.MATCHED
    db.session.flush()


def _note_break(
    line: StatementLine, item: ReconciliationBreak | None, cause: str, actor_id: int | None
) -> int:
    if item is not None:
        item.cause = cause
        return 0
    db.session.add(
        ReconciliationBreak(
            code=new_code("BR"),
            statement_line_id=line.id,
            cause=cause,
            amount_fen=line.amount_fen,
            state=BreakState.OPEN,
            owner_id=actor_id,
            opened_at=clock.now(),
        )
    )
    line.state = StatementLineState.BREAK
    return 1


def _resolve(item: ReconciliationBreak | None) -> int:
    if item is None:
        return 0
    item.state = BreakState.RESOLVED
    return 1
