"""Certificates of the officer's places: the second signature, and a record for a purpose."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from marketplace.edge.access import access, officer
from marketplace.edge.certificate_pages import (
    DecideChangeForm,
    ProposeChangeForm,
    asked_number,
    certificate_page,
    note_look_at_work,
)
from marketplace.edge.officers import officer_paths
from marketplace.edge.paging import asked_page, page_url
from marketplace.edge.reasons import show_reasons
from marketplace.enrollment import labels as enrollment_labels
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import NotFound, Refused
from marketplace.foundation.paging import PAGE_SIZE_MAX, PageRequest
from marketplace.people.queries.workers import find_worker_in_scope, get_masks, get_worker
from marketplace.records import labels
from marketplace.records.models import Certificate
from marketplace.records.operations import changes
from marketplace.records.operations.looks import open_record
from marketplace.records.queries.certificates import (
    get_certificate_in,
    list_certificates_in,
    list_waiting_certificates_in,
)
from marketplace.records.queries.record import list_record
from marketplace.records.states import ChangeKind, ChangeReason
from marketplace.settlement.operations.voided import propose_clawbacks
from marketplace.web.fund_managers.blueprint import blueprint
from marketplace.web.fund_managers.forms.certificates import OpenRecordForm

Answer = str | Response | tuple[str, int]


@blueprint.get("/certificates")
@access(officer)
def list_certificates() -> str:
    """Those that wait for a second person, then all; or one by its number."""
    number = asked_number()
    return render_template(
        "fund_managers/list_certificates.html",
        page=list_certificates_in(officer_paths(), asked_page(), number=number),
        waiting=[] if number else list_waiting_certificates_in(officer_paths()),
        number=number,
        words=labels,
        page_url=page_url,
    )


@blueprint.get("/certificates/<code>")
@access(officer)
def show_certificate(code: str) -> str:
    """What it says, the proposal, the decision."""
    certificate = get_certificate_in(code, officer_paths())
    note_look_at_work(certificate)
    return _page(certificate)


@blueprint.post("/certificates/<code>/changes")
@access(officer)
def propose_certificate_change(code: str) -> Answer:
    """Propose; another officer decides."""
    certificate = get_certificate_in(code, officer_paths())
    form = ProposeChangeForm()
    if not form.validate_on_submit():
        return _page(certificate, form=form), 422
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
        return _page(certificate, form=form), 409
    flash(_("Proposed. A second person decides."), "success")
    return redirect(url_for("fund_managers.show_certificate", code=code), 303)


@blueprint.post("/certificates/<code>/changes/<change_code>/approve")
@access(officer)
def approve_certificate_change(code: str, change_code: str) -> Answer:
    """The second signature."""
    return _decide(code, change_code, changes.approve_change, _("Approved. The holder was told."))


@blueprint.post("/certificates/<code>/changes/<change_code>/reject")
@access(officer)
def reject_certificate_change(code: str, change_code: str) -> Answer:
    """Leave the certificate as it is, with the reason."""
    return _decide(code, change_code, changes.reject_change, _("Rejected. Nothing was changed."))


@blueprint.post("/certificates/<code>/record")
@access(officer)
def open_worker_record(code: str) -> Answer:
    """The holder's whole record, masked, for a stated purpose; an answer, never an address."""
    certificate = get_certificate_in(code, officer_paths())
    holder = find_worker_in_scope(get_worker(certificate.worker_id).code, officer_paths())
    if holder is None:
        raise NotFound("worker")
    holder_id = holder.id
    form = OpenRecordForm()
    if not form.validate_on_submit():
        return _page(certificate, record_form=form), 422
    try:
        with write_transaction():
            open_record(holder_id, purpose=form.purpose.data, actor_id=current_user.user_id)
    except Refused as refused:
        show_reasons(form, refused)
        return _page(certificate, record_form=form), 409
    return render_template(
        "fund_managers/show_worker_record.html",
        certificate=certificate,
        masks=get_masks(get_worker(holder_id)),
        page=list_record(holder_id, PageRequest(1, PAGE_SIZE_MAX)),
        labels=enrollment_labels,
        words=labels,
    )


def _decide(code: str, change_code: str, operation: Callable[..., Any], done: str) -> Answer:
    certificate = get_certificate_in(code, officer_paths())
    form = DecideChangeForm()
    if not form.validate_on_submit():
        return _page(certificate, decision=form), 422
    try:
        with write_transaction():
            operation(
                certificate.id,
                code=change_code,
                answer=form.answer.data or "",
                actor_id=current_user.user_id,
            )
            propose_clawbacks()  # of shares that were released for what is voided now
    except Refused as refused:
        show_reasons(form, refused)
        return _page(certificate, decision=form), 409
    flash(done, "success")
    return redirect(url_for("fund_managers.list_certificates"), 303)


def _page(
    certificate: Certificate,
    *,
    form: ProposeChangeForm | None = None,
    decision: DecideChangeForm | None = None,
    record_form: OpenRecordForm | None = None,
) -> str:
    return render_template(
        "fund_managers/show_certificate.html",
        form=form or ProposeChangeForm(),
        decision=decision or DecideChangeForm(),
        record_form=record_form or OpenRecordForm(),
        **certificate_page(certificate),
    )
