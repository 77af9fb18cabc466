"""Reading import runs and their problems."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import Select, func, select, tuple_

from marketplace.foundation.db import db
from marketplace.foundation.errors import NotFound
from marketplace.foundation.paging import Page, PageRequest
from marketplace.imports.models import ImportDifference, ImportFile, ImportProblem, ImportRun
from marketplace.imports.states import (
    STANDING_PROBLEMS,
    ProblemSeverity,
    RunPurpose,
    Verdict,
)

PROBLEM_BATCH = 2_000


def lock_import_run(run_id: int) -> ImportRun:
    """A run, held until the end of the present transaction."""
    run = db.session.scalar(
        select(ImportRun)
        .where(ImportRun.id == run_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if run is None:
        raise NotFound("import_run", run_id)
    return run


def get_import_run(run_id: int) -> ImportRun:
    """A run by id."""
    run = db.session.get(ImportRun, run_id)
    if run is None:
        raise NotFound("import_run", run_id)
    return run


def find_import_run_by_code(code: str) -> ImportRun | None:
    """A run by its public code."""
    return db.session.scalar(select(ImportRun).where(ImportRun.code == code))


def find_import_run_of_job(job_id: int) -> ImportRun | None:
    """The run a job works on."""
    return db.session.scalar(select(ImportRun).where(ImportRun.job_id == job_id))


def find_import_file_by_sha256(sha256: str) -> ImportFile | None:
    """A kept upload by its fingerprint."""
    return db.session.scalar(select(ImportFile).where(ImportFile.sha256 == sha256))


def get_import_file(file_id: int) -> ImportFile:
    """A kept upload by id."""
    file = db.session.get(ImportFile, file_id)
    if file is None:
        raise NotFound("import_file", file_id)
    return file


def find_own_import_run(code: str, institution_id: int) -> ImportRun | None:
    """A run of an institution's own by its public code."""
    return db.session.scalar(
        select(ImportRun).where(ImportRun.code == code, ImportRun.institution_id == institution_id)
    )


def list_import_runs(
    page: PageRequest, *, kind: str | None = None, institution_id: int | None = None
) -> Page[ImportRun]:
    """Runs, newest first; of one institution when given."""
    wanted = select(ImportRun)
    if institution_id is not None:
        wanted = wanted.where(ImportRun.institution_id == institution_id)
    if kind:
        wanted = wanted.where(ImportRun.kind == kind)
    total = db.session.scalar(select(func.count()).select_from(wanted.subquery())) or 0
    rows = db.session.scalars(
        wanted.order_by(ImportRun.id.desc()).offset(page.offset).limit(page.limit)
    ).all()
    return Page(rows, total, page.number, page.limit)


def list_import_problems(
    run_id: int,
    page: PageRequest,
    *,
    severity: ProblemSeverity | None = None,
    code: str | None = None,
) -> Page[ImportProblem]:
    """Problems of a run in row order, filtered by what is given."""
    wanted = _problems_of(run_id, severity, code)
    total = db.session.scalar(select(func.count()).select_from(wanted.subquery())) or 0
    rows = db.session.scalars(
        wanted.order_by(ImportProblem.row_number, ImportProblem.id)
        .offset(page.offset)
        .limit(page.limit)
    ).all()
    return Page(rows, total, page.number, page.limit)


def each_import_problem(
    run_id: int, *, severity: ProblemSeverity | None = None, code: str | None = None
) -> Iterator[ImportProblem]:
    """Every problem of a run in the order they were found, read in batches."""
    last_id = 0
    while True:
        batch = _batch_after(last_id, run_id, severity, code)
        yield from batch
        if len(batch) < PROBLEM_BATCH:
            return
        last_id = batch[-1].id


def count_import_problems(run_id: int) -> int:
    """How many problems a run has; what is only noted is none."""
    return (
        db.session.scalar(
            select(func.count()).where(
                ImportProblem.import_run_id == run_id,
                ImportProblem.severity != ProblemSeverity.NOTED,
            )
        )
        or 0
    )


