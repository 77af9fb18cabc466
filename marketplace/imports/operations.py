"""Taking files in: one run per file, saved piece by piece, every problem kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from sqlalchemy import insert

from marketplace.audit.operations import record_event
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.ids import new_code
from marketplace.foundation.text import tidy
from marketplace.imports import errors as _errors  # noqa: F401  (registers the refusals)
from marketplace.imports.intakes import Intake, Outcome, RunFacts
from marketplace.imports.models import ImportFile, ImportProblem, ImportRun
from marketplace.imports.problems import Parsed, Problem, english_message
from marketplace.imports.queries import (
    find_import_file_by_sha256,
    find_import_run_of_job,
    lock_import_run,
)
from marketplace.imports.states import ImportRunState

POSITION = "position"
"""Among the counts of a run: how many rows of the file are saved already."""


class StaleRun(Exception):
    """The run has moved on under another hand; this piece may not be saved."""


def store_import_file(
    content: bytes, *, name: str, sha256: str, actor_id: int | None
) -> ImportFile:
    """Keep an uploaded file until its import is done. The same bytes are kept once."""
    if known := find_import_file_by_sha256(sha256):
        return known
    file = ImportFile(
        name=name,
        sha256=sha256,
        size_bytes=len(content),
        content=content,
        uploaded_by=actor_id,
        uploaded_at=clock.now(),
    )
    db.session.add(file)
    db.session.flush()
    return file


def start_import_run(
    kind: str,
    *,
    source: str,
    as_of: date | None,
    file_name: str,
    file_sha256: str,
    actor_id: int | None,
    job_id: int | None = None,
) -> ImportRun:
    """Begin to take a file in; a job that starts again goes on with its run."""
    if job_id is not None and (earlier := find_import_run_of_job(job_id)):
        return earlier
    run = ImportRun(
        code=new_code("IM"),
        kind=kind,
        source=source,
        as_of=as_of,
        file_name=tidy(file_name)[:200],
        file_sha256=file_sha256,
        state=ImportRunState.RUNNING,
        counts={POSITION: 0},
        started_by=actor_id,
        job_id=job_id,
        started_at=clock.now(),
    )
    db.session.add(run)
    db.session.flush()
    return run


def save_import_piece(
    run_id: int, *, intake: Intake, parsed: Sequence[Parsed], position: int
) -> None:
    """Save the rows that follow `position`, their problems and the counts, together."""
    run = _lock_running(run_id)
    if run.counts.get(POSITION, 0) != position:
        raise StaleRun(run.code)
    outcome = intake.save(parsed, _facts_of(run))
    record_problems(run_id, [problem for row in parsed for problem in row.problems])
    _add_outcome(run, outcome, position + len(parsed))


def finish_import_run(run_id: int, *, intake: Intake) -> ImportRun:
    """The last row is saved: deal with what is absent, note the run in the trail."""
    run = _lock_running(run_id)
    _add_outcome(run, intake.close(_facts_of(run)), run.counts.get(POSITION, 0))
    run.state = ImportRunState.DONE
    run.finished_at = clock.now()
    db.session.flush()
    record_event(
        "import.finished",
        subject_kind="import_run",
        subject_code=run.code,
        actor_id=run.started_by,
        details={"kind": run.kind, "source": run.source, "counts": run.counts},
    )
    return run


def fail_import_run(run_id: int, *, reason: str) -> None:
    """The file cannot be used; what was saved before stays and is correct."""
    run = lock_import_run(run_id)
    if run.state != ImportRunState.RUNNING:
        return
    run.state = ImportRunState.FAILED
    run.counts = {**run.counts, "error": reason}
    run.finished_at = clock.now()
    db.session.flush()
    record_event(
        "import.failed",
        subject_kind="import_run",
        subject_code=run.code,
        actor_id=run.started_by,
        reason=reason,
    )


def record_problems(run_id: int, problems: Iterable[Problem]) -> None:
    """Keep problems in bulk."""
    rows = [_problem_row(run_id, problem) for problem in problems]
    if rows:
        db.session.execute(insert(ImportProblem), rows)


def _problem_row(run_id: int, problem: Problem) -> dict[str, Any]:
    return {
        "import_run_id": run_id,
        "row_number": problem.row,
        "key": problem.key,
        "field": problem.field,
        "code": problem.code,
        "message": english_message(problem),
        "severity": problem.severity,
        "value_before": problem.before,
        "value_after": problem.after,
    }


def _lock_running(run_id: int) -> ImportRun:
    run = lock_import_run(run_id)
    if run.state != ImportRunState.RUNNING:
        raise StaleRun(run.code)
    return run


def _facts_of(run: ImportRun) -> RunFacts:
    return RunFacts(run.id, run.as_of or clock.today(), run.started_by)


def _add_outcome(run: ImportRun, outcome: Outcome, position: int) -> None:
    record_problems(run.id, outcome.problems)
    counts: Counter[str] = Counter(run.counts)
    counts.update(outcome.counts)
    run.counts = {**counts, POSITION: position}
    db.session.flush()
