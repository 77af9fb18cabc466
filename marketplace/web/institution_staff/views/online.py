"""Online hours of a class: what is credited to whom on which day, what is not, what is disputed."""

from __future__ import annotations

from dataclasses import dataclass

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from marketplace.catalog.models import CourseRun
from marketplace.catalog.queries.course_runs import get_course_run_facts
from marketplace.edge.access import access, institution_staff
from marketplace.edge.paging import asked_page, page_url
from marketplace.edge.reasons import show_reasons
from marketplace.enrollment.dispute_queries import (
    get_online_dispute_of_run,
    list_open_online_disputes_of_run,
)
from marketplace.enrollment.labels import ONLINE_LOSS_LABELS
from marketplace.enrollment.online_queries import OnlineShare, list_online_shares
from marketplace.enrollment.operations.online_disputes import answer_online_dispute as answer
from marketplace.enrollment.queries import list_enrollments_of_run
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import Refused
from marketplace.foundation.paging import Page
from marketplace.people.queries.workers import get_masks, get_worker, list_worker_masks
from marketplace.web.institution_staff.blueprint import blueprint
from marketplace.web.institution_staff.forms.classes import AnswerDisputeForm
from marketplace.web.institution_staff.views.classes import get_own_run


@dataclass(frozen=True, slots=True)
class Line:
    """One learner with the online hours; the name is masked."""

    code: str
    name: str
    share: OnlineShare


@blueprint.get("/classes/<code>/online")
@access(institution_staff)
def show_online_hours(code: str) -> str:
    """Learners in the order of enrolling, each with the days."""
    run = get_own_run(code)
    asked = asked_page()
    enrollments = list_enrollments_of_run(run.id)
    shown = enrollments[asked.offset : asked.offset + asked.limit]
    disputes = list_open_online_disputes_of_run(run.id)
    disputing = [enrollment.worker_id for _dispute, enrollment in disputes]
    masks = list_worker_masks([*(one.worker_id for one in shown), *disputing])
    shares = list_online_shares([one.id for one in shown])
    lines = [
        Line(one.code, masks[one.worker_id].name if one.worker_id in masks else "–", shares[one.id])
        for one in shown
        if one.id in shares
    ]
    return render_template(
        "institution_staff/show_online_hours.html",
        run=run,
        facts=get_course_run_facts(run.id),
        lines=lines,
        disputes=disputes,
        masks=masks,
        losses=ONLINE_LOSS_LABELS,
        page=Page(shown, len(enrollments), asked.number, asked.limit),
        page_url=page_url,
    )


@blueprint.get("/classes/<code>/online/disputes/<int:dispute_id>")
@access(institution_staff)
def show_online_dispute(code: str, dispute_id: int) -> str:
    """A learner says that the hours of a day are wrong."""
    return _dispute_page(get_own_run(code), dispute_id, AnswerDisputeForm())


@blueprint.post("/classes/<code>/online/disputes/<int:dispute_id>")
@access(institution_staff)
def answer_online_dispute(code: str, dispute_id: int) -> Response | tuple[str, int]:
    """Answer the learner, who is told."""
    run = get_own_run(code)
    get_online_dispute_of_run(dispute_id, run.id)
    form = AnswerDisputeForm()
    if not form.validate_on_submit():
        return _dispute_page(run, dispute_id, form), 422
    try:
        with write_transaction():
            answer(dispute_id, answer=form.answer.data, actor_id=current_user.user_id)
    except Refused as refused:
        show_reasons(form, refused)
        return _dispute_page(run, dispute_id, form), 409
    flash(_("Your answer is with the learner."), "success")
    return redirect(url_for("institution_staff.show_online_hours", code=code), 303)


def _dispute_page(run: CourseRun, dispute_id: int, form: AnswerDisputeForm) -> str:
    dispute, enrollment = get_online_dispute_of_run(dispute_id, run.id)
    share = list_online_shares([enrollment.id]).get(enrollment.id)
    return render_template(
        "institution_staff/show_online_dispute.html",
        run=run,
        facts=get_course_run_facts(run.id),
        dispute=dispute,
        enrollment=enrollment,
        name=get_masks(get_worker(enrollment.worker_id)).name,
        day=share.find_day(dispute.day) if share else None,
        losses=ONLINE_LOSS_LABELS,
        form=form,
    )
