"""The steps of an application, each saved by itself."""

from __future__ import annotations

from datetime import timedelta

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from marketplace.accreditation import rules
from marketplace.accreditation.models import AccreditationApplication
from marketplace.accreditation.operations import dossier
from marketplace.accreditation.queries import (
    find_dossier_document,
    list_dossier_documents,
    list_scope_lines,
)
from marketplace.accreditation.states import EDITABLE_STATES, DocumentKind
from marketplace.catalog.rules import LEVEL_WORDS
from marketplace.edge.access import access, institution_manager, institution_staff
from marketplace.edge.answers import flash_refused
from marketplace.edge.downloads import attachment
from marketplace.edge.reasons import show_reasons
from marketplace.foundation import clock
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import NotFound, Refused
from marketplace.institutions.rules import is_valid_uscc
from marketplace.teaching.models import TrainingSite
from marketplace.teaching.queries import list_sites
from marketplace.teaching.states import PlaceState
from marketplace.web.institution_staff.blueprint import blueprint
from marketplace.web.institution_staff.forms.applications import (
    DossierDocumentForm,
    LegalFactsForm,
    ScopeForm,
    occupation_of,
)
from marketplace.web.institution_staff.views.applications import own_application

Answer = str | Response | tuple[str, int]
SCOPE_YEARS = 3


@blueprint.get("/applications/<code>/legal")
@access(institution_staff)
def show_application_legal(code: str) -> str:
    """Who we are by law, as far as it is filled in."""
    application = own_application(code)
    form = LegalFactsForm(
        uscc=application.uscc,
        legal_form=application.legal_form,
        representative=application.representative,
        contact=application.contact,
        address=application.address,
    )
    return _legal_page(application, form)


@blueprint.post("/applications/<code>/legal")
@access(institution_manager)
def save_application_legal(code: str) -> Answer:
    """Keep what is filled in; a code that cannot be right is kept and named."""
    application = own_application(code)
    form = LegalFactsForm()
    if not form.validate_on_submit():
        return _legal_page(application, form), 422
    try:
        with write_transaction():
            dossier.save_legal_facts(application.id, form.to_facts(), actor_id=current_user.user_id)
    except Refused as refused:
        show_reasons(form, refused)
        return _legal_page(own_application(code), form), 409
    flash(_("Saved. You can go on at any time."), "success")
    if form.uscc.data and not is_valid_uscc(form.uscc.data.upper()):
        flash(_("The code of the business license does not fit yet: please compare it."), "refusal")
    return redirect(url_for("institution_staff.show_application", code=code), 303)


@blueprint.get("/applications/<code>/scope")
@access(institution_staff)
def show_application_scope(code: str) -> str:
    """What we ask to be accredited for."""
    application = own_application(code)
    today = clock.today()
    form = ScopeForm(
        _open_sites(application),
        valid_from=today,
        valid_until=today + timedelta(days=365 * SCOPE_YEARS),
    )
    return _scope_page(application, form)


@blueprint.post("/applications/<code>/scope")
@access(institution_manager)
def add_application_scope(code: str) -> Answer:
    """Ask for one thing more."""
    application = own_application(code)
    form = ScopeForm(_open_sites(application))
    valid = form.validate_on_submit()
    occupation = occupation_of(form.occupation) if not form.occupation.errors else None
    if not valid or occupation is None:
        return _scope_page(application, form), 422
    try:
        with write_transaction():
            dossier.add_scope(
                application.id,
                occupation_code=occupation.code,
                level=int(form.level.data) if form.level.data else None,
                site_id=int(form.site.data) if form.site.data else None,
                valid_from=form.valid_from.data,
                valid_until=form.valid_until.data,
                actor_id=current_user.user_id,
            )
    except Refused as refused:
        show_reasons(form, refused)
        return _scope_page(own_application(code), form), 409
    flash(_("Added. You can go on at any time."), "success")
    return redirect(url_for("institution_staff.show_application_scope", code=code), 303)


@blueprint.post("/applications/<code>/scope/<int:scope_id>/remove")
@access(institution_manager)
def remove_application_scope(code: str, scope_id: int) -> Response:
    """Ask for less."""
    application_id = own_application(code).id
    try:
        with write_transaction():
            dossier.remove_scope(application_id, scope_id=scope_id, actor_id=current_user.user_id)
    except Refused as refused:
        flash_refused(refused)
    return redirect(url_for("institution_staff.show_application_scope", code=code), 303)


@blueprint.get("/applications/<code>/documents")
@access(institution_staff)
def show_application_documents(code: str) -> str:
    """The files of the dossier."""
    return _documents_page(own_application(code), DossierDocumentForm())


@blueprint.post("/applications/<code>/documents")
@access(institution_manager)
def add_application_document(code: str) -> Answer:
    """Put a file into the dossier."""
    application = own_application(code)
    form = DossierDocumentForm()
    if not form.validate_on_submit():
        return _documents_page(application, form), 422
    upload = form.document.data
    content = upload.read() if upload else b""
    file_name = (upload.filename or "") if upload else ""
    if upload:
        upload.close()
    try:
        with write_transaction():
            dossier.attach_document(
                application.id,
                kind=DocumentKind(form.kind.data),
                file_name=file_name,
                content=content,
                actor_id=current_user.user_id,
            )
    except Refused as refused:
        show_reasons(form, refused)
        return _documents_page(own_application(code), form), 409
    flash(_("The document is in the dossier, encrypted."), "success")
    return redirect(url_for("institution_staff.show_application_documents", code=code), 303)


@blueprint.get("/applications/<code>/documents/<document_code>")
@access(institution_staff)
def download_application_document(code: str, document_code: str) -> Response:
    """Give us back what we handed in; recorded."""
    application = own_application(code)
    found = find_dossier_document(document_code, application_id=application.id)
    if found is None:
        raise NotFound("document", document_code)
    media_type, file_name = found.document.media_type, found.document.file_name
    with write_transaction():
        content = dossier.open_application_document(
            application.id, code=document_code, actor_id=current_user.user_id
        )
    return attachment(content, media_type=media_type, file_name=file_name)


@blueprint.post("/applications/<code>/documents/<document_code>/remove")
@access(institution_manager)
def remove_application_document(code: str, document_code: str) -> Response:
    """Take a file out."""
    application_id = own_application(code).id
    try:
        with write_transaction():
            dossier.detach_document(
                application_id, code=document_code, actor_id=current_user.user_id
            )
    except Refused as refused:
        flash_refused(refused)
    return redirect(url_for("institution_staff.show_application_documents", code=code), 303)


def _open_sites(application: AccreditationApplication) -> list[TrainingSite]:
    sites = list_sites(application.institution_id)
    return [site for site in sites if site.state == PlaceState.IN_USE]


def _legal_page(application: AccreditationApplication, form: LegalFactsForm) -> str:
    return render_template(
        "institution_staff/edit_application_legal.html",
        application=application,
        is_editable=application.state in EDITABLE_STATES,
        form=form,
    )


def _scope_page(application: AccreditationApplication, form: ScopeForm) -> str:
    return render_template(
        "institution_staff/edit_application_scope.html",
        application=application,
        is_editable=application.state in EDITABLE_STATES,
        scope=list_scope_lines(application.id),
        level_words=LEVEL_WORDS,
        form=form,
    )


def _documents_page(application: AccreditationApplication, form: DossierDocumentForm) -> str:
    return render_template(
        "institution_staff/edit_application_documents.html",
        application=application,
        is_editable=application.state in EDITABLE_STATES,
        documents=list_dossier_documents(application.id),
        rules=rules,
        form=form,
    )
