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

from marketplace.catalog.operations.import_previews import apply_preview, discard_preview
from marketplace.catalog.operations.import_requests import PREVIEWED, ImportOrder, request_import
from marketplace.catalog.queries.exports import each_course_row, each_institution_row
from marketplace.catalog.sources.templates import COURSES, TEMPLATES
from marketplace.edge.access import access, administrator
from marketplace.edge.answers import refusal_sentence
from marketplace.edge.import_pages import (
    asked_severity,
    corrections_download,
    job_failures,
    problem_sentence,
    run_context,
    withdraw_percent_max,
)
from marketplace.edge.paging import asked_page
from marketplace.edge.tables import MEDIA_TYPES, table_download, write_table, write_template
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import NotFound, Refused
from marketplace.foundation.files import csv_text
from marketplace.foundation.paging import PageRequest
from marketplace.foundation.text import tidy
from marketplace.imports import labels
from marketplace.imports.models import ImportProblem, ImportRun
from marketplace.imports.operations import POSITION
from marketplace.imports.queries import (
    each_import_problem,
    find_import_run_by_code,
    find_import_run_of_job,
    list_import_runs,
)
from marketplace.imports.states import RunPurpose
from marketplace.jobs.labels import JOB_KIND_LABELS, JOB_STATE_LABELS, JOB_STATE_TONES
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
        kind,
        source,
        form.as_of.data,
        bool(form.replaces.data),
        current_app.config["CURRENCY"],
        purpose=RunPurpose.PREVIEW if kind in PREVIEWED else RunPurpose.APPLY,
        all_or_nothing=form.on_problems.data == "nothing",
        jurisdiction_id=form.place_id(),
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
    """One run, or one preview: counts, differences, problems, what can be done."""
    return render_template("administrators/import.html", **run_context(_run(code)))


@blueprint.post("/imports/<code>/apply")
@access(administrator)
def apply_import(code: str) -> Answer:
    """Take in what the preview shows."""
    run = _run(code)
    try:
        with write_transaction():
            job_code = apply_preview(
                run.id,
                typed=request.form.get("typed", ""),
                percent_max=withdraw_percent_max(),
                actor_id=current_user.user_id,
            ).code
    except Refused as refused:
        page = run_context(_run(code), refused.refusals)
        return render_template("administrators/import.html", **page), 409
    return redirect(url_for("administrators.show_job", code=job_code), 303)


@blueprint.post("/imports/<code>/discard")
@access(administrator)
def discard_import(code: str) -> Answer:
    """Leave everything as it is."""
    run = _run(code)
    try:
        with write_transaction():
            discard_preview(run.id, actor_id=current_user.user_id)
    except Refused as refused:
        page = run_context(_run(code), refused.refusals)
        return render_template("administrators/import.html", **page), 409
    flash(_("The preview was discarded. Nothing was changed."), "success")
    return redirect(url_for("administrators.show_imports"), 303)


@blueprint.get("/imports/<code>/corrections.<file_format>")
@access(administrator)
def download_import_corrections(code: str, file_format: str) -> FlaskResponse:
    """The rows with problems, to be corrected and sent again."""
    return corrections_download(_run(code), file_format)


@blueprint.get("/tables/<kind>-template.<file_format>")
@access(administrator)
def download_import_template(kind: str, file_format: str) -> FlaskResponse:
    """The template of our own format, in the reader's language."""
    _known_table(kind, file_format)
    return table_download(
        f"{kind}-template", file_format, lambda path: write_template(path, kind=kind)
    )


@blueprint.get("/tables/<kind>.<file_format>")
@access(administrator)
def download_export(kind: str, file_format: str) -> FlaskResponse:
    """The catalog, or the register of institutions, in our own format."""
    _known_table(kind, file_format)
    rows = each_course_row() if kind == COURSES else each_institution_row()
    return table_download(kind, file_format, lambda path: write_table(path, kind=kind, rows=rows))


@blueprint.get("/imports/<code>/problems.csv")
@access(administrator)
def download_import_problems(code: str) -> FlaskResponse:
    """The problems of a run as a file that no spreadsheet takes for formulas."""
    run = _run(code)
    rows = each_import_problem(
        run.id, severity=asked_severity(), code=request.args.get("code") or None
    )
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
        kinds=JOB_KIND_LABELS,
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
        reasons=job_failures(job),
        job_labels=JOB_STATE_LABELS,
        kinds=JOB_KIND_LABELS,
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


def _known_table(kind: str, file_format: str) -> None:
    if kind not in TEMPLATES or file_format not in MEDIA_TYPES:
        raise NotFound("table")


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
