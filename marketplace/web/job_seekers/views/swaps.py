"""Changing to another class and taking the money along: choose, compare, confirm."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from marketplace.catalog.models import CourseRun
from marketplace.catalog.queries.course_runs import (
    find_course_run_by_code,
    get_course_run,
    get_course_run_facts,
)
from marketplace.catalog.queries.similar import list_similar_runs
from marketplace.catalog.states import CourseState
from marketplace.edge.access import access, job_seeker
from marketplace.enrollment.models import Enrollment
from marketplace.enrollment.queries import get_enrollment, get_enrollment_of_worker
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import NotFound, Refusal, Refused
from marketplace.foundation.text import is_number
from marketplace.redemption.operations.swap import swap_enrollment
from marketplace.redemption.operations.swap_self_paid import swap_self_paid_enrollment
from marketplace.redemption.queries.reservations import find_standing_reservation
from marketplace.redemption.queries.swaps import find_swap_of, get_swap_plan
from marketplace.vouchers.labels import QUOTE_LINE_LABELS
from marketplace.web.job_seekers.blueprint import blueprint

CHOICES_SHOWN = 12


@blueprint.get("/classes/<code>/swap")
@access(job_seeker)
def show_swap_choices(code: str) -> str:
    """Which class instead? Other classes of the course first, then of the same occupation."""
    enrollment = get_enrollment_of_worker(code, current_user.worker_id)
    run = get_course_run(enrollment.course_run_id)
    return render_template(
        "job_seekers/show_swap_choices.html",
        enrollment=enrollment,
        run=get_course_run_facts(run.id),
        choices=list_similar_runs(run, limit=CHOICES_SHOWN),
        has_voucher=find_standing_reservation(enrollment.id) is not None,
    )


@blueprint.get("/classes/<code>/swap/<run_code>")
@access(job_seeker)
def show_swap(code: str, run_code: str) -> Response | str:
    """The two classes beside each other: old price, new price, or every reason why not."""
    enrollment = get_enrollment_of_worker(code, current_user.worker_id)
    wanted = _offered(run_code)
    if done := _answer_if_done(enrollment, wanted):
        return done
    return _comparison(enrollment, wanted)


@blueprint.post("/classes/<code>/swap/<run_code>", endpoint="swap_class")
@access(job_seeker)
def confirm_swap(code: str, run_code: str) -> Response | tuple[str, int]:
    """One act: the seat there, the money, the seat here."""
    enrollment = get_enrollment_of_worker(code, current_user.worker_id)
    wanted = _offered(run_code)
    own_share = request.form.get("own_share", "")
    if not is_number(own_share, digits_max=13):
        raise NotFound("price")
    try:
        with write_transaction():
            new_code, done = _swap(enrollment, wanted, int(own_share))
    except Refused as refused:
        again = get_enrollment_of_worker(code, current_user.worker_id)
        return _comparison(again, wanted, refused.refusals), 409
    flash(done, "success")
    return redirect(url_for("job_seekers.show_welcome", code=new_code), 303)


def _swap(enrollment: Enrollment, wanted: CourseRun, own_share_fen: int) -> tuple[str, str]:
    """The new enrollment by its code, and what has happened."""
    if find_standing_reservation(enrollment.id) is None and find_swap_of(enrollment.id) is None:
        new = swap_self_paid_enrollment(
            enrollment.id, course_run_id=wanted.id, actor_id=current_user.user_id
        )
        return new.code, _("You have changed classes. The fee stays the same.")
    swap = swap_enrollment(
        enrollment.id,
        course_run_id=wanted.id,
        own_share_fen=own_share_fen,
        actor_id=current_user.user_id,
    )
    new_code = get_enrollment(swap.to_enrollment_id).code
    return new_code, _("You have changed classes. Your voucher is tied to the new one.")


def _answer_if_done(enrollment: Enrollment, wanted: CourseRun) -> Response | None:
    swap = find_swap_of(enrollment.id)
    if swap is None:
        return None
    there = get_enrollment(swap.to_enrollment_id)
    if there.course_run_id != wanted.id:
        return None
    return redirect(url_for("job_seekers.show_my_class", code=there.code), 303)


def _offered(run_code: str) -> CourseRun:
    run = find_course_run_by_code(run_code)
    if run is None or get_course_run_facts(run.id).course_state is not CourseState.LISTED:
        raise NotFound("course_run")
    return run


def _comparison(
    enrollment: Enrollment, wanted: CourseRun, refusals: tuple[Refusal, ...] = ()
) -> str:
    plan = get_swap_plan(enrollment, wanted.id)
    return render_template(
        "job_seekers/show_swap.html",
        enrollment=enrollment,
        plan=plan,
        refusals=refusals or plan.refusals,
        line_labels=QUOTE_LINE_LABELS,
    )
