"""What is left for me to pay of a class: how it is divided, what is paid, paying on the phone."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from marketplace.catalog.queries.course_runs import get_course_run_facts
from marketplace.copayments import labels
from marketplace.copayments.labels import END_REASON_LABELS
from marketplace.copayments.models import Copayment
from marketplace.copayments.operations.payments import begin_online_payment
from marketplace.copayments.queries import find_copayment, view_copayment
from marketplace.edge.access import access, job_seeker
from marketplace.edge.answers import flash_refused
from marketplace.edge.public_address import public_address
from marketplace.enrollment.models import Enrollment
from marketplace.enrollment.queries import get_enrollment_of_worker
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import NotFound, Refused
from marketplace.payouts.collections.operations import (
    ask_about_payment,
    note_payment,
    order_for,
)
from marketplace.payouts.rails.stripe import find_stripe
from marketplace.redemption.queries.class_facts import get_policy_of_reservation
from marketplace.redemption.queries.reservations import find_standing_reservation
from marketplace.vouchers.states import OwnShareOfPart
from marketplace.web.job_seekers.blueprint import blueprint


@blueprint.get("/classes/<code>/co-payment")
@access(job_seeker)
def show_my_copayment(code: str) -> str:
    """Fund, employer and I; what is paid and open; one button to pay."""
    enrollment, copayment = _mine(code)
    return render_template(
        "job_seekers/show_my_copayment.html",
        enrollment=enrollment,
        view=view_copayment(copayment),
        run=get_course_run_facts(enrollment.course_run_id),
        labels=labels,
        exit_labels=END_REASON_LABELS,
        can_pay_online=find_stripe() is not None,
        own_part=_own_part(enrollment),
    )


def _own_part(enrollment: Enrollment) -> OwnShareOfPart | None:
    """What is owed of the own share where the voucher pays a part; none: it pays all or nothing."""
    reservation = find_standing_reservation(enrollment.id)
    partial = get_policy_of_reservation(reservation).completion.partial if reservation else None
    return partial.value.own_share if partial else None


@blueprint.post("/classes/<code>/co-payment/pay")
@access(job_seeker)
def pay_copayment(code: str) -> Response:
    """Begin to pay what is open, or go on with what was begun."""
    _enrollment, copayment = _mine(code)
    if find_stripe() is None:
        raise NotFound("page")
    try:
        with write_transaction():
            payment_code = begin_online_payment(copayment, actor_id=current_user.user_id).code
    except Refused as refused:
        flash_refused(refused)
        return _back(code)
    address = public_address("job_seekers.show_my_copayment", code=code)
    _ask(payment_code, return_url=address)
    return _back(code)


@blueprint.post("/classes/<code>/co-payment/check")
@access(job_seeker)
def check_copayment(code: str) -> Response:
    """I have paid and do not see it: look now."""
    _enrollment, copayment = _mine(code)
    pending = view_copayment(copayment).pending
    if find_stripe() is None or pending is None:
        return _back(code)
    _ask(pending.code, return_url="")
    return _back(code)


def _ask(payment_code: str, *, return_url: str) -> None:
    """Stripe is asked with no unit of work open."""
    api = find_stripe()
    assert api is not None, "the caller has looked"
    report = ask_about_payment(api, order_for(payment_code, return_url=return_url))
    with write_transaction():
        outcome = note_payment(payment_code, report)
    if outcome == "confirmed":
        flash(_("Thank you. Your payment has arrived."), "success")
    elif outcome == "returned":
        flash(_("The payment did not succeed. Nothing was taken; you can try again."), "refusal")
    elif report.failure:
        flash(_("The payment service does not answer now. Try again in a few minutes."), "refusal")


def _mine(code: str) -> tuple[Enrollment, Copayment]:
    enrollment = get_enrollment_of_worker(code, current_user.worker_id)
    copayment = find_copayment(enrollment.id)
    if copayment is None:
        raise NotFound("copayment")
    return enrollment, copayment


def _back(code: str) -> Response:
    return redirect(url_for("job_seekers.show_my_copayment", code=code), 303)
