"""Tying bank lines to payouts by our own reference."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import update

from marketplace.audit.operations import record_event
from marketplace.foundation import clock
from marketplace.foundation.bulk import insert_rows
from marketplace.foundation.db import db, forget_rows
from marketplace.foundation.errors import Refused
from marketplace.foundation.ids import new_code
from marketplace.payouts.operations import confirm_payout, confirm_payouts, return_payout
from marketplace.reconciliation import errors as _errors  # noqa: F401  (registers the refusals)
from marketplace.reconciliation.models import (
    BreakProposal,
    ReconciliationBreak,
    ReconciliationMatch,
    StatementLine,
)
from marketplace.reconciliation.queries.matching import (
    Candidate,
    find_candidate,
    list_breaks_of_lines,
    list_candidates,
    list_open_line_ids,
    lock_open_lines,
)
from marketplace.reconciliation.rules.matching import (
    CandidateFacts,
    Confirmed,
    LineFacts,
    NotMatched,
    Returned,
    verdict_for_line,
)
from marketplace.reconciliation.states import BreakState, ProposalState, StatementLineState

CHUNK = 500


@dataclass(frozen=True, slots=True)
class MatchingResult:
    """What one run of matching did."""

    matched: int
    breaks_opened: int
    breaks_resolved: int


@dataclass(slots=True)
class _Run:
    """One run while it goes on."""

    actor_id: int | None
    matched: int = 0
    opened: int = 0
    resolved: int = 0


def match_statement_lines(
    *, actor_id: int | None, bank_account: str | None = None
) -> MatchingResult:
    """Tie open bank lines to payouts: confirm, return, or leave a difference with its cause.

    Money that left is looked at first, so that a return finds its payment confirmed. Differences
    from earlier runs are tried again. Posts payout.confirmed and payout.returned through payouts.
    """
    run = _Run(actor_id)
    line_ids = list_open_line_ids(bank_account)
    for start in range(0, len(line_ids), CHUNK):
        _match_chunk(lock_open_lines(line_ids[start : start + CHUNK]), run)
        db.session.flush()
    if run.matched or run.opened:
        record_event(
            "reconciliation.run",
            subject_kind="bank_account",
            subject_code=bank_account or "*",
            actor_id=actor_id,
            details={
                "matched": run.matched,
                "breaks_opened": run.opened,
                "breaks_resolved": run.resolved,
            },
        )
    return MatchingResult(run.matched, run.opened, run.resolved)


def resolve_break(item: ReconciliationBreak | None) -> int:
    """Close a difference whose line found its payout. Answers how many were closed."""
    if item is None:
        return 0
    item.state = BreakState.RESOLVED
    # A proposal for it that still waits is about nothing any more.
    db.session.execute(
        update(BreakProposal)
        .where(BreakProposal.break_id == item.id, BreakProposal.state == ProposalState.PROPOSED)
        .values(state=ProposalState.WITHDRAWN)
    )
    return 1


def _match_chunk(lines: Sequence[tuple[StatementLine, str]], run: _Run) -> None:
    """Match some lines; what they ask of the database is asked once for all of them."""
    references = {line.end_to_end_id for line, _currency in lines if line.end_to_end_id}
    candidates = list_candidates(references)
    breaks = list_breaks_of_lines([line.id for line, _currency in lines])
    named = Counter(line.end_to_end_id for line, _currency in lines)
    clear = [
        (line, found.payout.id)
        for line, currency in lines
        if named[line.end_to_end_id] == 1
        and (found := candidates.get(line.end_to_end_id or "")) is not None
        and _is_clear(line, currency, found)
    ]
    line_ids = [line.id for line, _currency in lines]  # those done are forgotten as objects
    done = _confirm_at_once(clear, breaks, run)
    touched: set[str] = set()
    fresh: list[tuple[StatementLine, str]] = []
    for line_id, (line, currency) in zip(line_ids, lines, strict=True):
        if line_id in done:
            continue
        reference = line.end_to_end_id or ""
        # A payout that an earlier line of this run confirmed or brought back is looked up anew.
        found = find_candidate(reference) if reference in touched else candidates.get(reference)
        cause = _match_line(line, currency, found, run.actor_id)
        touched.add(reference)
        if cause is None:
            run.matched += 1
            run.resolved += resolve_break(breaks.get(line.id))
        elif (item := breaks.get(line.id)) is not None:
            item.cause = cause
        else:
            fresh.append((line, cause))
    _open_breaks(fresh, run)


def _is_clear(line: StatementLine, currency: str, found: Candidate) -> bool:
    """The line confirms a payout that nobody has heard of since it left: the usual case."""
    if found.attempt.outcome is not None:
        return False
    facts = LineFacts(line.amount_fen, currency, line.end_to_end_id)
    return isinstance(verdict_for_line(facts, _facts(found)), Confirmed)


def _confirm_at_once(
    clear: Sequence[tuple[StatementLine, int]],
    breaks: Mapping[int, ReconciliationBreak],
    run: _Run,
) -> frozenset[int]:
    """The clear lines of a chunk with their payouts, in a few statements; those done are answered.

    When the books refuse one, none is: each is then asked alone, so that the others pass.
    """
    booked_on = {line.end_to_end_id or "": line.booked_on for line, _payout in clear}
    try:
        with db.session.begin_nested():
            entries = confirm_payouts(booked_on, actor_id=run.actor_id)
            done = [
                (line.id, payout_id, entry_id)
                for line, payout_id in clear
                if (entry_id := entries.get(line.end_to_end_id or "")) is not None
            ]
            _write_matches(done, run.actor_id)
    except Refused:
        return frozenset()
    run.matched += len(done)
    run.resolved += sum(resolve_break(breaks.get(line_id)) for line_id, _payout, _entry in done)
    return frozenset(line_id for line_id, _payout, _entry in done)


def _match_line(
    line: StatementLine, currency: str, found: Candidate | None, actor_id: int | None
) -> str | None:
    """Match one line; answers the cause when it cannot be matched."""
    facts = LineFacts(line.amount_fen, currency, line.end_to_end_id)
    verdict = verdict_for_line(facts, None if found is None else _facts(found))
    if isinstance(verdict, NotMatched):
        return verdict.cause
    assert found is not None, "only a payout can be confirmed or returned"
    assert line.end_to_end_id is not None, "a payout is found by its reference"
    return _book(line, found.payout.id, line.end_to_end_id, verdict, actor_id)


def _facts(found: Candidate) -> CandidateFacts:
    return CandidateFacts(
        found.payout.amount_fen,
        found.payout.currency,
        found.payout.state,
        found.payout.attempt == found.attempt.number,
        found.attempt.outcome,
        found.is_matched,
    )


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


def _write_matches(done: Sequence[tuple[int, int, int]], actor_id: int | None) -> None:
    """Lines tied to the payouts and entries they confirm, as `_write_match` does for one."""
    now = clock.now()
    insert_rows(
        ReconciliationMatch,
        [
            {
                "statement_line_id": line_id,
                "payout_id": payout_id,
                "entry_id": entry_id,
                "explanation": Confirmed().rule,
                "matched_by": actor_id,
                "matched_at": now,
            }
            for line_id, payout_id, entry_id in done
        ],
    )
    line_ids = [line_id for line_id, _payout, _entry in done]
    db.session.execute(
        update(StatementLine)
        .where(StatementLine.id.in_(line_ids))
        .values(state=StatementLineState.MATCHED)
        .execution_options(synchronize_session=False)
    )
    forget_rows(StatementLine, line_ids)


def _open_breaks(fresh: Sequence[tuple[StatementLine, str]], run: _Run) -> None:
    """A difference for each line that found no payout, owned by whoever matched."""
    now = clock.now()
    insert_rows(
        ReconciliationBreak,
        [
            {
                "code": new_code("BR"),
                "statement_line_id": line.id,
                "cause": cause,
                "amount_fen": line.amount_fen,
                "state": BreakState.OPEN,
                "owner_id": run.actor_id,
                "opened_at": now,
            }
            for line, cause in fresh
        ],
    )
    db.session.execute(
        update(StatementLine)
        .where(StatementLine.id.in_([line.id for line, _cause in fresh]))
        .values(state=StatementLineState.BREAK)
        .execution_options(synchronize_session=False)
    )
    run.opened += len(fresh)
