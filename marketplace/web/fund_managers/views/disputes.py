"""Disputes about attendance: what both sides say, and the officer's decision."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from marketplace.edge.access import access, fund_officer
from marketplace.edge.officers import officer_paths
from marketplace.edge.paging import asked_page, page_url
from marketplace.edge.reasons import show_reasons
from marketplace.enrollment import labels
from marketplace.enrollment.dispute_queries import DisputeView, find_dispute, list_open_disputes
from marketplace.enrollment.operations import disputes as operations
from marketplace.enrollment.states import AttendanceState
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import NotFound, Refused
from marketplace.people.queries.workers import get_masks, get_worker, list_worker_masks
from marketplace.web.fund_managers.blueprint import blueprint
from marketplace.web.fund_managers.forms.disputes import DecideDisputeForm

Answer = str | Response | tuple[str, int]


@blueprint.get("/disputes")
@access(fund_officer)
def list_disputes() -> str:
    """Open disputes at the institutions of my places."""
    page = list_open_disputes(officer_paths(), asked_page())
    return render_template(
        "fund_managers/disputes.html",
        page=page,
        masks=list_worker_masks([item.enrollment.worker_id for item in page.items]),
        labels=labels,
        page_url=page_url,
    )


@blueprint.get("/disputes/<int:attendance_id>")
@access(fund_officer)
def show_dispute(attendance_id: int) -> str:
    """One dispute: class, learner, what each side says."""
    return _page(_dispute(attendance_id), DecideDisputeForm())


@blueprint.post("/disputes/<int:attendance_id>/decide")
@access(fund_officer)
def decide_dispute(attendance_id: int) -> Answer:
    """Say what is true and why; both sides are told."""
    dispute = _dispute(attendance_id)
    form = DecideDisputeForm()
    if not form.validate_on_submit():
        return _page(dispute, form), 422
    try:
        with write_transaction():
            operations.decide_dispute(
                attendance_id,
                state=AttendanceState(form.state.data),
                reason=form.reason.data,
                actor_id=current_user.user_id,
            )
    except Refused as refused:
        show_reasons(form, refused)
        return _page(_dispute(attendance_id), form), 409
    flash(_("Decided. The learner and the institution have been told."), "success")
    return redirect(url_for("fund_managers.list_disputes"), 303)


def _page(dispute: DisputeView, form: DecideDisputeForm) -> str:
    return render_template(
        "fund_managers/dispute.html",
        dispute=dispute,
        entry=dispute.attendance,
        masks=get_masks(get_worker(dispute.enrollment.worker_id)),
        form=form,
        labels=labels,
    )


def _dispute(attendance_id: int) -> DisputeView:
    dispute = find_dispute(attendance_id, officer_paths())
    if dispute is None:
        raise NotFound("attendance")
    return dispute
