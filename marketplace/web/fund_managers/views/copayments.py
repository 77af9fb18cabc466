"""The book of co-payments as the fund office sees it, and handing over what was earned."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from flask import current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from marketplace.copayments import labels
from marketplace.copayments.handovers import operations
from marketplace.copayments.handovers.queries import (
    BookFilter,
    get_book_sums,
    get_handover_row,
    list_book,
    list_book_payments,
    list_handed_payments,
    list_handovers,
)
from marketplace.copayments.states import HandoverState, PaymentChannel
from marketplace.edge.access import access, fund_officer
from marketplace.edge.answers import flash_refused
from marketplace.edge.officers import officer_paths
from marketplace.edge.paging import asked_page, page_url
from marketplace.foundation import clock
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import NotFound, Refused
from marketplace.institutions.models import Institution
from marketplace.institutions.queries import find_institution_by_code
from marketplace.people.queries import list_user_logins
from marketplace.settlement.queries import is_institution_in
from marketplace.settlement.rules import period_dates
from marketplace.web.fund_managers.blueprint import blueprint

TEXT_MAX = 60


@blueprint.get("/co-payments")
@access(fund_officer)
def list_copayment_book() -> str:
    """What came in, went back, was passed on and is still held, institution by institution."""
    asked, month = _asked()
    paths = officer_paths()
    return render_template(
        "fund_managers/list_copayment_book.html",
        sums=get_book_sums(asked, paths=paths),
        page=list_book(asked, asked_page(), paths=paths),
        asked=asked,
        month=month,
        channel_labels=labels.CHANNEL_LABELS,
        currency=current_app.config["CURRENCY"],
        page_url=page_url,
    )


@blueprint.get("/co-payments/of/<code>")
@access(fund_officer)
def show_copayment_book(code: str) -> str:
    """One institution's payments, each with what became of it."""
    institution = _institution(code)
    asked, month = _asked()
    return render_template(
        "fund_managers/show_copayment_book.html",
        institution=institution,
        page=list_book_payments(institution.id, asked, asked_page(size=50)),
        asked=asked,
        month=month,
        labels=labels,
        currency=current_app.config["CURRENCY"],
        page_url=page_url,
    )


@blueprint.post("/co-payments/of/<code>/handovers")
@access(fund_officer)
def prepare_copayment_handover(code: str) -> Response:
    """Everything the institution has earned over the internet, in one."""
    institution = _institution(code)
    try:
        with write_transaction():
            handover = operations.prepare_handover(institution, actor_id=current_user.user_id)
            made = handover.code
    except Refused as refused:
        flash_refused(refused)
        return redirect(url_for("fund_managers.list_copayment_book"), 303)
    flash(_("The handover is prepared. Another officer signs it next."), "success")
    return redirect(url_for("fund_managers.show_copayment_handover", code=made), 303)


@blueprint.get("/co-payment-handovers")
@access(fund_officer)
def list_copayment_handovers() -> str:
    """Handovers by state."""
    state = request.args.get("state", "")
    known = state in {one.value for one in HandoverState}
    return render_template(
        "fund_managers/list_copayment_handovers.html",
        page=list_handovers(
            asked_page(), paths=officer_paths(), state=HandoverState(state) if known else None
        ),
        state=state if known else "",
        labels=labels.HANDOVER_LABELS,
        page_url=page_url,
    )


@blueprint.get("/co-payment-handovers/<code>")
@access(fund_officer)
def show_copayment_handover(code: str) -> str:
    """One handover: whom it pays, from which payments, who signed, what comes next."""
    row = get_handover_row(code, paths=officer_paths())
    people = (row.handover.prepared_by, row.handover.decided_by, row.handover.paid_by)
    return render_template(
        "fund_managers/show_copayment_handover.html",
        row=row,
        lines=list_handed_payments(row.handover.id),
        logins=list_user_logins({one for one in people if one is not None}),
        labels=labels.HANDOVER_LABELS,
    )


@blueprint.post("/co-payment-handovers/<code>/approve")
@access(fund_officer)
def approve_copayment_handover(code: str) -> Response:
    """The second signature."""
    _seen(code)
    try:
        with write_transaction():
            operations.approve_handover(code, actor_id=current_user.user_id)
        flash(_("Signed. Transfer the money at the bank, then record its reference."), "success")
    except Refused as refused:
        flash_refused(refused)
    return _back(code)


@blueprint.post("/co-payment-handovers/<code>/reject")
@access(fund_officer)
def reject_copayment_handover(code: str) -> Response:
    """Send it back with a reason."""
    _seen(code)
    try:
        with write_transaction():
            operations.reject_handover(
                code, reason=request.form.get("reason", ""), actor_id=current_user.user_id
            )
        flash(_("Sent back. The payments can be handed over anew."), "success")
    except Refused as refused:
        flash_refused(refused)
    return _back(code)


@blueprint.post("/co-payment-handovers/<code>/paid")
@access(fund_officer)
def record_copayment_handover_paid(code: str) -> Response:
    """The bank has transferred it."""
    _seen(code)
    try:
        with write_transaction():
            operations.record_handover_paid(
                code, reference=request.form.get("reference", ""), actor_id=current_user.user_id
            )
        flash(_("Booked: the money is the institution's own."), "success")
    except Refused as refused:
        flash_refused(refused)
    return _back(code)


def _institution(code: str) -> Institution:
    found = find_institution_by_code(code)
    if found is None or not is_institution_in(found.id, paths=officer_paths()):
        raise NotFound("institution", code)
    return found


def _seen(code: str) -> None:
    """A handover to an institution elsewhere is not found."""
    get_handover_row(code, paths=officer_paths())


def _back(code: str) -> Response:
    return redirect(url_for("fund_managers.show_copayment_handover", code=code), 303)


def _asked() -> tuple[BookFilter, str]:
    month = request.args.get("month", "").strip()[:7]
    dates = period_dates(month)
    channel = request.args.get("channel", "")
    known = channel in {one.value for one in PaymentChannel}
    asked = BookFilter(
        since=_begins(dates[0]) if dates else None,
        until=_begins(dates[1] + timedelta(days=1)) if dates else None,
        channel=PaymentChannel(channel) if known else None,
        text=request.args.get("institution", "").strip()[:TEXT_MAX],
    )
    return asked, month if dates else ""


def _begins(day: date) -> datetime:
    """The instant at which a local day begins."""
    return datetime.combine(day, time(), clock.zone()).astimezone(UTC)
