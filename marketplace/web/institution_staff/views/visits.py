"""What inspectors saw at our classes, and our answer."""

from __future__ import annotations

from flask import Response as FlaskResponse
from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from marketplace.edge.access import access, institution_staff
from marketplace.edge.downloads import attachment
from marketplace.edge.paging import asked_page, page_url
from marketplace.edge.reasons import show_reasons
from marketplace.edge.visit_pages import visit_facts
from marketplace.foundation import clock
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import NotFound, Refused
from marketplace.inspections import labels
from marketplace.inspections.operations import answer_visit, open_visit_document
from marketplace.inspections.queries import (
    VisitView,
    find_visit_of_institution,
    list_documents_of_visit,
    list_visits_of_institution,
)
from marketplace.inspections.states import VisitState
from marketplace.web.institution_staff.blueprint import blueprint
from marketplace.web.institution_staff.forms.classes import AnswerVisitForm

Answer = str | Response | tuple[str, int]


@blueprint.get("/visits")
@access(institution_staff)
def list_visits() -> str:
    """Announced visits, and all that were submitted."""
    return render_template(
        "institution_staff/list_visits.html",
        page=list_visits_of_institution(current_user.institution_id, asked_page()),
        labels=labels,
        page_url=page_url,
    )


@blueprint.get("/visits/<code>")
@access(institution_staff)
def show_visit(code: str) -> str:
    """What was seen, beside what we recorded."""
    return _page(_own_visit(code), AnswerVisitForm())


@blueprint.post("/visits/<code>/answer")
@access(institution_staff)
def answer_inspection(code: str) -> Answer:
    """Say what we have to say to it, until the last day of answers."""
    view = _own_visit(code)
    form = AnswerVisitForm()
    if not form.validate_on_submit():
        return _page(view, form), 422
    try:
        with write_transaction():
            answer_visit(
                code,
                institution_id=current_user.institution_id,
                answer=form.answer.data,
                actor_id=current_user.user_id,
            )
    except Refused as refused:
        show_reasons(form, refused)
        return _page(_own_visit(code), form), 409
    flash(_("Your answer is with the inspector."), "success")
    return redirect(url_for("institution_staff.show_visit", code=code), 303)


@blueprint.get("/visits/<code>/documents/<document_code>")
@access(institution_staff)
def download_visit_document(code: str, document_code: str) -> FlaskResponse:
    """Open a photo of the visit; it is recorded who did."""
    view = _own_visit(code)
    found = [
        one.document
        for one in list_documents_of_visit(view.visit.id)
        if one.document.code == document_code
    ]
    if not found or view.visit.state is not VisitState.SUBMITTED:
        raise NotFound("document")
    media_type, file_name = found[0].media_type, found[0].file_name
    with write_transaction():
        content = open_visit_document(view.visit, code=document_code, actor_id=current_user.user_id)
    return attachment(content, media_type=media_type, file_name=file_name)


def _own_visit(code: str) -> VisitView:
    view = find_visit_of_institution(code, current_user.institution_id)
    if view is None:
        raise NotFound("inspection_visit")
    return view


def _page(view: VisitView, form: AnswerVisitForm) -> str:
    due_on = view.visit.answer_due_on
    return render_template(
        "institution_staff/show_visit.html",
        view=view,
        visit=view.visit,
        may_answer=due_on is not None and clock.today() <= due_on,
        labels=labels,
        form=form,
        **visit_facts(view.visit),
    )
