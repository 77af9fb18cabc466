"""Enrolling in three taps: the class, the price, yes."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from marketplace.catalog.queries.course_runs import (
    CourseRunFacts,
    find_course_run_by_code,
    get_course_run_facts,
)
from marketplace.catalog.states import CourseState
from marketplace.edge.access import access, job_seeker
from marketplace.edge.answers import flash_refused
from marketplace.enrollment.operations import enroll, waiting
from marketplace.enrollment.queries import find_live_enrollment, get_enrollment
from marketplace.enrollment.waiting_queries import (
    find_waiting_place,
    get_waiting_place_of_worker,
    position_of,
)
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import NotFound, Refusal, Refused
from marketplace.foundation.text import is_number
from marketplace.redemption.operations.reserve import enroll_with_voucher
from marketplace.redemption.queries.swaps import list_swappable_classes
from marketplace.vouchers.labels import QUOTE_LINE_LABELS
from marketplace.vouchers.queries.prices import list_offers_for_worker
from marketplace.vouchers.queries.schemes import find_scheme_by_code
from marketplace.web.job_seekers.blueprint import blueprint


@blueprint.get("/enroll/<code>")
@access(job_seeker)
def enroll_worker(code: str) -> Response | str:
    """What it costs with each voucher, yes or no with every reason, and one button."""
    run = _public_run(code)
    if earlier := find_live_enrollment(current_user.worker_id, run.course_run_id):
        return redirect(url_for("job_seekers.show_my_class", code=earlier.code), 303)
    return _price_page(run)


@blueprint.post("/enroll/<code>")
@access(job_seeker)
def confirm_enrollment(code: str) -> Response | tuple[str, int]:
    """Claim the voucher if need be, fix the price and take the seat, in one act."""
    run = _public_run(code)
    scheme_code, _colon, own_share = request.form.get("offer", "").partition(":")
    scheme = find_scheme_by_code(scheme_code)
    if scheme is None or not is_number(own_share, digits_max=13):
        raise NotFound("offer")
    try:
        with write_transaction():
            reservation = enroll_with_voucher(
                current_user.worker_id,
                course_run_id=run.course_run_id,
                scheme_id=scheme.id,
                own_share_fen=int(own_share),
                actor_id=current_user.user_id,
            )
            enrollment_code = get_enrollment(reservation.enrollment_id).code
    except Refused as refused:
        return _price_page(run, refused.refusals), 409
    return redirect(url_for("job_seekers.show_welcome", code=enrollment_code), 303)


@blueprint.post("/enroll/<code>/without-voucher")
@access(job_seeker)
def enroll_without_voucher(code: str) -> Response | tuple[str, int]:
    """Take the seat and pay the fee oneself."""
    run = _public_run(code)
    try:
        with write_transaction():
            enrollment_code = enroll.enroll_worker(
                current_user.worker_id,
                course_run_id=run.course_run_id,
                actor_id=current_user.user_id,
            ).code
    except Refused as refused:
        return _price_page(run, refused.refusals), 409
    return redirect(url_for("job_seekers.show_welcome", code=enrollment_code), 303)


@blueprint.post("/enroll/<code>/wait")
@access(job_seeker)
def join_waiting_list(code: str) -> Response | tuple[str, int]:
    """The class is full: wait for the next free place, in this class or a later one."""
    run = _public_run(code)
    try:
        with write_transaction():
            waiting.join_waiting_list(
                current_user.worker_id, course_id=run.course_id, actor_id=current_user.user_id
            )
    except Refused as refused:
        return _price_page(run, refused.refusals), 409
    flash(_("You are on the waiting list. A message tells you when a place is kept."), "success")
    return redirect(url_for("job_seekers.list_my_classes", _anchor="waiting"), 303)


@blueprint.post("/waiting/<code>/leave")
@access(job_seeker)
def leave_waiting_list(code: str) -> Response:
    """I do not want to wait any more."""
    get_waiting_place_of_worker(code, current_user.worker_id)
    try:
        with write_transaction():
            waiting.leave_waiting_list(
                code, worker_id=current_user.worker_id, actor_id=current_user.user_id
            )
        flash(_("You are not on the waiting list any more."), "success")
    except Refused as refused:
        flash_refused(refused)
    return redirect(url_for("job_seekers.list_my_classes"), 303)


def _public_run(code: str) -> CourseRunFacts:
    run = find_course_run_by_code(code)
    if run is None:
        raise NotFound("course_run")
    facts = get_course_run_facts(run.id)
    if facts.course_state is not CourseState.LISTED:
        raise NotFound("course_run")
    return facts


def _price_page(run: CourseRunFacts, refusals: tuple[Refusal, ...] = ()) -> str:
    offers = list_offers_for_worker(current_user.worker_id, run.course_run_id)
    closed = enroll.list_enrollment_refusals(current_user.worker_id, run)
    place = find_waiting_place(current_user.worker_id, run.course_id)
    return render_template(
        "job_seekers/enroll_worker.html",
        run=run,
        offers=[offer for offer in offers if not offer.refusals],
        refused_offers=[offer for offer in offers if offer.refusals],
        closed=closed,
        can_wait=place is None and any(refusal.code == "class_full" for refusal in closed),
        place=place,
        position=position_of(place) if place else None,
        refusals=refusals,
        line_labels=QUOTE_LINE_LABELS,
        swappable=[] if closed else list_swappable_classes(current_user.worker_id),
    )
