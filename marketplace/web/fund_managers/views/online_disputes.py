"""Disputes about online hours: what both sides say, and how many minutes count."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from marketplace.edge.access import access, fund_officer
from marketplace.edge.officers import officer_paths
from marketplace.edge.reasons import show_reasons
from marketplace.enrollment.dispute_queries import OnlineDisputeView, find_online_dispute
from marketplace.enrollment.labels import ONLINE_LOSS_LABELS
from marketplace.enrollment.online_queries import list_online_shares
from marketplace.enrollment.operations import online_disputes as operations
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import NotFound, Refused
from marketplace.people.queries.workers import get_masks, get_worker
from marketplace.web.fund_managers.blueprint import blueprint
from marketplace.web.fund_managers.forms.disputes import DecideOnlineDisputeForm

Answer = str | Response | tuple[str, int]


@blueprint.get("/disputes/online/<int:dispute_id>")
@access(fund_officer)
def show_online_dispute(dispute_id: int) -> str:
    """One disputed day: class, learner, what came in, what each side says."""
    return _page(_dispute(dispute_id), DecideOnlineDisputeForm())


@blueprint.post("/disputes/online/<int:dispute_id>/decide")
@access(fund_officer)
def decide_online_dispute(dispute_id: int) -> Answer:
    """Say how many minutes count and why; both sides are told."""
    view = _dispute(dispute_id)
    form = DecideOnlineDisputeForm()
    if not form.validate_on_submit():
        return _page(view, form), 422
    try:
        with write_transaction():
            operations.decide_online_dispute(
                dispute_id,
                minutes=form.minutes.data,
                reason=form.reason.data,
                actor_id=current_user.user_id,
            )
    except Refused as refused:
        show_reasons(form, refused)
        return _page(_dispute(dispute_id), form), 409
    flash(_("Decided. The learner and the institution have been told."), "success")
    return redirect(url_for("fund_managers.list_disputes"), 303)


def _page(view: OnlineDisputeView, form: DecideOnlineDisputeForm) -> str:
    share = list_online_shares([view.enrollment.id]).get(view.enrollment.id)
    return render_template(
        "fund_managers/online_dispute.html",
        view=view,
        dispute=view.dispute,
        share=share,
        day=share.find_day(view.dispute.day) if share else None,
        losses=ONLINE_LOSS_LABELS,
        masks=get_masks(get_worker(view.enrollment.worker_id)),
        form=form,
    )


def _dispute(dispute_id: int) -> OnlineDisputeView:
    view = find_online_dispute(dispute_id, officer_paths())
    if view is None:
        raise NotFound("online_dispute")
    return view
