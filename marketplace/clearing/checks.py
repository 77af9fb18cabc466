"""Clearing against the books: every position is booked once, from lines that still stand."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import func, select

from marketplace.clearing.models import ClearingItem, ClearingRun
from marketplace.clearing.queries import count_faulty_items, list_dues_of_run
from marketplace.clearing.rules import net_positions
from marketplace.clearing.states import ClearingState
from marketplace.foundation.db import db
from marketplace.foundation.violations import VIOLATIONS_SHOWN_MAX, Check, Violation
from marketplace.ledger.queries import get_booked


def clearings_are_booked() -> Iterator[Violation]:
    """17: an approved clearing has its entry of what the regions owe, and each such entry its
    run."""
    booked = get_booked("clearing.approved")
    runs = db.session.scalars(
        select(ClearingRun)
        .where(ClearingRun.state == ClearingState.APPROVED)
        .order_by(ClearingRun.id)
    ).all()
    for run in runs:
        nets = net_positions(list_dues_of_run(run.id))
        owed_fen = sum(fen for fen in nets.values() if fen > 0)
        entry = booked.pop(f"{run.period_code}/{run.currency}", None)
        if owed_fen != (entry.amount_fen if entry else 0):
            yield Violation("17 business cause", f"clearing {run.code}", f"owes {owed_fen} fen")
        if faulty := count_faulty_items(run.id):
            yield Violation("clearing", f"clearing {run.code}", f"{faulty} lines no longer stand")
    for key in sorted(booked):
        yield Violation("17 business cause", f"clearing.approved {key}", "has no run")


def cleared_lines_belong_to_living_runs() -> Iterator[Violation]:
    """A line of a run that was sent back is free, every other one is not."""
    rows = db.session.execute(
        select(ClearingRun.code, func.count())
        .join(ClearingItem, ClearingItem.run_id == ClearingRun.id)
        .where(
            (ClearingRun.state == ClearingState.REJECTED) != ClearingItem.released_at.is_not(None)
        )
        .group_by(ClearingRun.code)
        .order_by(ClearingRun.code)
        .limit(VIOLATIONS_SHOWN_MAX)
    )
    for code, count in rows:
        yield Violation("clearing", f"clearing {code}", f"{count} lines released wrongly")


CHECKS: tuple[Check, ...] = (clearings_are_booked, cleared_lines_belong_to_living_runs)
