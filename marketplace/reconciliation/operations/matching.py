"""Tying bank lines to payouts by our own reference: a whole run, and what needs a second look."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import delete

from marketplace.audit.operations import record_event
from marketplace.foundation import clock
from marketplace.foundation.bulk import is_among
from marketplace.foundation.db import db, table_of
from marketplace.foundation.errors import Refused
from marketplace.jobs.operations import enqueue_job
from marketplace.payouts.operations import confirm_payout, return_payout
from marketplace.reconciliation import errors as _errors  # noqa: F401  (registers the refusals)
from marketplace.reconciliation.models import DoubtfulLine, ReconciliationMatch, StatementLine
from marketplace.reconciliation.operations.confirming import (
    confirm_found,
    resolve_breaks,
)
from marketplace.reconciliation.operations.finding import (
    find_matches,
    open_breaks,
    wait_for_search,
)
from marketplace.reconciliation.queries.finding import list_asking_line_ids
from marketplace.reconciliation.queries.matching import (
    Candidate,
    find_candidate,
    list_breaks_of_lines,
    list_candidates,
    list_undone_pairs,
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
from marketplace.reconciliation.states import StatementLineState

BOOKED_ON_A_PAGE_MAX = 2_000
JOB_KIND = "confirm_matches"
SINGLY = 500
"""Lines looked at singly in one unit of work."""


@dataclass(frozen=True, slots=True)
class MatchingResult:
    """What one run of matching did."""

    matched: int
    breaks_opened: int
    breaks_resolved: int
    waiting: int = 0
    """Lines that found their payout, or have to be looked at singly, and are left for later."""

    def __add__(self, more: MatchingResult) -> MatchingResult:
        return MatchingResult(
            self.matched + more.matched,
            self.breaks_opened + more.breaks_opened,
            self.breaks_resolved + more.breaks_resolved,
            more.waiting,
        )


def match_statement_lines(
    *, actor_id: int | None, bank_account: str | None = None, book_at_most: int | None = None
) -> MatchingResult:
    """Tie open bank lines to payouts: confirm, return, or leave a difference with its cause.

    The whole run in one unit of work. With more than `book_at_most` lines to be booked none is:
    they wait on the list, and whoever asked has them booked chunk by chunk (`cli/matching.py`).
    Money that left is looked at first, so that a return finds its payment confirmed. Posts
    payout.confirmed and payout.returned through payouts.
    """
    found = find_matches(actor_id=actor_id, bank_account=bank_account)
    done = MatchingResult(0, found.breaks_opened, 0, waiting=found.waiting)
    if book_at_most is None or found.waiting <= book_at_most:
        after = 0
        while booked := confirm_found(actor_id=actor_id, after=after):
            done += MatchingResult(booked.matched, 0, booked.breaks_resolved)
            after = booked.last_piece
        asking = list_asking_line_ids()
        for start in range(0, len(asking), SINGLY):
            done += match_singly(asking[start : start + SINGLY], actor_id=actor_id)
        done = replace(done, waiting=0)
    record_run(done, bank_account=bank_account, actor_id=actor_id)
    return done


def match_now_or_later(*, actor_id: int) -> MatchingResult:
    """A run as an officer asks for it on a page: booked at once, or, when there is much to book,
    handed to the runner in the same unit of work."""
    done = match_statement_lines(actor_id=actor_id, book_at_most=BOOKED_ON_A_PAGE_MAX)
    if done.waiting:
        enqueue_job(JOB_KIND, payload={"actor_id": actor_id}, requested_by=actor_id)
    return done


def match_singly(line_ids: Sequence[int], *, actor_id: int | None) -> MatchingResult:
    """Look at lines one after the other, as each may change what the next one finds."""
    wait_for_search()
    lines = lock_open_lines(line_ids)
    candidates = list_candidates({line.end_to_end_id for line, _ in lines if line.end_to_end_id})
    own_ids = [line.id for line, _currency in lines]
    breaks = list_breaks_of_lines(own_ids)
    undone = {(pair.line_id, pair.payout_id) for pair in list_undone_pairs(own_ids)}
    touched: set[str] = set()
    fresh: dict[int, str] = {}
    resolved: list[int | None] = []
    for line, currency in lines:
        reference = line.end_to_end_id or ""
        # A payout that an earlier line confirmed or brought back is looked up anew.
        found = find_candidate(reference) if reference in touched else candidates.get(reference)
        cause = _match_line(line, currency, found, actor_id, undone=undone)
        touched.add(reference)
        item = breaks.get(line.id)
        if cause is None:
            resolved.append(item.id if item else None)
        elif item is not None:
            item.cause = cause
        else:
            fresh[line.id] = cause
    db.session.flush()
    _take_off_list(line_ids)
    opened = open_breaks(fresh, actor_id)
    return MatchingResult(len(resolved), len(opened), resolve_breaks(resolved))


def _take_off_list(line_ids: Sequence[int]) -> None:
    table = table_of(DoubtfulLine)
    db.session.execute(delete(table).where(is_among(table.c.statement_line_id, line_ids)))


def record_run(done: MatchingResult, *, bank_account: str | None, actor_id: int | None) -> None:
    """What a run did, in the audit trail; nothing when it did nothing."""
    if not (done.matched or done.breaks_opened or done.waiting):
        return
    details = {
        "matched": done.matched,
        "breaks_opened": done.breaks_opened,
        "breaks_resolved": done.breaks_resolved,
    }
    record_event(
        "reconciliation.run",
        subject_kind="bank_account",
        subject_code=bank_account or "*",
        actor_id=actor_id,
        details=details | ({"waiting": done.waiting} if done.waiting else {}),
    )


def _match_line(
    line: StatementLine,
    currency: str,
    found: Candidate | None,
    actor_id: int | None,
    *,
    undone: Collection[tuple[int, int]],
) -> str | None:
    """Match one line; answers the cause when it cannot be matched."""
    facts = LineFacts(line.amount_fen, currency, line.end_to_end_id)
    verdict = verdict_for_line(facts, None if found is None else _facts(line, found, undone))
    if isinstance(verdict, NotMatched):
        return verdict.cause
    assert found is not None, "only a payout can be confirmed or returned"
    assert line.end_to_end_id is not None, "a payout is found by its reference"
    return _book(line, found.payout.id, line.end_to_end_id, verdict, actor_id)


def _facts(
    line: StatementLine, found: Candidate, undone: Collection[tuple[int, int]]
) -> CandidateFacts:
    return CandidateFacts(
        found.payout.amount_fen,
        found.payout.currency,
        found.payout.state,
        found.payout.attempt == found.attempt.number,
        found.attempt.outcome,
        found.is_matched,
        (line.id, found.payout.id) in undone,
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
