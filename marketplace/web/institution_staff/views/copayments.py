"""Co-payments of our learners: what is open, what came in, what goes back, who shares it."""

from __future__ import annotations

from flask import current_app, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response

from marketplace.catalog.queries.course_runs import get_course_run_facts
from marketplace.copayments import labels
from marketplace.copayments.handovers.queries import list_handovers_of
from marketplace.copayments.labels import END_REASON_LABELS
from marketplace.copayments.models import Copayment
from marketplace.copayments.operations.payments import hand_back, record_counter_payment
from marketplace.copayments.operations.shares import apply_agreement
from marketplace.copayments.queries import (
    get_copayment_of_institution,
    list_copayments,
    view_copayment,
)
from marketplace.copayments.states import Party
from marketplace.edge.access import access, institution_manager, institution_staff
from marketplace.edge.answers import flash_refused
from marketplace.edge.paging import asked_page, page_url
from marketplace.employers.operations import agreements
from marketplace.employers.queries.agreements import find_agreement
from marketplace.enrollment.labels import ENROLLMENT_LABELS
from marketplace.enrollment.queries import get_enrollment
from marketplace.enrollment.states import ENDED
from marketplace.foundation import clock
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import NotFound, Refusal, Refused
from marketplace.foundation.money import fen_from_text
from marketplace.foundation.paging import PageRequest
from marketplace.web.institution_staff.blueprint import blueprint
from marketplace.web.institution_staff.forms.copayments import (
    AgreementForm,
    CounterPaymentForm,
    HandBackForm,
)


@blueprint.get("/co-payments", endpoint="list_copayments")
@access(institution_staff)
def show_copayments() -> str:
    """Every learner whose voucher leaves something over, the newest first."""
    return render_template(
        "institution_staff/list_copayments.html",
        page=list_copayments(current_user.institution_id, asked_page()),
        handovers=list_handovers_of(current_user.institution_id, PageRequest(1, 20)),
        handover_labels=labels.HANDOVER_LABELS,
        enrollment_labels=ENROLLMENT_LABELS,
        currency=current_app.config["CURRENCY"],
        page_url=page_url,
    )


@blueprint.get("/co-payments/<code>")
@access(institution_staff)
def show_copayment(code: str) -> str:
    """One co-payment: shares with their reason, payments, refunds, and what can be done."""
    return _page(_own(code))


@blueprint.post("/co-payments/<code>/payments")
@access(institution_staff)
def record_copayment(code: str) -> Response | tuple[str, int]:
    """Money was taken at the counter, a receipt was written."""
    copayment = _own(code)
    form = CounterPaymentForm()
    if not form.validate_on_submit():
        return _page(copayment, payment=form), 422
    try:
        with write_transaction():
            record_counter_payment(
                copayment,
                party=Party(form.party.data),
                amount_fen=fen_from_text(form.amount.data),
                receipt_number=form.receipt_number.data,
                actor_id=current_user.user_id,
            )
    except Refused as refused:
        return _page(copayment, refusals=refused.refusals, payment=form), 409
    flash(_("The payment is recorded."), "success")
    return _back(code)


@blueprint.post("/co-payments/<code>/refunds/<payment_code>")
@access(institution_staff)
def hand_back_copayment(code: str, payment_code: str) -> Response | tuple[str, int]:
    """Money went back over the counter against a receipt."""
    copayment = _own(code)
    if payment_code not in [line.payment.code for line in view_copayment(copayment).lines]:
        raise NotFound("copayment_payment")
    form = HandBackForm()
    if not form.validate_on_submit():
        return _page(copayment, back=form), 422
    try:
        with write_transaction():
            hand_back(
                payment_code,
                receipt_number=form.receipt_number.data,
                actor_id=current_user.user_id,
            )
    except Refused as refused:
        return _page(copayment, refusals=refused.refusals, back=form), 409
    flash(_("Recorded: the money went back."), "success")
    return _back(code)


@blueprint.post("/co-payments/<code>/employer")
@access(institution_manager)
def record_employer_agreement(code: str) -> Response | tuple[str, int]:
    """The employer signed that it pays part: keep the document's words, divide anew."""
    copayment = _own(code)
    form = AgreementForm()
    if not form.validate_on_submit():
        return _page(copayment, agreement=form), 422
    enrollment = get_enrollment(copayment.enrollment_id)
    try:
        with write_transaction():
            agreement = agreements.record_agreement(
                form.wish(),
                worker_id=copayment.worker_id,
                institution_id=copayment.institution_id,
                enrollment_id=copayment.enrollment_id,
                has_ended=enrollment.state in ENDED,
                actor_id=current_user.user_id,
            )
            apply_agreement(copayment, agreement, actor_id=current_user.user_id)
    except Refused as refused:
        return _page(copayment, refusals=refused.refusals, agreement=form), 409
    flash(_("Recorded. The co-payment is divided by it."), "success")
    return _back(code)


@blueprint.post("/co-payments/<code>/employer/end")
@access(institution_manager)
def end_employer_agreement(code: str) -> Response:
    """A standing consent ends; what was divided by it stays."""
    agreement = find_agreement(_own(code).agreement_id)
    if agreement is None:
        raise NotFound("employer_agreement")
    try:
        with write_transaction():
            agreements.end_agreement(agreement, actor_id=current_user.user_id)
        flash(_("The standing consent has ended. What was divided by it stays."), "success")
    except Refused as refused:
        flash_refused(refused)
    return _back(code)


def _own(code: str) -> Copayment:
    return get_copayment_of_institution(code, current_user.institution_id)


def _back(code: str) -> Response:
    return redirect(url_for("institution_staff.show_copayment", code=code), 303)


def _page(copayment: Copayment, *, refusals: tuple[Refusal, ...] = (), **forms: FlaskForm) -> str:
    enrollment = get_enrollment(copayment.enrollment_id)
    return render_template(
        "institution_staff/show_copayment.html",
        view=view_copayment(copayment),
        enrollment=enrollment,
        run=get_course_run_facts(enrollment.course_run_id),
        is_over=enrollment.state in ENDED,
        labels=labels,
        enrollment_labels=ENROLLMENT_LABELS,
        exit_labels=END_REASON_LABELS,
        refusals=refusals,
        payment_form=forms.get("payment") or CounterPaymentForm(),
        back_form=forms.get("back") or HandBackForm(),
        agreement_form=forms.get("agreement") or AgreementForm(),
        shown_form=next(iter(forms.values()), None),
        today=clock.today(),
    )
