"""Classes as a board, and one class with its learners."""

from __future__ import annotations

from flask import current_app, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from marketplace.catalog.models import CourseRun
from marketplace.catalog.queries.course_runs import (
    find_course_run_by_code,
    get_course_run_facts,
    list_course_runs_of_institution,
    list_lessons,
)
from marketplace.catalog.rules import COURSE_RUN_STATE_WORDS
from marketplace.catalog.states import CourseRunState
from marketplace.edge.access import access, institution_manager, institution_staff
from marketplace.edge.answers import flash_refused
from marketplace.enrollment import labels
from marketplace.enrollment.dispute_queries import list_open_online_disputes_of_run
from marketplace.enrollment.queries import get_enrollment_of_run, list_recorded_lessons
from marketplace.enrollment.states import ExitReason
from marketplace.enrollment.waiting_queries import count_waiting
from marketplace.foundation import clock
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import NotFound, Refused
from marketplace.foundation.paging import PAGE_SIZE_MAX, PageRequest
from marketplace.redemption.operations.release import leave_course_run
from marketplace.redemption.queries.class_facts import get_class_terms
from marketplace.redemption.queries.rosters import list_roster
from marketplace.redemption.queries.withdrawals import find_withdrawal
from marketplace.redemption.states import VoucherOutcome
from marketplace.retentions import labels as retention_labels
from marketplace.retentions.queries.classes import list_class_steps
from marketplace.web.institution_staff.blueprint import blueprint

BOARD: tuple[CourseRunState, ...] = (
    CourseRunState.FILED,
    CourseRunState.OPEN,
    CourseRunState.FULL,
    CourseRunState.RUNNING,
    CourseRunState.FINISHED,
    CourseRunState.CLAIMED,
    CourseRunState.CANCELED,
)


def get_own_run(code: str) -> CourseRun:
    """A class of the reader's institution; anybody else's is not found."""
    run = find_course_run_by_code(code, institution_id=current_user.institution_id)
    if run is None:
        raise NotFound("course_run")
    return run


@blueprint.get("/classes")
@access(institution_staff)
def show_class_board() -> str:
    """The newest hundred classes by state."""
    page = list_course_runs_of_institution(
        current_user.institution_id, PageRequest(1, PAGE_SIZE_MAX)
    )
    columns = [
        (state, [item for item in page.items if item.course_run.state is state]) for state in BOARD
    ]
    return render_template(
        "institution_staff/show_class_board.html",
        columns=[(state, items) for state, items in columns if items],
        words=COURSE_RUN_STATE_WORDS,
        total=page.total,
    )


@blueprint.get("/classes/<code>")
@access(institution_staff)
def show_class(code: str) -> str:
    """One class: lessons, learners, and what comes next."""
    run = get_own_run(code)
    return render_template(
        "institution_staff/show_class.html",
        run=run,
        facts=get_course_run_facts(run.id),
        lessons=list_lessons(run.id),
        recorded=list_recorded_lessons([run.id]),
        roster=list_roster(run.id, institution_id=current_user.institution_id),
        words=COURSE_RUN_STATE_WORDS,
        labels=labels,
        now=clock.now(),
        waiting=count_waiting(run.course_id),
        terms=get_class_terms(run.id),
        steps=list_class_steps(run.id),
        step_labels=retention_labels,
        currency=current_app.config["CURRENCY"],
        online_disputed={one.id for _dispute, one in list_open_online_disputes_of_run(run.id)},
    )


@blueprint.post("/classes/<code>/learners/<enrollment_code>/no-show")
@access(institution_staff)
def record_no_show(code: str, enrollment_code: str) -> Response:
    """The learner never came: the seat and the voucher are free again."""
    run = get_own_run(code)
    enrollment = get_enrollment_of_run(enrollment_code, run.id)
    return _leave(code, enrollment.id, ExitReason.NO_SHOW)


@blueprint.post("/classes/<code>/learners/<enrollment_code>/release")
@access(institution_manager)
def release_reservation(code: str, enrollment_code: str) -> Response:
    """The training cannot be paid by the voucher: it is free again."""
    run = get_own_run(code)
    enrollment = get_enrollment_of_run(enrollment_code, run.id)
    return _leave(code, enrollment.id, ExitReason.NOT_REDEEMABLE)


def _leave(code: str, enrollment_id: int, reason: ExitReason) -> Response:
    try:
        with write_transaction():
            leave_course_run(enrollment_id, reason=reason, actor_id=current_user.user_id)
        decided = find_withdrawal(enrollment_id)
        if decided and decided.outcome is VoucherOutcome.CONSUMED:
            flash(
                _("Recorded. By its policy the voucher is used up; the learner is told."), "success"
            )
        elif decided and decided.outcome is VoucherOutcome.FREE:
            flash(_("Recorded. The voucher is free again."), "success")
        else:
            flash(_("Recorded."), "success")
    except Refused as refused:
        flash_refused(refused)
    return redirect(url_for("institution_staff.show_class", code=code), 303)
