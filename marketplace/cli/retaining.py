"""Withheld shares day by day, in pieces: for the command and the runner."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from marketplace.foundation.db import write_transaction
from marketplace.retentions.operations.daily import (
    Decided,
    Tally,
    rehearse_retentions,
    work_through_retentions,
)
from marketplace.retentions.queries.listing import RetentionRow
from marketplace.retentions.states import Outcome
from marketplace.settlement.operations.voided import propose_clawbacks

Step = Callable[[], None]
"""Called inside each unit of work: a runner holds its lease there."""


def work_through_all(step: Step) -> dict[str, int]:
    """Every withheld share, a few hundred in each unit of work; what became of them."""
    total = Tally()
    while True:
        with write_transaction():
            step()
            tally = work_through_retentions(total.last_id)
        if not tally.last_id:
            return tally_document(total)
        _add(total, tally)


def propose_all(step: Step) -> int:
    """Propose to take back what was released for certificates that were voided since."""
    proposed = 0
    while True:
        with write_transaction():
            step()
            found = propose_clawbacks()
        proposed += found
        if not found:
            return proposed


def rehearse_all(tell: Callable[[Decided], None]) -> dict[str, int]:
    """The same without changing anything; `tell` gets each share that would not just wait."""
    total = Tally()
    while True:
        tally, decided = rehearse_retentions(total.last_id)
        if not tally.last_id:
            return tally_document(total)
        _add(total, tally)
        for one in decided:
            if one.outcome is not Outcome.WAITS:
                tell(one)


def tally_document(tally: Tally) -> dict[str, int]:
    """How many shares, and how much in fen, met which end."""
    return {
        **{outcome.value: tally.shares[outcome] for outcome in Outcome},
        **{f"{outcome}_fen": tally.fen[outcome] for outcome in Outcome},
    }


def decided_document(one: Decided) -> Mapping[str, Any]:
    """A share as a dry run tells it."""
    retention = one.row.retention
    return {
        "share": retention.code,
        "milestone": retention.milestone.value,
        "outcome": one.outcome.value,
        "amount_fen": retention.left_fen,
        "due_by": retention.due_by.isoformat(),
        "evidence": one.proof.evidence if one.proof else None,
    }


def retention_document(row: RetentionRow) -> Mapping[str, Any]:
    """A share as `retentions list` tells it; amounts in fen."""
    retention = row.retention
    return {
        "share": retention.code,
        "institution": row.institution_code,
        "class": row.run_code,
        "enrollment": row.enrollment_code,
        "redemption": row.redemption_code,
        "milestone": retention.milestone.value,
        "state": retention.state.value,
        "amount_fen": retention.left_fen,
        "currency": retention.currency,
        "since": row.since.isoformat(),
        "age_days": row.age_days,
        "counts_from": retention.counts_from.isoformat(),
        "due_by": retention.due_by.isoformat(),
        "evidence": retention.evidence,
        "ended_on": retention.ended_on.isoformat() if retention.ended_on else None,
        "rule": retention.rule,
    }


def _add(total: Tally, tally: Tally) -> None:
    total.shares.update(tally.shares)
    total.fen.update(tally.fen)
    total.last_id = tally.last_id
