"""Taking paid benefits back from people: the list, one clawback, what is paid back of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from flask import Response as FlaskResponse
from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from marketplace.benefits import labels as benefit_labels
from marketplace.benefits.clawbacks import labels
from marketplace.benefits.clawbacks.operations import deciding, disputes, repayments
from marketplace.benefits.clawbacks.queries.listing import (
    BenefitClawbackRow,
    Wanted,
    each_benefit_clawback,
    get_benefit_clawback_row,
    get_repayment,
    list_benefit_clawbacks,
    list_disputes,
    list_nettings,
    list_paid_but_fallen,
    list_repayments,
)
from marketplace.benefits.clawbacks.states import BenefitClawbackState, ClawbackDisputeState
from marketplace.edge.access import access, fund_officer
from marketplace.edge.acting import act_or_tell
from marketplace.edge.attached import attached_file
from marketplace.edge.downloads import attachment
from marketplace.edge.formats import sentence
from marketplace.edge.officers import officer_paths
from marketplace.edge.paging import asked_page, page_url
from marketplace.edge.reasons import show_reasons
from marketplace.foundation import clock
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import N_, NotFound, Refusal, Refused
from marketplace.foundation.files import csv_text
from marketplace.foundation.money import Money, fen_from_text
from marketplace.payouts.persons.queries import BenefitRow, get_benefit_row
from marketplace.people.queries.documents import get_document
from marketplace.web.fund_managers.blueprint import blueprint
from marketplace.web.fund_managers.forms.benefit_clawbacks import (
    ClawbackFromPersonForm,
    DisputeAnswerForm,
    RepaymentForm,
)

Answer = str | Response | tuple[str, int]
WANTED_LABELS = {
    Wanted.TO_SIGN: N_("To sign"),
    Wanted.DISPUTED: N_("Disputed"),
    Wanted.OPEN: N_("To be given back"),
    Wanted.SETTLED: N_("Settled"),
}
COLUMNS = (
    N_("Clawback"),
    N_("Benefit"),
    N_("Person"),
    N_("Training"),
    N_("Amount"),
    N_("Kept back"),
    N_("Paid back"),
    N_("Waived"),
    N_("Still to be given back"),
    N_("State"),
    N_("Reason"),
    N_("Rule"),
    N_("Approved on"),
)


@blueprint.get("/benefit-clawbacks", endpoint="list_benefit_clawbacks")
@access(fund_officer)
def show_benefit_clawbacks() -> str:
    """What people have to give back, and paid benefits whose cause fell away since."""
    wanted = _wanted()
    code = request.args.get("code", "").strip().upper()[:40]
    return render_template(
        "fund_managers/list_benefit_clawbacks.html",
        page=list_benefit_clawbacks(asked_page(), paths=officer_paths(), wanted=wanted, code=code),
        fallen=list_paid_but_fallen(paths=officer_paths()),
        wanted=wanted,
        code=code,
        choices=WANTED_LABELS,
        labels=labels,
        kinds=benefit_labels.KIND_LABELS,
        page_url=page_url,
    )


@blueprint.get("/benefit-clawbacks/export.csv")
@access(fund_officer)
def export_benefit_clawbacks() -> FlaskResponse:
    """The same list as a spreadsheet: people by their codes."""
    wanted = _wanted()
    text = "".join(csv_text([sentence(text) for text in COLUMNS], _csv_rows(wanted)))
    which = wanted.value if wanted else "all"
    name = f"benefit-clawbacks-{which}-{clock.today().isoformat()}.csv"
    return attachment(text.encode(), media_type="text/csv; charset=utf-8", file_name=name)


@blueprint.get("/benefits/<code>/clawback")
@access(fund_officer)
def show_clawback_of_benefit(code: str) -> str:
    """Ask how much of a paid benefit is taken back, and why."""
    row = get_benefit_row(code, paths=officer_paths())
    form = ClawbackFromPersonForm(amount=row.amount.decimal_text())
    return _begin_page(row, form)


@blueprint.post("/benefits/<code>/clawback")
@access(fund_officer)
def prepare_clawback_of_benefit(code: str) -> Answer:
    """The first signature."""
    row = get_benefit_row(code, paths=officer_paths())
    form = ClawbackFromPersonForm()
    if not form.validate_on_submit():
        return _begin_page(row, form), 422
    try:
        with write_transaction():
            made = deciding.prepare_benefit_clawback(
                row.benefit.id,
                amount_fen=_fen(form.amount.data),
                instalments=form.instalments.data,
                reason=form.reason.data,
                clause=form.clause.data,
                actor_id=current_user.user_id,
            ).code
    except Refused as refused:
        show_reasons(form, refused)
        return _begin_page(row, form), 409
    flash(_("The clawback is prepared. A second officer signs it next."), "success")
    return redirect(url_for("fund_managers.show_benefit_clawback", code=made), 303)


@blueprint.get("/benefit-clawbacks/<code>")
@access(fund_officer)
def show_benefit_clawback(code: str) -> str:
    """One clawback: why, who signed, what came back, what the person says."""
    return _page(_row(code), DisputeAnswerForm())


@blueprint.post("/benefit-clawbacks/<code>/approve")
@access(fund_officer)
def approve_benefit_clawback(code: str) -> Response:
    """The second signature."""
    row = _row(code)
    return _act(
        lambda: deciding.approve_benefit_clawback(row.clawback.id, actor_id=_me()),
        _("Approved. The person has been told."),
        code,
    )


@blueprint.post("/benefit-clawbacks/<code>/reject")
@access(fund_officer)
def reject_benefit_clawback(code: str) -> Response:
    """Send it back with a reason."""
    row, reason = _row(code), request.form.get("reason", "")[:1_000]
    return _act(
        lambda: deciding.reject_benefit_clawback(row.clawback.id, reason=reason, actor_id=_me()),
        _("Sent back; nothing was booked."),
        code,
    )


@blueprint.get("/benefit-clawbacks/<code>/repayment")
@access(fund_officer)
def show_repayment_form(code: str) -> str:
    """Note what the person paid in at the treasury or the counter."""
    row = _row(code)
    return _repayment_page(row, RepaymentForm(amount=row.left.decimal_text()))


@blueprint.post("/benefit-clawbacks/<code>/repayment")
@access(fund_officer)
def prepare_benefit_repayment(code: str) -> Answer:
    """The first signature under a repayment."""
    row, form = _row(code), RepaymentForm()
    if not form.validate_on_submit():
        return _repayment_page(row, form), 422
    attached = attached_file(form.document)
    receipt = repayments.Receipt(
        form.receipt.data,
        form.paid_on.data,
        attached.file_name if attached else "",
        attached.content if attached else None,
    )
    try:
        with write_transaction():
            repayments.prepare_repayment(
                row.clawback.id, receipt, amount_fen=_fen(form.amount.data), actor_id=_me()
            )
    except Refused as refused:
        show_reasons(form, refused)
        return _repayment_page(row, form), 409
    flash(_("Noted. Another officer signs it next."), "success")
    return redirect(url_for("fund_managers.show_benefit_clawback", code=code), 303)


@blueprint.post("/benefit-clawbacks/<code>/waiver")
@access(fund_officer)
def prepare_benefit_waiver(code: str) -> Response:
    """Propose that the rest, or part of it, need not be given back."""
    row, reason = _row(code), request.form.get("reason", "")[:1_000]
    return _act(
        lambda: repayments.prepare_waiver(
            row.clawback.id,
            amount_fen=_fen(request.form.get("amount", "")),
            reason=reason,
            actor_id=_me(),
        ),
        _("Noted. Another officer signs it next."),
        code,
    )


@blueprint.post("/benefit-clawbacks/<code>/repayments/<repayment_code>/approve")
@access(fund_officer)
def book_benefit_repayment(code: str, repayment_code: str) -> Response:
    """The second signature under a repayment or a waiver."""
    one = get_repayment(repayment_code, clawback_id=_row(code).clawback.id)
    return _act(
        lambda: repayments.book_repayment(one.id, actor_id=_me()),
        _("Signed and booked. The person has been told."),
        code,
    )


@blueprint.post("/benefit-clawbacks/<code>/repayments/<repayment_code>/reject")
@access(fund_officer)
def reject_benefit_repayment(code: str, repayment_code: str) -> Response:
    """Send a repayment or a waiver back."""
    one = get_repayment(repayment_code, clawback_id=_row(code).clawback.id)
    reason = request.form.get("reason", "")[:1_000]
    return _act(
        lambda: repayments.reject_repayment(one.id, reason=reason, actor_id=_me()),
        _("Sent back; nothing was booked."),
        code,
    )


@blueprint.get("/benefit-clawbacks/<code>/repayments/<repayment_code>/receipt")
@access(fund_officer)
def download_repayment_receipt(code: str, repayment_code: str) -> FlaskResponse:
    """The receipt as it was handed in; recorded."""
    one = get_repayment(repayment_code, clawback_id=_row(code).clawback.id)
    with write_transaction():
        content = repayments.open_receipt(one, actor_id=_me())
    document = get_document(one.document_id or 0)
    return attachment(content, media_type=document.media_type, file_name=document.file_name)


@blueprint.post("/benefit-clawbacks/<code>/dispute")
@access(fund_officer)
def decide_benefit_clawback_dispute(code: str) -> Answer:
    """Answer the person who disputes it."""
    row, form = _row(code), DisputeAnswerForm()
    if not form.validate_on_submit():
        return _page(row, form), 422
    try:
        with write_transaction():
            disputes.decide_clawback_dispute(
                row.clawback.id,
                verdict=ClawbackDisputeState(form.verdict.data),
                answer=form.answer.data,
                clause=form.clause.data or "",
                actor_id=_me(),
            )
    except Refused as refused:
        show_reasons(form, refused)
        return _page(row, form), 409
    flash(_("Decided. The person has been told."), "success")
    return redirect(url_for("fund_managers.show_benefit_clawback", code=code), 303)


def _row(code: str) -> BenefitClawbackRow:
    return get_benefit_clawback_row(code, paths=officer_paths())


def _me() -> int:
    user_id: int = current_user.user_id
    return user_id


def _wanted() -> Wanted | None:
    asked = request.args.get("state", "")
    return Wanted(asked) if asked in tuple(Wanted) else None


def _begin_page(row: BenefitRow, form: ClawbackFromPersonForm) -> str:
    return render_template(
        "fund_managers/begin_benefit_clawback.html",
        row=row,
        form=form,
        kinds=benefit_labels.KIND_LABELS,
    )


def _repayment_page(row: BenefitClawbackRow, form: RepaymentForm) -> str:
    if row.clawback.state is not BenefitClawbackState.APPROVED:
        raise NotFound("benefit_clawback", row.clawback.code)
    return render_template("fund_managers/note_repayment.html", row=row, form=form)


def _page(row: BenefitClawbackRow, form: DisputeAnswerForm) -> str:
    clawback = row.clawback
    return render_template(
        "fund_managers/show_benefit_clawback.html",
        row=row,
        form=form,
        plan=row.plan,
        nettings=list_nettings(clawback.id),
        repayments=list_repayments(clawback.id),
        disputes=list_disputes(clawback.id),
        labels=labels,
        kinds=benefit_labels.KIND_LABELS,
    )


def _act(act: Callable[[], object], done: str, code: str) -> Response:
    act_or_tell(act, done=done)
    return redirect(url_for("fund_managers.show_benefit_clawback", code=code), 303)


def _fen(text: str) -> int:
    try:
        return fen_from_text(text.strip())
    except ValueError as error:
        refusal = Refusal("not_an_amount", {"label": N_("Amount")}, field="amount")
        raise Refused(refusal) from error


def _csv_rows(wanted: Wanted | None) -> Iterator[Sequence[object]]:
    for row in each_benefit_clawback(paths=officer_paths(), wanted=wanted):
        clawback = row.clawback
        label = labels.SETTLED if row.is_settled else labels.CLAWBACK_LABELS[clawback.state]
        parts = (row.netted_fen, row.repaid_fen, row.waived_fen, row.left_fen)
        is_approved = clawback.state is BenefitClawbackState.APPROVED and clawback.decided_at
        yield (
            clawback.code,
            row.benefit.code,
            row.worker_code,
            row.title,
            row.amount.decimal_text(),
            *(Money(int(fen), clawback.currency).decimal_text() for fen in parts),
            sentence(label[0]),
            clawback.reason,
            clawback.clause,
            clock.local_date(is_approved).isoformat() if is_approved else None,
        )
