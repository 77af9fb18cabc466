"""Enrolling in three taps: the class, the price, yes."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from marketplace.catalog.queries.course_runs import (
    CourseRunFacts,
    find_course_run_by_code,
    get_course_run_facts,
)
from marketplace.catalog.states import CourseState
from marketplace.edge.access import access, job_seeker
from marketplace.enrollment.operations import enroll
from marketplace.enrollment.queries import find_live_enrollment, get_enrollment
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import NotFound, Refusal, Refused
from marketplace.foundation.text import is_number
from marketplace.redemption.operations.reserve import enroll_with_voucher
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
    scheme_code, _, own_share = request.form.get("offer", "").partition(":")
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
    return render_template(
        "job_seekers/enroll_worker.html",
        run=run,
        offers=[offer for offer in offers if not offer.refusals],
        refused_offers=[offer for offer in offers if offer.refusals],
        closed=closed,
        refusals=refusals,
        line_labels=QUOTE_LINE_LABELS,
    )
