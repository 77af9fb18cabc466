"""Taking files in: one run per file, saved piece by piece, every problem kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from sqlalchemy import delete, insert

from marketplace.audit.operations import record_event
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.errors import Refusal, Refused
from marketplace.foundation.ids import new_code
from marketplace.foundation.text import tidy
from marketplace.imports import errors as _errors  # noqa: F401  (registers the refusals)
from marketplace.imports.intakes import ComparingIntake, Difference, Intake, Outcome, RunFacts
from marketplace.imports.models import ImportDifference, ImportFile, ImportProblem, ImportRun
from marketplace.imports.problems import Parsed, Problem, english_message
from marketplace.imports.queries import (
    find_import_file_by_sha256,
    find_import_run_of_job,
    lock_import_run,
)
from marketplace.imports.states import (
    STANDING_PROBLEMS,
    ImportRunState,
    PreviewDecision,
    RunPurpose,
    Verdict,
)

POSITION = "position"
"""Among the counts of a run: how many rows of the file are saved already."""


DIFFERENCES_MAX = 5_000
"""Of each verdict so many differences are kept to be looked at; the counts are exact."""


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
    purpose: RunPurpose = RunPurpose.APPLY,
    institution_id: int | None = None,
) -> ImportRun:
    """Begin to take a file in, or to preview it; a job that starts again goes on with its run."""
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
        purpose=purpose,
        institution_id=institution_id,
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


def save_preview_piece(
    run_id: int, *, intake: ComparingIntake, parsed: Sequence[Parsed], position: int
) -> None:
    """Note what the rows that follow `position` would change and what is wrong with them."""
    run = _lock_running(run_id)
    if run.counts.get(POSITION, 0) != position:
        raise StaleRun(run.code)
    outcome = intake.compare(parsed, _facts_of(run))
    record_problems(run_id, [problem for row in parsed for problem in row.problems])
    _add_outcome(run, outcome, position + len(parsed))


def restart_preview(run_id: int) -> None:
    """A preview left half done begins again: what it imagined is not kept between hands."""
    run = _lock_running(run_id)
    for table in (ImportProblem, ImportDifference):
        db.session.execute(delete(table).where(table.import_run_id == run_id))
    run.counts = {POSITION: 0}
    db.session.flush()


def finish_preview(run_id: int, *, intake: ComparingIntake) -> ImportRun:
    """The last row is compared: note what would be withdrawn."""
    run = _lock_running(run_id)
    outcome = intake.compare_absent(_facts_of(run))
    _add_outcome(run, outcome, run.counts.get(POSITION, 0))
    run.state = ImportRunState.DONE
    run.finished_at = clock.now()
    db.session.flush()
    return run


def decide_preview(run_id: int, decision: PreviewDecision, *, actor_id: int | None) -> ImportRun:
    """Apply or discard what a preview shows, once. Refuses one that is not done or decided."""
    run = lock_import_run(run_id)
    if run.state != ImportRunState.DONE or run.purpose != RunPurpose.PREVIEW:
        raise Refused(Refusal("preview_not_ready"))
    if run.decision is not None:
        raise Refused(Refusal("preview_decided"))
    run.decision = decision
    db.session.flush()
    record_event(
        f"import.preview_{decision.value}",
        subject_kind="import_run",
        subject_code=run.code,
        actor_id=actor_id,
        details={"kind": run.kind, "source": run.source, "counts": run.counts},
    )
    return run


def count_standing(parsed: Sequence[Parsed], outcome: Outcome) -> int:
    """How many problems of a piece a person has to look at."""
    found = [*outcome.problems, *(problem for row in parsed for problem in row.problems)]
    return sum(problem.severity in STANDING_PROBLEMS for problem in found)


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


def _record_differences(run: ImportRun, counts: Counter[str], found: list[Difference]) -> None:
    """Keep what there is still room for of each verdict."""
    rows = []
    for verdict in Verdict:
        kept = f"kept.{verdict.value}"
        some = [difference for difference in found if difference.verdict == verdict]
        some = some[: max(DIFFERENCES_MAX - counts[kept], 0)]
        counts[kept] += len(some)
        rows += [
            {
                "import_run_id": run.id,
                "row_number": difference.row,
                "key": difference.key,
                "label": difference.label,
                "verdict": verdict.value,
                "changes": [list(change) for change in difference.changes],
            }
            for difference in some
        ]
    if rows:
        db.session.execute(insert(ImportDifference), rows)


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
    if outcome.differences:
        _record_differences(run, counts, outcome.differences)
    run.counts = {**counts, POSITION: position}
    db.session.flush()
