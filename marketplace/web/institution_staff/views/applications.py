"""Our applications for accreditation: begin, resume, check, hand in."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from marketplace.accreditation import rules
from marketplace.accreditation.models import AccreditationApplication
from marketplace.accreditation.operations import dossier, review
from marketplace.accreditation.queries import (
    find_application_by_code,
    find_open_application,
    get_dossier_facts,
    get_review_clock,
    list_application_events,
    list_applications_of,
    list_dossier_documents,
    list_scope_lines,
)
from marketplace.accreditation.states import EDITABLE_STATES, EventKind, Step
from marketplace.catalog.rules import LEVEL_WORDS
from marketplace.edge.access import access, institution_manager, institution_staff
from marketplace.edge.answers import flash_refused
from marketplace.edge.paging import asked_page, page_url
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import NotFound, Refused
from marketplace.institutions.queries import get_institution
from marketplace.web.institution_staff.blueprint import blueprint
from marketplace.web.institution_staff.forms.applications import DeclarationForm

Answer = str | Response | tuple[str, int]

STEP_PAGES = {
    Step.LEGAL: "institution_staff.show_application_legal",
    Step.SITES: "institution_staff.list_training_sites",
    Step.TRAINERS: "institution_staff.list_own_trainers",
    Step.SCOPE: "institution_staff.show_application_scope",
    Step.DOCUMENTS: "institution_staff.show_application_documents",
}
"""Where each part is filled in; the declaration is signed on the application itself."""


def own_application(code: str) -> AccreditationApplication:
    """An application of the reader's institution, or 404."""
    found = find_application_by_code(code, institution_id=current_user.institution_id)
    if found is None:
        raise NotFound("application", code)
    return found


@blueprint.get("/applications")
@access(institution_staff)
def list_applications() -> str:
    """All our applications, and a way to begin one."""
    return _list_page()


@blueprint.post("/applications")
@access(institution_manager)
def begin_application() -> Answer:
    """Open a dossier."""
    try:
        with write_transaction():
            application = dossier.begin_application(
                current_user.institution_id, actor_id=current_user.user_id
            )
            code = application.code
    except Refused as refused:
        flash_refused(refused)
        return _list_page(), 409
    return redirect(url_for("institution_staff.show_application", code=code), 303)


@blueprint.get("/applications/<code>")
@access(institution_staff)
def show_application(code: str) -> str:
    """What is there, what is missing, how long the office has, what happened so far."""
    return _page(own_application(code), DeclarationForm())


@blueprint.post("/applications/<code>/submit")
@access(institution_manager)
def submit_application(code: str) -> Answer:
    """Hand it in; everything that is missing is named."""
    application_id = own_application(code).id
    form = DeclarationForm()
    if not form.validate_on_submit():
        return _page(own_application(code), form), 422
    try:
        with write_transaction():
            review.submit_application(
                application_id, declared=form.declared.data, actor_id=current_user.user_id
            )
    except Refused as refused:
        flash_refused(refused)
        return _page(own_application(code), form), 409
    flash(_("The application is handed in. You can follow it here."), "success")
    return redirect(url_for("institution_staff.show_application", code=code), 303)


@blueprint.post("/applications/<code>/withdraw")
@access(institution_manager)
def withdraw_application(code: str) -> Answer:
    """Take it back."""
    application_id = own_application(code).id
    try:
        with write_transaction():
            review.withdraw_application(application_id, actor_id=current_user.user_id)
    except Refused as refused:
        flash_refused(refused)
        return _page(own_application(code), DeclarationForm()), 409
    flash(_("The application is withdrawn."), "success")
    return redirect(url_for("institution_staff.list_applications"), 303)


def _list_page() -> str:
    institution_id = current_user.institution_id
    return render_template(
        "institution_staff/list_applications.html",
        institution=get_institution(institution_id),
        page=list_applications_of(institution_id, asked_page()),
        open_application=find_open_application(institution_id),
        rules=rules,
        url_for_page=page_url,
    )


def _page(application: AccreditationApplication, form: DeclarationForm) -> str:
    is_editable = application.state in EDITABLE_STATES
    facts = get_dossier_facts(application, is_declared=not is_editable)
    events = list_application_events(application.id)
    values: dict[str, Any] = {
        "items": rules.checklist(facts),
        "scope": list_scope_lines(application.id),
        "documents": list_dossier_documents(application.id),
        "clock": get_review_clock(application),
        "events": events,
        "returned": next((one for one in events if one.kind == EventKind.RETURNED), None),
    }
    return render_template(
        "institution_staff/show_application.html",
        application=application,
        institution=get_institution(application.institution_id),
        is_editable=is_editable,
        form=form,
        rules=rules,
        level_words=LEVEL_WORDS,
        step_pages=STEP_PAGES,
        **values,
    )
