"""A whole run of matching in many units of work. For the command and the runner."""

from __future__ import annotations

from collections.abc import Callable

from marketplace.foundation.db import write_transaction
from marketplace.reconciliation.operations.confirming import confirm_found
from marketplace.reconciliation.operations.finding import find_matches
from marketplace.reconciliation.operations.matching import (
    SINGLY,
    MatchingResult,
    match_singly,
    record_run,
)
from marketplace.reconciliation.queries.finding import count_found, list_asking_line_ids

Step = Callable[[int, int], None]
"""Called inside each unit of work with what is done and how much there is: a runner holds its
lease there."""


def no_step(_done: int, _total: int) -> None:
    """Nobody waits to hear how far it is."""


def reconcile_all(
    *, actor_id: int | None = None, bank_account: str | None = None, step: Step = no_step
) -> MatchingResult:
    """Look all open lines up, then book what was found."""
    with write_transaction():
        found = find_matches(actor_id=actor_id, bank_account=bank_account)
    opened = MatchingResult(0, found.breaks_opened, 0)
    return _book(opened, actor_id=actor_id, bank_account=bank_account, step=step)


def book_found(*, actor_id: int | None = None, step: Step = no_step) -> MatchingResult:
    """Book what an earlier search found, whoever was stopped at it."""
    return _book(MatchingResult(0, 0, 0), actor_id=actor_id, bank_account=None, step=step)


def _book(
    done: MatchingResult, *, actor_id: int | None, bank_account: str | None, step: Step
) -> MatchingResult:
    total, after = count_found(), 0
    while True:
        with write_transaction():
            step(done.matched, total)
            booked = confirm_found(actor_id=actor_id, after=after)
        if booked is None:
            break
        done += MatchingResult(booked.matched, 0, booked.breaks_resolved)
        after = booked.last_piece
    asking = list_asking_line_ids()
    for start in range(0, len(asking), SINGLY):
        with write_transaction():
            step(done.matched, total)
            done += match_singly(asking[start : start + SINGLY], actor_id=actor_id)
    with write_transaction():
        record_run(done, bank_account=bank_account, actor_id=actor_id)
    return done
