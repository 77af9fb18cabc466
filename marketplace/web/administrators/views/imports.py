"""Importing files: ask, watch, read what was wrong."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask import Response as FlaskResponse
from flask import (
    current_app,
    flash,
    redirect,
    render_template,
    request,
    stream_with_context,
    url_for,
)
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from marketplace.catalog.operations.import_requests import ImportOrder, request_import
from marketplace.edge.access import access, administrator
from marketplace.edge.answers import refusal_sentence
from marketplace.edge.formats import sentence
from marketplace.edge.paging import asked_page
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import NotFound, Refusal, Refused
from marketplace.foundation.files import csv_text
from marketplace.foundation.paging import PageRequest
from marketplace.foundation.text import tidy
from marketplace.imports import labels
from marketplace.imports.models import ImportProblem, ImportRun
from marketplace.imports.operations import POSITION
from marketplace.imports.problems import PROBLEM_TEXTS
from marketplace.imports.queries import (
    each_import_problem,
    find_import_run_by_code,
    find_import_run_of_job,
    list_import_problems,
    list_import_runs,
    list_problem_counts,
)
from marketplace.imports.states import ProblemSeverity
from marketplace.jobs.labels import JOB_STATE_LABELS, JOB_STATE_TONES
from marketplace.jobs.models import Job
from marketplace.jobs.operations import cancel_job, retry_job
from marketplace.jobs.queries import find_job_by_code, list_jobs
from marketplace.jobs.states import JobState
from marketplace.web.administrators.blueprint import blueprint
from marketplace.web.administrators.forms.imports import ImportForm

Answer = str | Response | tuple[str, int]
WORKING = (JobState.QUEUED, JobState.RUNNING)
DOWNLOAD_COLUMNS = ("row", "key", "field", "code", "severity", "before", "after", "message")


@blueprint.get("/imports")
@access(administrator)
def show_imports() -> str:
    """Every file taken in, newest first, and what waits for the runner."""
    waiting = list_jobs(PageRequest(1, 20), state=JobState.QUEUED)
    return render_template(
        "administrators/imports.html",
        page=list_import_runs(asked_page()),
        waiting=waiting.items,
        labels=labels,
    )


@blueprint.get("/imports/new")
@access(administrator)
def show_new_import() -> str:
    """Ask what is taken in."""
    return render_template("administrators/new_import.html", form=ImportForm())


@blueprint.post("/imports/new")
@access(administrator)
def start_import() -> Answer:
    """Keep the files and hand the work to the runner."""
    form = ImportForm()
    if not form.validate_on_submit():
        return render_template("administrators/new_import.html", form=form), 422
    kind, _colon, source = form.what.data.partition(":")
    order = ImportOrder(
        kind, source, form.as_of.data, bool(form.replaces.data), current_app.config["CURRENCY"]
    )
    files = [
        (tidy(upload.filename or "")[:200], upload.read())
        for upload in request.files.getlist("files")
        if upload.filename
    ]
    try:
        with write_transaction():
            code = request_import(order, files=files, actor_id=current_user.user_id).code
    except Refused as refused:
        form.files.errors = [refusal_sentence(refusal) for refusal in refused.refusals]
        return render_template("administrators/new_import.html", form=form), 422
    return redirect(url_for("administrators.show_job", code=code), 303)


@blueprint.get("/imports/<code>")
@access(administrator)
def show_import(code: str) -> str:
    """One run: its counts and its problems, by severity and kind."""
    run = _run(code)
    severity = _severity()
    problem_code = request.args.get("code", "")
    problems = list_import_problems(
        run.id, asked_page(size=50), severity=severity, code=problem_code or None
    )
    counts = [
        (sentence(label), run.counts[name])
        for name, label in labels.COUNT_LABELS.items()
        if name in run.counts
    ]
    return render_template(
        "administrators/import.html",
        run=run,
        counts=counts,
        problem_counts=list_problem_counts(run.id),
        page=problems,
        severity=severity,
        problem_code=problem_code,
        labels=labels,
        problem_sentence=problem_sentence,
    )


@blueprint.get("/imports/<code>/problems.csv")
@access(administrator)
def download_import_problems(code: str) -> FlaskResponse:
    """The problems of a run as a file that no spreadsheet takes for formulas."""
    run = _run(code)
    rows = each_import_problem(run.id, severity=_severity(), code=request.args.get("code") or None)
    lines = csv_text(DOWNLOAD_COLUMNS, map(_download_row, rows))
    headers = {"Content-Disposition": f'attachment; filename="{run.code}.csv"'}
    return FlaskResponse(_in_context(lines), mimetype="text/csv; charset=utf-8", headers=headers)


@blueprint.get("/jobs")
@access(administrator)
def show_jobs() -> str:
    """Long work: what waits, what runs, what failed."""
    asked = request.args.get("state", "")
    state = JobState(asked) if asked in JobState._value2member_map_ else None
    return render_template(
        "administrators/jobs.html",
        page=list_jobs(asked_page(), state=state),
        state=state,
        job_labels=JOB_STATE_LABELS,
        job_tones=JOB_STATE_TONES,
    )


@blueprint.get("/jobs/<code>")
@access(administrator)
def show_job(code: str) -> str:
    """How far a job is; the page asks again by itself while it is at work."""
    job = _job(code)
    run = find_import_run_of_job(job.id)
    return render_template(
        "administrators/job.html",
        job=job,
        run=run,
        done=run.counts.get(POSITION, 0) if run else job.progress_done,
        is_working=job.state in WORKING,
        reasons=_reasons(job),
        job_labels=JOB_STATE_LABELS,
        job_tones=JOB_STATE_TONES,
    )


@blueprint.post("/jobs/<code>/cancel")
@access(administrator)
def stop_job(code: str) -> Answer:
    """Stop a job; what it has saved stays."""
    job_id = _job(code).id
    with write_transaction():
        cancel_job(job_id)
    flash(_("The job was canceled. What it had saved stays."), "success")
    return redirect(url_for("administrators.show_job", code=code), 303)


@blueprint.post("/jobs/<code>/retry")
@access(administrator)
def repeat_job(code: str) -> Answer:
    """Put a failed job in the queue again."""
    job_id = _job(code).id
    with write_transaction():
        retry_job(job_id)
    flash(_("The job waits for the runner again."), "success")
    return redirect(url_for("administrators.show_job", code=code), 303)


def _reasons(job: Job) -> list[str]:
    """Why it failed: refusals in the reader's language; else that something went wrong."""
    if not job.error:
        return []
    refused = (job.result or {}).get("refused", [])
    told = [refusal_sentence(Refusal(item["code"], item["params"])) for item in refused]
    return told or [_("Something went wrong on our side: %(error)s", error=job.error)]


def problem_sentence(problem: ImportProblem) -> str:
    """One problem in the reader's language."""
    text = PROBLEM_TEXTS.get(problem.code)
    if text is None:
        return problem.message
    values = {
        "field": problem.field or "",
        "before": problem.value_before or "",
        "after": problem.value_after or "",
    }
    return str(_(text)) % values


def _download_row(problem: ImportProblem) -> list[Any]:
    return [
        problem.row_number,
        problem.key,
        problem.field,
        problem.code,
        problem.severity.value,
        problem.value_before,
        problem.value_after,
        problem_sentence(problem),
    ]


def _in_context(lines: Iterator[str]) -> Iterator[str]:
    return stream_with_context(lines)


def _severity() -> ProblemSeverity | None:
    asked = request.args.get("severity", "")
    return ProblemSeverity(asked) if asked in ProblemSeverity._value2member_map_ else None


def _run(code: str) -> ImportRun:
    run = find_import_run_by_code(code)
    if run is None:
        raise NotFound("import_run", code)
    return run


def _job(code: str) -> Job:
    job = find_job_by_code(code)
    if job is None:
        raise NotFound("job", code)
    return job
