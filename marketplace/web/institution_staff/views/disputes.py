"""Disputed lines of the statement of account and of claims: filing, the thread, the answer."""

from __future__ import annotations

from flask import Response as FlaskResponse
from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from marketplace.claims.queries.claims import get_claim_row
from marketplace.edge.access import access, institution_manager, institution_staff
from marketplace.edge.answers import flash_refused
from marketplace.edge.attached import attached_file
from marketplace.edge.downloads import attachment
from marketplace.edge.paging import asked_page, page_url
from marketplace.edge.reasons import show_reasons
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import NotFound, Refused
from marketplace.institutions.queries import get_institution
from marketplace.ledger.queries import is_entry_on
from marketplace.reporting.labels import ENTRY_LABELS
from marketplace.reporting.queries import EntryView, get_entry_view
from marketplace.settlement import labels
from marketplace.settlement.operations import disputes as operations
from marketplace.settlement.operations.disputes import DisputedLine
from marketplace.settlement.queries.disputes import (
    DisputeRow,
    find_own_claim_line,
    get_dispute_row,
    list_dispute_messages,
    list_disputes_of,
)
from marketplace.settlement.rules.disputes import ANSWER_DAYS
from marketplace.settlement.states import DisputeGrounds
from marketplace.web.institution_staff.blueprint import blueprint
from marketplace.web.institution_staff.forms.disputes import DisputeForm, DisputeMessageForm

Answer = str | Response | tuple[str, int]


@blueprint.get("/disputes", endpoint="list_line_disputes")
@access(institution_staff)
def show_line_disputes() -> str:
    """What we dispute, open ones first."""
    return render_template(
        "institution_staff/list_line_disputes.html",
        page=list_disputes_of(current_user.institution_id, asked_page()),
        labels=labels,
        page_url=page_url,
    )


@blueprint.get("/statement-of-account/<int:entry_id>/dispute")
@access(institution_manager)
def show_entry_dispute(entry_id: int) -> str:
    """Ask what is wrong with an entry of ours."""
    return _entry_page(entry_id, DisputeForm())


@blueprint.post("/statement-of-account/<int:entry_id>/dispute")
@access(institution_manager)
def dispute_entry(entry_id: int) -> Answer:
    """Dispute an entry of ours."""
    _own_entry(entry_id)
    form = DisputeForm()
    if not form.validate_on_submit():
        return _entry_page(entry_id, form), 422
    try:
        return _file(DisputedLine(entry_id=entry_id), form)
    except Refused as refused:
        show_reasons(form, refused)
        return _entry_page(entry_id, form), 409


@blueprint.get("/claims/<code>/lines/<int:line_id>/dispute")
@access(institution_manager)
def show_claim_line_dispute(code: str, line_id: int) -> str:
    """Ask what is wrong with a line of a claim of ours."""
    return _claim_line_page(code, line_id, DisputeForm())


@blueprint.post("/claims/<code>/lines/<int:line_id>/dispute")
@access(institution_manager)
def dispute_claim_line(code: str, line_id: int) -> Answer:
    """Dispute a line of a claim of ours."""
    _own_claim_line(code, line_id)
    form = DisputeForm()
    if not form.validate_on_submit():
        return _claim_line_page(code, line_id, form), 422
    try:
        return _file(DisputedLine(claim_line_id=line_id), form)
    except Refused as refused:
        show_reasons(form, refused)
        return _claim_line_page(code, line_id, form), 409


@blueprint.get("/disputes/<code>")
@access(institution_staff)
def show_line_dispute(code: str) -> str:
    """One dispute: what was said, what was answered."""
    return _page(_own(code), DisputeMessageForm())


