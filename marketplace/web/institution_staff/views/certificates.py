"""Certificates our trainings led to; proposing to end or correct one."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from marketplace.edge.access import access, institution_manager, institution_staff
from marketplace.edge.certificate_pages import (
    ProposeChangeForm,
    asked_number,
    certificate_page,
    note_look_at_work,
)
from marketplace.edge.paging import asked_page, page_url
from marketplace.edge.reasons import show_reasons
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import Refused
from marketplace.records import labels
from marketplace.records.models import Certificate
from marketplace.records.operations import changes
from marketplace.records.queries.certificates import (
    get_certificate_of_institution,
    list_certificates_of_institution,
)
from marketplace.records.states import ChangeKind, ChangeReason
from marketplace.web.institution_staff.blueprint import blueprint


@blueprint.get("/certificates")
@access(institution_staff)
def list_certificates() -> str:
    """All of ours, newest first; or one by its number."""
    number = asked_number()
    return render_template(
        "institution_staff/list_certificates.html",
        page=list_certificates_of_institution(
            current_user.institution_id, asked_page(), number=number
        ),
        number=number,
        words=labels,
        page_url=page_url,
    )


@blueprint.get("/certificates/<code>")
@access(institution_staff)
def show_certificate(code: str) -> str:
    """What it says, and what was proposed and decided about it."""
    certificate = get_certificate_of_institution(code, current_user.institution_id)
    note_look_at_work(certificate)
    return _page(certificate, ProposeChangeForm())


@blueprint.post("/certificates/<code>/changes")
@access(institution_manager)
def propose_certificate_change(code: str) -> Response | tuple[str, int]:
    """Propose; an officer of the fund office decides."""
    certificate = get_certificate_of_institution(code, current_user.institution_id)
    form = ProposeChangeForm()
    if not form.validate_on_submit():
        return _page(certificate, form), 422
    try:
        with write_transaction():
            changes.propose_change(
                certificate.id,
                kind=ChangeKind(form.kind.data),
                reason=ChangeReason(form.reason.data),
                note=form.note.data,
                actor_id=current_user.user_id,
            )
    except Refused as refused:
        show_reasons(form, refused)
        return _page(certificate, form), 409
    flash(_("Proposed. A second person decides."), "success")
    return redirect(url_for("institution_staff.show_certificate", code=code), 303)


def _page(certificate: Certificate, form: ProposeChangeForm) -> str:
    return render_template(
        "institution_staff/show_certificate.html", form=form, **certificate_page(certificate)
    )
