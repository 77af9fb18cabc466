"""Lines that institutions dispute: the worklist, the thread, the answer with reasons."""

from __future__ import annotations

from flask import Response as FlaskResponse
from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from marketplace.edge.access import access, fund_officer
from marketplace.edge.answers import flash_refused
from marketplace.edge.attached import attached_file
from marketplace.edge.downloads import attachment
from marketplace.edge.officers import officer_paths
from marketplace.edge.paging import asked_page, page_url
from marketplace.edge.reasons import show_reasons
from marketplace.foundation import clock
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import Refused
from marketplace.settlement import labels
from marketplace.settlement.operations import disputes as operations
from marketplace.settlement.queries.disputes import (
    DisputeRow,
    get_dispute_row,
    list_dispute_messages,
    list_statement_disputes,
)
from marketplace.settlement.states import DisputeState, FollowUp
from marketplace.web.fund_managers.blueprint import blueprint
from marketplace.web.fund_managers.forms.objections import DecideLineDisputeForm, MessageForm

Answer = str | Response | tuple[str, int]


@blueprint.get("/statement-disputes", endpoint="list_statement_disputes")
@access(fund_officer)
def show_statement_disputes() -> str:
    """Disputes of institutions of my places, those due first."""
    is_open = request.args.get("state") != "decided"
    return render_template(
        "fund_managers/list_statement_disputes.html",
        page=list_statement_disputes(officer_paths(), asked_page(), is_open=is_open),
        is_open=is_open,
        today=clock.today(),
        labels=labels,
        page_url=page_url,
    )


@blueprint.get("/statement-disputes/<code>")
@access(fund_officer)
def show_statement_dispute(code: str) -> str:
    """One dispute with its line and its thread."""
    return _page(code)


@blueprint.post("/statement-disputes/<code>/take")
@access(fund_officer)
def take_statement_dispute(code: str) -> Response:
    """Make it one's own to look into."""
    dispute_id = _row(code).dispute.id
    try:
        with write_transaction():
            operations.take_dispute(dispute_id, actor_id=current_user.user_id)
    except Refused as refused:
        flash_refused(refused)
    return redirect(url_for("fund_managers.show_statement_dispute", code=code), 303)


@blueprint.post("/statement-disputes/<code>/messages")
@access(fund_officer)
def write_statement_dispute(code: str) -> Answer:
    """Ask or tell the institution."""
    dispute_id = _row(code).dispute.id
    form = MessageForm()
    if not form.validate_on_submit():
        return _page(code, message=form), 422
    try:
        with write_transaction():
            operations.write_to_dispute(
                dispute_id,
                body=form.body.data,
                attached=attached_file(form.document),
                actor_id=current_user.user_id,
                is_from_office=True,
            )
    except Refused as refused:
        show_reasons(form, refused)
        return _page(code, message=form), 409
    return redirect(url_for("fund_managers.show_statement_dispute", code=code), 303)


@blueprint.post("/statement-disputes/<code>/decide")
@access(fund_officer)
def decide_statement_dispute(code: str) -> Answer:
    """Answer with reasons: accepted with what follows, or rejected with the clause."""
    dispute_id = _row(code).dispute.id
    form = DecideLineDisputeForm()
    if not form.validate_on_submit():
        return _page(code, decision=form), 422
    verdict = operations.Verdict(
        DisputeState(form.state.data),
        form.answer.data,
        form.clause.data or "",
        FollowUp(form.follow_up.data) if form.follow_up.data else None,
        form.correction_entry.data,
    )
    try:
        with write_transaction():
            operations.decide_dispute_of_line(dispute_id, verdict, actor_id=current_user.user_id)
    except Refused as refused:
        show_reasons(form, refused)
        return _page(code, decision=form), 409
    flash(_("Decided. The institution has been told."), "success")
    return redirect(url_for("fund_managers.show_statement_dispute", code=code), 303)


@blueprint.get("/statement-disputes/<code>/documents/<document_code>")
@access(fund_officer)
def download_statement_dispute_document(code: str, document_code: str) -> FlaskResponse:
    """A file of the thread; recorded."""
    dispute = _row(code).dispute
    with write_transaction():
        content, media_type, file_name = operations.read_dispute_document(
            dispute, document_code=document_code, actor_id=current_user.user_id
        )
    return attachment(content, media_type=media_type, file_name=file_name)


def _row(code: str) -> DisputeRow:
    return get_dispute_row(code, paths=officer_paths())


def _page(
    code: str,
    *,
    message: MessageForm | None = None,
    decision: DecideLineDisputeForm | None = None,
) -> str:
    row = _row(code)
    return render_template(
        "fund_managers/show_statement_dispute.html",
        row=row,
        messages=list_dispute_messages(row.dispute.id),
        message=message or MessageForm(formdata=None),
        decision=decision or DecideLineDisputeForm(),
        wrong=message or decision,
        labels=labels,
    )
