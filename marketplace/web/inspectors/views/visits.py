"""Visits: the list, one visit on site, photos, submitting, and the record afterwards."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Response as FlaskResponse
from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from marketplace.catalog.queries.course_runs import list_lessons
from marketplace.edge.access import access, inspector
from marketplace.edge.answers import flash_refused
from marketplace.edge.downloads import attachment
from marketplace.edge.paging import asked_page, page_url
from marketplace.edge.reasons import show_reasons
from marketplace.edge.visit_pages import visit_facts
from marketplace.evidence.operations.check import submit_visit_and_check
from marketplace.foundation import clock
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import NotFound, Refused
from marketplace.foundation.text import is_number
from marketplace.inspections import labels
from marketplace.inspections import operations as acts
from marketplace.inspections.queries import (
    VisitView,
    find_visit_in,
    list_documents_of_visit,
    list_roster_of_lesson,
    list_visits_in,
)
from marketplace.inspections.states import Observation, VisitState
from marketplace.people.queries.workers import list_worker_masks
from marketplace.web.inspectors.blueprint import blueprint, my_paths
from marketplace.web.inspectors.forms.visits import CancelVisitForm, VisitDocumentForm, VisitForm

Answer = str | Response | tuple[str, int]


@blueprint.get("/visits")
@access(inspector)
def list_visits() -> str:
    """Visits in my places, by state."""
    asked = request.args.get("state", "")
    state = VisitState(asked) if asked in list(VisitState) else VisitState.PLANNED
    return render_template(
        "inspectors/list_visits.html",
        page=list_visits_in(my_paths(), asked_page(), state=state),
        state=state,
        labels=labels,
        page_url=page_url,
    )


@blueprint.get("/visits/<code>")
@access(inspector)
def show_visit(code: str) -> str:
    """A visit: what is to be done on site, or what was seen."""
    return _page(_visit(code))


@blueprint.post("/visits/<code>/begin")
@access(inspector)
def begin_visit(code: str) -> Response:
    """I am there; this lesson is held."""
    lesson_id = request.form.get("lesson", "")
    _visit(code)
    return _act(
        code,
        lambda: acts.begin_visit(
            code,
            lesson_id=int(lesson_id) if is_number(lesson_id) else 0,
            actor_id=current_user.user_id,
        ),
    )


@blueprint.post("/visits/<code>/cancel")
@access(inspector)
def cancel_visit(code: str) -> Answer:
    """It does not take place."""
    view = _visit(code)
    form = CancelVisitForm()
    if not form.validate_on_submit():
        return _page(view, cancel=form), 422
    return _act(
        code,
        lambda: acts.cancel_visit(code, reason=form.reason.data, actor_id=current_user.user_id),
    )


@blueprint.post("/visits/<code>/documents")
@access(inspector)
def add_visit_document(code: str) -> Answer:
    """A photo or PDF of what is there."""
    view = _visit(code)
    form = VisitDocumentForm()
    upload = request.files.get("document")
    if not form.validate_on_submit() or upload is None:
        return _page(view, document=form), 422
    content = upload.read()
    try:
        with write_transaction():
            acts.attach_visit_document(
                code,
                file_name=upload.filename or "",
                content=content,
                actor_id=current_user.user_id,
            )
    except Refused as refused:
        show_reasons(form, refused)
        return _page(_visit(code), document=form), 409
    flash(_("The photo is with the visit."), "success")
    return redirect(url_for("inspectors.show_visit", code=code) + "#photos", 303)


@blueprint.get("/visits/<code>/documents/<document_code>")
@access(inspector)
def download_visit_document(code: str, document_code: str) -> FlaskResponse:
    """Open a photo; it is recorded who did."""
    view = _visit(code)
    found = [
        one.document
        for one in list_documents_of_visit(view.visit.id)
        if one.document.code == document_code
    ]
    if not found:
        raise NotFound("document")
    media_type, file_name = found[0].media_type, found[0].file_name
    with write_transaction():
        content = acts.open_visit_document(
            view.visit, code=document_code, actor_id=current_user.user_id
        )
    return attachment(content, media_type=media_type, file_name=file_name)


@blueprint.post("/visits/<code>/submit")
@access(inspector)
def submit_visit(code: str) -> Answer:
    """State for good what was seen, and compare it with the records."""
    view = _visit(code)
    form = VisitForm()
    if not form.validate_on_submit():
        return _page(view, form=form), 422
    try:
        with write_transaction():
            holds = submit_visit_and_check(
                code,
                head_count=form.head_count.data,
                seen=_seen(),
                observations=[Observation(one) for one in form.observations.data or ()],
                comment=form.comment.data or "",
                actor_id=current_user.user_id,
            )
            count = len(holds)
    except Refused as refused:
        show_reasons(form, refused)
        return _page(_visit(code), form=form), 409
    flash(_("Submitted. New holds on the money of the class: %(count)s", count=count), "success")
    return redirect(url_for("inspectors.show_visit", code=code), 303)


def _act(code: str, act: Callable[[], Any]) -> Response:
    try:
        with write_transaction():
            act()
    except Refused as refused:
        flash_refused(refused)
    return redirect(url_for("inspectors.show_visit", code=code), 303)


def _seen() -> set[int]:
    """The ticked learners; what is no number is nobody of this class."""
    ticked = request.form.getlist("seen")[:2_000]
    return {int(one) if is_number(one) else 0 for one in ticked}


def _visit(code: str) -> VisitView:
    view = find_visit_in(code, my_paths())
    if view is None:
        raise NotFound("inspection_visit")
    return view


def _page(
    view: VisitView,
    *,
    form: VisitForm | None = None,
    document: VisitDocumentForm | None = None,
    cancel: CancelVisitForm | None = None,
) -> str:
    visit = view.visit
    is_mine = visit.inspector_id == current_user.user_id
    if visit.state is VisitState.OPEN and is_mine and visit.lesson_id is not None:
        roster = list_roster_of_lesson(visit.course_run_id, visit.lesson_id)
        return render_template(
            "inspectors/on_site.html",
            view=view,
            visit=visit,
            roster=roster,
            masks=list_worker_masks([line.enrollment.worker_id for line in roster]),
            documents=list_documents_of_visit(visit.id),
            ticked=_seen(),
            form=form or VisitForm(),
            document_form=document or VisitDocumentForm(),
            cancel_form=cancel or CancelVisitForm(),
        )
    return render_template(
        "inspectors/show_visit.html",
        view=view,
        visit=visit,
        is_mine=is_mine,
        lessons=[
            lesson
            for lesson in list_lessons(visit.course_run_id)
            if clock.local_date(lesson.starts_at) == clock.today()
        ],
        cancel_form=cancel or CancelVisitForm(),
        labels=labels,
        **visit_facts(visit),
    )
