"""Taking in what excludes: statuses of people and subsidies paid elsewhere.

Running the same file again changes nothing. A row that is wrong is left out and told; the others
count from the moment they are taken in.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import TypeVar

from sqlalchemy import select

from marketplace.audit.operations import record_event
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.errors import Refusal
from marketplace.people.models import StatusFact
from marketplace.vouchers.models import OtherSubsidy
from marketplace.vouchers.queries.vouchers import list_worker_ids_by_code
from marketplace.vouchers.sources import RegisterRow, StatusFacts, SubsidyFacts

Facts = TypeVar("Facts")
Problem = tuple[int, str, Refusal]
"""Row, worker code, what is wrong."""
ROWS_AT_ONCE = 500


def record_statuses(
    rows: Iterable[RegisterRow[StatusFacts]], *, source: str, actor_id: int | None
) -> tuple[Counter[str], list[Problem]]:
    """Note who is shut out, and until when; a later file may change the last day.

    Returns how many rows were added, changed and unchanged, and the problems of the others.
    """

    def record(worker_id: int, facts: StatusFacts) -> str:
        known = db.session.scalar(
            select(StatusFact).where(
                StatusFact.worker_id == worker_id,
                StatusFact.status == facts.status,
                StatusFact.valid_from == facts.valid_from,
            )
        )
        if known and known.valid_until == facts.valid_until:
            return "unchanged"
        if known:
            known.valid_until, known.source = facts.valid_until, source
            known.recorded_by, known.recorded_at = actor_id, clock.now()
            return "changed"
        db.session.add(
            StatusFact(
                worker_id=worker_id,
                status=facts.status,
                valid_from=facts.valid_from,
                valid_until=facts.valid_until,
                source=source,
                recorded_by=actor_id,
                recorded_at=clock.now(),
            )
        )
        return "added"

    return _record_all(rows, record, "worker.status_recorded", actor_id)


def record_other_subsidies(
    rows: Iterable[RegisterRow[SubsidyFacts]], *, actor_id: int | None
) -> tuple[Counter[str], list[Problem]]:
    """Note for which certificates another subsidy was paid. Returns as `record_statuses` does."""

    def record(worker_id: int, facts: SubsidyFacts) -> str:
        known = db.session.scalar(
            select(OtherSubsidy.id).where(
                OtherSubsidy.worker_id == worker_id,
                OtherSubsidy.occupation_code == facts.occupation_code,
                OtherSubsidy.level == facts.level,
                OtherSubsidy.kind == facts.kind,
            )
        )
        if known:
            return "unchanged"
        db.session.add(
            OtherSubsidy(
                worker_id=worker_id,
                occupation_code=facts.occupation_code,
                level=facts.level,
                kind=facts.kind,
                granted_on=facts.granted_on,
                recorded_by=actor_id,
                recorded_at=clock.now(),
            )
        )
        return "added"

    return _record_all(rows, record, "worker.other_subsidy_recorded", actor_id)


def _record_all(
    rows: Iterable[RegisterRow[Facts]],
    record: Callable[[int, Facts], str],
    event: str,
    actor_id: int | None,
) -> tuple[Counter[str], list[Problem]]:
    counts: Counter[str] = Counter()
    problems: list[Problem] = []
    known: dict[str, int] = {}
    waiting: list[RegisterRow[Facts]] = []

    def take() -> None:
        known.update(list_worker_ids_by_code([row.worker_code for row in waiting]))
        for row in waiting:
            if row.facts is None or row.worker_code not in known:
                unknown = Refusal("worker_unknown", {"code": row.worker_code}, field="worker_code")
                found = row.problems or (unknown,)
                problems.extend((row.number, row.worker_code, problem) for problem in found)
                continue
            done = record(known[row.worker_code], row.facts)
            counts[done] += 1
            if done != "unchanged":
                db.session.flush()
                _note(event, row.worker_code, done, actor_id)
        waiting.clear()

    for row in rows:
        waiting.append(row)
        if len(waiting) >= ROWS_AT_ONCE:
            take()
    take()
    return counts, problems


def _note(event: str, worker_code: str, done: str, actor_id: int | None) -> None:
    record_event(
        event,
        subject_kind="worker",
        subject_code=worker_code,
        actor_id=actor_id,
        details={"change": done},
    )
