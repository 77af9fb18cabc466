"""My online hours of a class: what is counted, what is not, and saying that it is wrong."""

from __future__ import annotations

from datetime import date

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from marketplace.edge.access import access, job_seeker
from marketplace.edge.answers import flash_refused
from marketplace.edge.reasons import show_reasons
from marketplace.enrollment import labels
from marketplace.enrollment.dispute_queries import get_online_dispute, list_online_disputes
from marketplace.enrollment.online_queries import list_online_shares
from marketplace.enrollment.operations import online_disputes
from marketplace.enrollment.queries import get_enrollment_of_worker
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import NotFound, Refused
from marketplace.web.job_seekers.blueprint import blueprint
from marketplace.web.job_seekers.forms.online import OnlineDisputeForm
from marketplace.web.job_seekers.views.classes import MyClass, my_class

Answer = str | Response | tuple[str, int]
PATH = "/classes/<code>/online"


@blueprint.get(PATH)
@access(job_seeker)
def show_my_online_hours(code: str) -> str:
    """Day by day; `?day=` fills in the form."""
    return _page(my_class(code), OnlineDisputeForm(data={"day": _asked_day()}))


@blueprint.post(PATH)
@access(job_seeker)
def dispute_online_day(code: str) -> Answer:
    """Say that the hours of a day are wrong."""
    mine = my_class(code)
    form = OnlineDisputeForm()
    if not form.validate_on_submit():
        return _page(mine, form), 422
    try:
        with write_transaction():
            online_disputes.dispute_online_day(
                mine.enrollment.id,
                worker_id=current_user.worker_id,
                day=form.day.data,
                minutes=form.minutes.data,
                reason=form.reason.data,
                actor_id=current_user.user_id,
            )
    except Refused as refused:
        show_reasons(form, refused)
        return _page(my_class(code), form), 409
    flash(_("Your objection is recorded. The institution must answer it."), "success")
    return redirect(url_for("job_seekers.show_my_online_hours", code=code), 303)


@blueprint.post(PATH + "/<int:dispute_id>/accept")
@access(job_seeker)
def accept_online_answer(code: str, dispute_id: int) -> Response:
    """Agree with what is counted now."""
    enrollment = get_enrollment_of_worker(code, current_user.worker_id)
    if get_online_dispute(dispute_id).enrollment_id != enrollment.id:
        raise NotFound("online_dispute")
    try:
        with write_transaction():
            online_disputes.accept_online_answer(
                dispute_id, worker_id=current_user.worker_id, actor_id=current_user.user_id
            )
        flash(_("Thank you. The dispute is settled."), "success")
    except Refused as refused:
        flash_refused(refused)
    return redirect(url_for("job_seekers.show_my_online_hours", code=code), 303)


def _page(mine: MyClass, form: OnlineDisputeForm) -> str:
    disputes = list_online_disputes(mine.enrollment.id)
    return render_template(
        "job_seekers/show_my_online_hours.html",
        mine=mine,
        online=list_online_shares([mine.enrollment.id]).get(mine.enrollment.id),
        disputes=disputes,
        open_days={one.day for one in disputes if one.is_open},
        is_redeemed=mine.reservation is not None and mine.reservation.state == "redeemed",
        form=form,
        labels=labels,
    )


def _asked_day() -> date | None:
    try:
        return date.fromisoformat(request.args.get("day", ""))
    except ValueError:
        return None
