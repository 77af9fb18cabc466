"""The institution's courses as files: templates, exports, and lists taken in as drafts."""

from __future__ import annotations

from flask import Response as FlaskResponse
from flask import current_app, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from marketplace.catalog.operations.import_previews import apply_preview, discard_preview
from marketplace.catalog.operations.import_requests import (
    OWN_COURSES,
    ImportOrder,
    request_import,
)
from marketplace.catalog.queries.exports import each_course_row
from marketplace.catalog.sources import generic
from marketplace.catalog.sources.templates import COURSES
from marketplace.edge.access import access, institution_manager, institution_staff
from marketplace.edge.answers import refusal_sentence
from marketplace.edge.import_pages import (
    corrections_download,
    run_context,
    withdraw_percent_max,
)
from marketplace.edge.paging import asked_page
from marketplace.edge.tables import MEDIA_TYPES, table_download, write_table, write_template
from marketplace.foundation import clock
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import NotFound, Refused
from marketplace.foundation.text import tidy
from marketplace.imports import labels
from marketplace.imports.models import ImportRun
from marketplace.imports.queries import (
    find_import_run_of_job,
    find_own_import_run,
    list_import_runs,
)
from marketplace.imports.states import RunPurpose
from marketplace.web.institution_staff.blueprint import blueprint
from marketplace.web.institution_staff.forms.course_lists import CourseListForm

Answer = str | Response | tuple[str, int]


@blueprint.get("/courses/import")
@access(institution_manager)
def show_course_import() -> str:
    """Ask for a list of courses; show the lists of before."""
    return _form_page(CourseListForm())


@blueprint.post("/courses/import")
@access(institution_manager)
def start_course_import() -> Answer:
    """Keep the list and ask for its preview."""
    form = CourseListForm()
    if not form.validate_on_submit():
        return _form_page(form), 422
    order = ImportOrder(
        OWN_COURSES,
        generic.SOURCE,
        clock.today(),
        False,
        current_app.config["CURRENCY"],
        purpose=RunPurpose.PREVIEW,
        all_or_nothing=form.on_problems.data == "nothing",
        submits=bool(form.submits.data),
        institution_id=current_user.institution_id,
    )
    upload = form.file.data
    files = [(tidy(upload.filename or "")[:200], upload.read())]
    try:
        with write_transaction():
            job = request_import(order, files=files, actor_id=current_user.user_id)
            run = find_import_run_of_job(job.id)
            assert run is not None
            code = run.code
    except Refused as refused:
        form.file.errors = [refusal_sentence(refusal) for refusal in refused.refusals]
        return _form_page(form), 422
    return redirect(url_for("institution_staff.show_own_import", code=code), 303)


@blueprint.get("/imports/<code>")
@access(institution_staff)
def show_own_import(code: str) -> str:
    """How far a list is, what it would change or has changed, and what is wrong with it."""
    return render_template("institution_staff/show_own_import.html", **run_context(own_run(code)))


@blueprint.post("/imports/<code>/apply")
@access(institution_manager)
def apply_own_import(code: str) -> Answer:
    """Draft and revise as the preview shows."""
    run = own_run(code)
    try:
        with write_transaction():
            job = apply_preview(
                run.id,
                typed="",
                percent_max=withdraw_percent_max(),
                actor_id=current_user.user_id,
            )
            applied = find_import_run_of_job(job.id)
            assert applied is not None
            applied_code = applied.code
    except Refused as refused:
        page = run_context(own_run(code), refused.refusals)
        return render_template("institution_staff/show_own_import.html", **page), 409
    return redirect(url_for("institution_staff.show_own_import", code=applied_code), 303)


@blueprint.post("/imports/<code>/discard")
@access(institution_manager)
def discard_own_import(code: str) -> Answer:
    """Leave every course as it is."""
    run = own_run(code)
    try:
        with write_transaction():
            discard_preview(run.id, actor_id=current_user.user_id)
    except Refused as refused:
        page = run_context(own_run(code), refused.refusals)
        return render_template("institution_staff/show_own_import.html", **page), 409
    flash(_("The preview was discarded. Nothing was changed."), "success")
    return redirect(url_for("institution_staff.show_course_import"), 303)


@blueprint.get("/imports/<code>/corrections.<file_format>")
@access(institution_staff)
def download_own_corrections(code: str, file_format: str) -> FlaskResponse:
    """The rows with problems, to be corrected and sent again."""
    return corrections_download(own_run(code), file_format)


@blueprint.get("/courses/template.<file_format>")
@access(institution_staff)
def download_course_template(file_format: str) -> FlaskResponse:
    """The template of a list of courses, in the reader's language."""
    _known_format(file_format)
    return table_download(
        "courses-template", file_format, lambda path: write_template(path, kind=COURSES)
    )


@blueprint.get("/courses/export.<file_format>")
@access(institution_staff)
def export_own_courses(file_format: str) -> FlaskResponse:
    """All courses of the institution, drafts too, as a list that can be taken in again."""
    _known_format(file_format)
    rows = each_course_row(institution_id=current_user.institution_id)
    return table_download(
        COURSES, file_format, lambda path: write_table(path, kind=COURSES, rows=rows)
    )


def own_run(code: str) -> ImportRun:
    """A run of the reader's institution, or 404."""
    run = find_own_import_run(code, current_user.institution_id)
    if run is None:
        raise NotFound("import_run", code)
    return run


def _known_format(file_format: str) -> None:
    if file_format not in MEDIA_TYPES:
        raise NotFound("table")


def _form_page(form: CourseListForm) -> str:
    page = list_import_runs(asked_page(), institution_id=current_user.institution_id)
    return render_template(
        "institution_staff/show_course_import.html", form=form, page=page, labels=labels
    )
