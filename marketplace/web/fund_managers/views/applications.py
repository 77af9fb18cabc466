"""Applications for accreditation of the officer's places: the most urgent first."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from marketplace.accreditation import rules
from marketplace.accreditation.models import AccreditationApplication
from marketplace.accreditation.operations import dossier, review
from marketplace.accreditation.queries import (
    find_application_in,
    find_dossier_document,
    get_dossier_facts,
    get_institution_of,
    get_review_clock,
    get_review_limit,
    list_application_events,
    list_applications_in,
    list_dossier_documents,
    list_scope_lines,
)
from marketplace.accreditation.states import ApplicationState
from marketplace.catalog.queries.occupations import list_occupation_titles
from marketplace.catalog.rules import LEVEL_WORDS
from marketplace.edge.access import access, officer
from marketplace.edge.downloads import attachment
from marketplace.edge.officers import officer_paths
from marketplace.edge.paging import asked_page, page_url
from marketplace.edge.reasons import show_reasons
from marketplace.foundation import clock
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import NotFound, Refused
from marketplace.institutions.queries import list_accreditations
from marketplace.teaching.queries import (
    list_qualifications_of,
    list_rooms,
    list_sites,
    list_trainers,
)
from marketplace.web.fund_managers.blueprint import blueprint
from marketplace.web.fund_managers.forms.applications import (
    GrantApplicationForm,
    RejectApplicationForm,
    ReturnApplicationForm,
)

Answer = str | Response | tuple[str, int]
SHOWN_STATES = (
    ApplicationState.SUBMITTED,
    ApplicationState.RETURNED,
    ApplicationState.GRANTED,
    ApplicationState.REJECTED,
)


@blueprint.get("/applications")
@access(officer)
def list_applications() -> str:
    """What waits, ordered by the day it is due."""
    wanted = request.args.get("state", "")
    state = ApplicationState(wanted) if wanted in SHOWN_STATES else ApplicationState.SUBMITTED
    working_days, clause = get_review_limit(clock.today())
    return render_template(
        "fund_managers/list_applications.html",
        page=list_applications_in(officer_paths(), asked_page(), state=state),
        state=state,
        states=SHOWN_STATES,
        working_days=working_days,
        clause=clause,
        rules=rules,
        url_for_page=page_url,
    )


@blueprint.get("/applications/<code>")
@access(officer)
def review_application(code: str) -> str:
    """The dossier beside its checklist, and what can be decided."""
    return _page(_application_here(code))


@blueprint.post("/applications/<code>/return")
@access(officer)
def return_application(code: str) -> Answer:
    """Send it back with the reason of each part."""
    application = _application_here(code)
    form = ReturnApplicationForm()
    if not form.validate_on_submit():
        return _page(application, returning=form), 422
    try:
        with write_transaction():
            review.return_application(
                application.id, reasons=form.to_reasons(), actor_id=current_user.user_id
            )
    except Refused as refused:
        show_reasons(form, refused)
        return _page(_application_here(code), returning=form), 409
    flash(_("Returned. The institution has been told what to change."), "success")
    return redirect(url_for("fund_managers.list_applications"), 303)


@blueprint.post("/applications/<code>/grant")
@access(officer)
def grant_application(code: str) -> Answer:
    """Accredit the institution for what it asks."""
    application = _application_here(code)
    form = GrantApplicationForm()
    if not form.validate_on_submit():
        return _page(application, granting=form), 422
    try:
        with write_transaction():
            review.grant_application(
                application.id, clause=form.decision.data, actor_id=current_user.user_id
            )
    except Refused as refused:
        show_reasons(form, refused)
        return _page(_application_here(code), granting=form), 409
    flash(_("The institution is accredited for what it asked."), "success")
    return redirect(url_for("fund_managers.review_application", code=code), 303)


@blueprint.post("/applications/<code>/reject")
@access(officer)
def reject_application(code: str) -> Answer:
    """Decide that it is not accredited."""
    application = _application_here(code)
    form = RejectApplicationForm()
    if not form.validate_on_submit():
        return _page(application, rejecting=form), 422
    try:
        with write_transaction():
            review.reject_application(
                application.id,
                reason=form.reason.data,
                clause=form.clause.data,
                actor_id=current_user.user_id,
            )
    except Refused as refused:
        show_reasons(form, refused)
        return _page(_application_here(code), rejecting=form), 409
    flash(_("Rejected. The institution has been told why."), "success")
    return redirect(url_for("fund_managers.list_applications"), 303)


@blueprint.get("/applications/<code>/documents/<document_code>")
@access(officer)
def open_dossier_document(code: str, document_code: str) -> Response:
    """A file of the dossier; that it was opened is recorded."""
    application = _application_here(code)
    found = find_dossier_document(document_code, application_id=application.id)
    if found is None:
        raise NotFound("document", document_code)
    media_type, file_name = found.document.media_type, found.document.file_name
    with write_transaction():
        content = dossier.open_application_document(
            application.id, code=document_code, actor_id=current_user.user_id
        )
    return attachment(content, media_type=media_type, file_name=file_name)


def _application_here(code: str) -> AccreditationApplication:
    application = find_application_in(code, officer_paths())
    if application is None:
        raise NotFound("application", code)
    return application


def _page(
    application: AccreditationApplication,
    *,
    returning: ReturnApplicationForm | None = None,
    granting: GrantApplicationForm | None = None,
    rejecting: RejectApplicationForm | None = None,
) -> str:
    institution = get_institution_of(application)
    return render_template(
        "fund_managers/review_application.html",
        application=application,
        institution=institution,
        items=rules.checklist(get_dossier_facts(application, is_declared=True)),
        clock=get_review_clock(application),
        scope=list_scope_lines(application.id),
        documents=list_dossier_documents(application.id),
        events=list_application_events(application.id),
        returning=returning or ReturnApplicationForm(formdata=None),
        granting=granting or GrantApplicationForm(formdata=None),
        rejecting=rejecting or RejectApplicationForm(formdata=None),
        rules=rules,
        level_words=LEVEL_WORDS,
        **_registers(institution.id),
    )


def _registers(institution_id: int) -> dict[str, Any]:
    """What the institution has registered: sites, rooms, trainers, earlier accreditations."""
    trainers = list_trainers(institution_id)
    qualifications = list_qualifications_of(trainer.id for trainer in trainers)
    codes = [row.occupation_code for rows in qualifications.values() for row in rows]
    return {
        "sites": list_sites(institution_id),
        "rooms": list_rooms(institution_id),
        "trainers": trainers,
        "qualifications": qualifications,
        "occupation_titles": list_occupation_titles(codes),
        "accreditation_count": len(list_accreditations(institution_id)),
    }