@blueprint.post("/disputes/<code>/messages")
@access(institution_manager)
def write_line_dispute(code: str) -> Answer:
    """Add to the thread."""
    dispute_id = _own(code).dispute.id
    form = DisputeMessageForm()
    if not form.validate_on_submit():
        return _page(_own(code), form), 422
    try:
        with write_transaction():
            operations.write_to_dispute(
                dispute_id,
                body=form.body.data,
                attached=attached_file(form.document),
                actor_id=current_user.user_id,
                is_from_office=False,
            )
    except Refused as refused:
        show_reasons(form, refused)
        return _page(_own(code), form), 409
    return redirect(url_for("institution_staff.show_line_dispute", code=code), 303)


@blueprint.post("/disputes/<code>/withdraw")
@access(institution_manager)
def withdraw_line_dispute(code: str) -> Response:
    """Take it back."""
    dispute_id = _own(code).dispute.id
    try:
        with write_transaction():
            operations.withdraw_dispute(dispute_id, actor_id=current_user.user_id)
        flash(_("The dispute is withdrawn."), "success")
    except Refused as refused:
        flash_refused(refused)
    return redirect(url_for("institution_staff.show_line_dispute", code=code), 303)


@blueprint.get("/disputes/<code>/documents/<document_code>")
@access(institution_staff)
def download_line_dispute_document(code: str, document_code: str) -> FlaskResponse:
    """A file of the thread; recorded."""
    dispute = _own(code).dispute
    with write_transaction():
        content, media_type, file_name = operations.read_dispute_document(
            dispute, document_code=document_code, actor_id=current_user.user_id
        )
    return attachment(content, media_type=media_type, file_name=file_name)


def _file(line: DisputedLine, form: DisputeForm) -> Response:
    with write_transaction():
        code = operations.file_dispute(
            current_user.institution_id,
            line,
            grounds=DisputeGrounds(form.grounds.data),
            body=form.body.data,
            attached=attached_file(form.document),
            actor_id=current_user.user_id,
        ).code
    flash(_("The dispute is filed. The fund office answers with reasons."), "success")
    return redirect(url_for("institution_staff.show_line_dispute", code=code), 303)


def _own(code: str) -> DisputeRow:
    return get_dispute_row(code, institution_id=current_user.institution_id)


def _own_entry(entry_id: int) -> tuple[EntryView, int]:
    """An entry on our account, and what it moved there: more owed to us, or less."""
    institution = get_institution(current_user.institution_id)
    if not is_entry_on(entry_id, account_code=f"payable:institution:{institution.code}"):
        raise NotFound("entry", entry_id)
    entry = get_entry_view(entry_id)
    moved = sum(
        posting.credited_fen - posting.debited_fen
        for posting in entry.postings
        if (posting.kind, posting.key) == ("payable:institution", institution.code)
    )
    return entry, moved


def _own_claim_line(code: str, line_id: int) -> int:
    claim = get_claim_row(code, institution_id=current_user.institution_id).claim
    found = find_own_claim_line(line_id, institution_id=current_user.institution_id)
    if found is None or found[1].id != claim.id:
        raise NotFound("claim_line", line_id)
    return found[0].amount_fen


def _entry_page(entry_id: int, form: DisputeForm) -> str:
    entry, moved = _own_entry(entry_id)
    return render_template(
        "institution_staff/dispute_line.html",
        entry=entry,
        amount_fen=moved,
        claim_code=None,
        entry_labels=ENTRY_LABELS,
        form=form,
        days=ANSWER_DAYS,
    )


def _claim_line_page(code: str, line_id: int, form: DisputeForm) -> str:
    return render_template(
        "institution_staff/dispute_line.html",
        entry=None,
        amount_fen=_own_claim_line(code, line_id),
        claim_code=code,
        line_id=line_id,
        form=form,
        days=ANSWER_DAYS,
    )


def _page(row: DisputeRow, form: DisputeMessageForm) -> str:
    return render_template(
        "institution_staff/show_line_dispute.html",
        row=row,
        messages=list_dispute_messages(row.dispute.id),
        labels=labels,
        form=form,
    )