def count_standing_problems(run_id: int) -> int:
    """How many of them a person has to look at: what was merely mended is none."""
    return (
        db.session.scalar(
            select(func.count()).where(
                ImportProblem.import_run_id == run_id,
                ImportProblem.severity.in_(STANDING_PROBLEMS),
            )
        )
        or 0
    )


def each_problem_by_row(run_id: int) -> Iterator[ImportProblem]:
    """What a person has to look at, row by row of the file, read in batches."""
    place = tuple_(ImportProblem.row_number, ImportProblem.id)
    wanted = _problems_of(run_id, None, None).where(ImportProblem.severity.in_(STANDING_PROBLEMS))
    last = (0, 0)
    while True:
        batch = db.session.scalars(
            wanted.where(place > last)
            .order_by(ImportProblem.row_number, ImportProblem.id)
            .limit(PROBLEM_BATCH)
        ).all()
        yield from batch
        if len(batch) < PROBLEM_BATCH:
            return
        last = (batch[-1].row_number, batch[-1].id)


def list_import_differences(
    run_id: int, page: PageRequest, *, verdict: Verdict | None = None
) -> Page[ImportDifference]:
    """What a preview found, in the order of the file."""
    wanted = select(ImportDifference).where(ImportDifference.import_run_id == run_id)
    if verdict is not None:
        wanted = wanted.where(ImportDifference.verdict == verdict.value)
    total = db.session.scalar(select(func.count()).select_from(wanted.subquery())) or 0
    rows = db.session.scalars(
        wanted.order_by(ImportDifference.id).offset(page.offset).limit(page.limit)
    ).all()
    return Page(rows, total, page.number, page.limit)


def each_import_difference(run_id: int) -> Iterator[ImportDifference]:
    """Every difference that was kept, in batches."""
    last_id = 0
    while True:
        batch = db.session.scalars(
            select(ImportDifference)
            .where(ImportDifference.import_run_id == run_id, ImportDifference.id > last_id)
            .order_by(ImportDifference.id)
            .limit(PROBLEM_BATCH)
        ).all()
        yield from batch
        if len(batch) < PROBLEM_BATCH:
            return
        last_id = batch[-1].id


def list_problem_counts(run_id: int) -> list[tuple[ProblemSeverity, str, int]]:
    """How many problems of each kind a run has, worst first."""
    rows = db.session.execute(
        select(ImportProblem.severity, ImportProblem.code, func.count())
        .where(ImportProblem.import_run_id == run_id)
        .group_by(ImportProblem.severity, ImportProblem.code)
        .order_by(ImportProblem.severity, ImportProblem.code)
        .limit(500)
    ).all()
    order = list(ProblemSeverity)
    return sorted(((s, c, n) for s, c, n in rows), key=lambda row: (-order.index(row[0]), row[1]))


def list_problems_of_key(
    kind: str, key: str, *, severity: ProblemSeverity, limit: int = 20
) -> Sequence[ImportProblem]:
    """The newest problems of one source row over all runs of a kind, newest first."""
    return db.session.scalars(
        select(ImportProblem)
        .join(ImportRun, ImportRun.id == ImportProblem.import_run_id)
        .where(
            ImportRun.kind == kind,
            ImportRun.purpose == RunPurpose.APPLY,
            ImportProblem.key == key,
            ImportProblem.severity == severity,
        )
        .order_by(ImportProblem.id.desc())
        .limit(limit)
    ).all()


def _problems_of(
    run_id: int, severity: ProblemSeverity | None, code: str | None
) -> Select[ImportProblem]:
    wanted = select(ImportProblem).where(ImportProblem.import_run_id == run_id)
    if severity is not None:
        wanted = wanted.where(ImportProblem.severity == severity)
    if code:
        wanted = wanted.where(ImportProblem.code == code)
    return wanted


def _batch_after(
    last_id: int, run_id: int, severity: ProblemSeverity | None, code: str | None
) -> Sequence[ImportProblem]:
    return db.session.scalars(
        _problems_of(run_id, severity, code)
        .where(ImportProblem.id > last_id)
        .order_by(ImportProblem.id)
        .limit(PROBLEM_BATCH)
    ).all()
