"""Benefits owed to people: where each stands, batches of those that can be paid, a download."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from flask import Response as FlaskResponse
from flask import current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from marketplace.benefits import labels
from marketplace.benefits.clawbacks.labels import CLAWBACK_LABELS
from marketplace.benefits.clawbacks.queries.listing import list_clawbacks_of_benefit
from marketplace.benefits.operations import name_worker_bank_account, withdraw_benefit
from marketplace.benefits.states import BenefitKind
from marketplace.edge.access import access, fund_officer
from marketplace.edge.answers import flash_refused
from marketplace.edge.bank_account_form import BankAccountForm
from marketplace.edge.downloads import attachment
from marketplace.edge.formats import sentence
from marketplace.edge.officers import officer_paths
from marketplace.edge.paging import asked_page, page_url
from marketplace.edge.reasons import show_reasons
from marketplace.foundation import clock
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import N_, NotFound, Refused
from marketplace.foundation.files import csv_text
from marketplace.payouts.persons.labels import STAGE_LABELS
from marketplace.payouts.persons.operations import RAILS_TO_PEOPLE, prepare_benefit_batch
from marketplace.payouts.persons.queries import (
    BATCH_MAX,
    BenefitRow,
    each_benefit,
    get_benefit_row,
    list_attempts_of_benefit,
    list_benefits,
    list_ids_of_codes,
    list_ready_ids,
    sum_by_stage,
)
from marketplace.payouts.persons.rules import Stage
from marketplace.payouts.states import RailName
from marketplace.people.queries import list_user_logins
from marketplace.reconciliation.queries.undoing import list_lines_of_payouts
from marketplace.web.fund_managers.blueprint import blueprint
from marketplace.web.fund_managers.labels import PAYOUT_LABELS, RAIL_LABELS

CODE_MAX = 40
Answer = str | Response | tuple[str, int]
COLUMNS = (
    N_("Benefit"),
    N_("Kind"),
    N_("Person"),
    N_("Training"),
    N_("Enrollment"),
    N_("Amount"),
    N_("Decided on"),
    N_("State"),
    N_("Bank account"),
    N_("Payout"),
    N_("Bank says"),
    N_("Rules"),
)


@blueprint.get("/benefits", endpoint="list_benefits")
@access(fund_officer)
def list_benefits_to_people() -> str:
    """How much stands where, and each benefit; what can be paid is chosen here."""
    stage, kind, code = _asked()
    return render_template(
        "fund_managers/list_benefits.html",
        sums=sum_by_stage(paths=officer_paths(), currency=current_app.config["CURRENCY"]),
        page=list_benefits(
            asked_page(size=50), paths=officer_paths(), stage=stage, kind=kind, worker_code=code
        ),
        stage=stage,
        kind=kind,
        code=code,
        stages=STAGE_LABELS,
        kinds=labels.KIND_LABELS,
        rails=_rails(),
        batch_max=BATCH_MAX,
        page_url=page_url,
    )


@blueprint.post("/benefits/batches")
@access(fund_officer)
def prepare_benefits() -> Response:
    """The chosen ones, or the oldest of all that can be paid, in one batch (first signature)."""
    rail = request.form.get("rail", RailName.BANK_FILE.value)
    if rail not in _rails():
        raise NotFound("rail", rail)
    chosen = set(request.form.getlist("benefit"))
    try:
        with write_transaction():
            if request.form.get("all"):
                ids = list_ready_ids(paths=officer_paths())
            else:
                ids = list_ids_of_codes(chosen, paths=officer_paths())
                if len(ids) != len(chosen):
                    raise NotFound("benefit")
            code = prepare_benefit_batch(ids, rail=rail, actor_id=current_user.user_id).code
    except Refused as refused:
        flash_refused(refused)
        return redirect(url_for("fund_managers.list_benefits", stage=Stage.READY.value), 303)
    flash(_("The batch is prepared. A second officer signs it next."), "success")
    return redirect(url_for("fund_managers.show_payout_batch", code=code), 303)


@blueprint.get("/benefits/export.csv")
@access(fund_officer)
def export_benefits() -> FlaskResponse:
    """The same list as a spreadsheet: no names, accounts masked."""
    stage = _asked()[0]
    text = "".join(csv_text([sentence(text) for text in COLUMNS], _csv_rows(stage)))
    name = f"benefits-{stage.value if stage else 'all'}-{clock.today().isoformat()}.csv"
    return attachment(text.encode(), media_type="text/csv; charset=utf-8", file_name=name)


@blueprint.get("/benefits/<code>")
@access(fund_officer)
def show_benefit(code: str) -> str:
    """One benefit: why, how much, from which money, every try to pay it."""
    row = get_benefit_row(code, paths=officer_paths())
    benefit = row.benefit
    withdrawn_by = {benefit.withdrawn_by} - {None}
    attempts = list_attempts_of_benefit(benefit.id)
    payout_ids = {attempt.payout_id for attempt, _batch, _masked in attempts}
    return render_template(
        "fund_managers/show_benefit.html",
        row=row,
        attempts=attempts,
        bank_lines=sum(list_lines_of_payouts(payout_ids).values(), []),
        logins=list_user_logins({one for one in withdrawn_by if one is not None}),
        stages=STAGE_LABELS,
        kinds=labels.KIND_LABELS,
        step_words=labels.step_words,
        payout_labels=PAYOUT_LABELS,
        clawbacks=list_clawbacks_of_benefit(benefit.id),
        clawback_labels=CLAWBACK_LABELS,
        takes_account=row.stage in (Stage.NO_ACCOUNT, Stage.CAME_BACK),
        can_withdraw=row.stage
        not in (Stage.IN_BATCH, Stage.SENT, Stage.PAID, Stage.WITHDRAWN, Stage.DECLINED),
        can_claw_back=row.stage in (Stage.PAID, Stage.NETTED),
    )


@blueprint.get("/benefits/<code>/bank-account")
@access(fund_officer)
def show_bank_account_of_person(code: str) -> str:
    """For who has no phone: the account a person shows at the counter."""
    return _bank_account_page(get_benefit_row(code, paths=officer_paths()), BankAccountForm())


@blueprint.post("/benefits/<code>/bank-account")
@access(fund_officer)
def note_bank_account_of_person(code: str) -> Answer:
    """Note it; another officer than this one signs the batch that pays it."""
    row = get_benefit_row(code, paths=officer_paths())
    form = BankAccountForm()
    if not form.validate_on_submit():
        return _bank_account_page(row, form), 422
    name, bank_code = form.named_bank()
    try:
        with write_transaction():
            name_worker_bank_account(
                row.benefit.worker_id,
                number=form.number.data,
                bank_name=name,
                bank_code=bank_code,
                actor_id=current_user.user_id,
            )
    except Refused as refused:
        show_reasons(form, refused)
        return _bank_account_page(row, form), 422
    flash(_("Noted. Another officer than you signs the batch that pays it."), "success")
    return redirect(url_for("fund_managers.show_benefit", code=code), 303)


def _bank_account_page(row: BenefitRow, form: BankAccountForm) -> str:
    return render_template("fund_managers/name_bank_account.html", row=row, form=form)


@blueprint.post("/benefits/<code>/withdraw")
@access(fund_officer)
def withdraw_one_benefit(code: str) -> Response:
    """It is not due after all; the person reads why."""
    benefit_id = get_benefit_row(code, paths=officer_paths()).benefit.id
    try:
        with write_transaction():
            withdraw_benefit(
                benefit_id,
                reason=request.form.get("reason", "")[:1_000],
                actor_id=current_user.user_id,
            )
        flash(_("Withdrawn. The allotment has the money again; the person was told."), "success")
    except Refused as refused:
        flash_refused(refused)
    return redirect(url_for("fund_managers.show_benefit", code=code), 303)


def _asked() -> tuple[Stage | None, BenefitKind | None, str]:
    stage, kind = request.args.get("stage", ""), request.args.get("kind", "")
    return (
        Stage(stage) if stage in tuple(Stage) else None,
        BenefitKind(kind) if kind in tuple(BenefitKind) else None,
        request.args.get("code", "").strip().upper()[:CODE_MAX],
    )


def _rails() -> dict[str, str]:
    """The trial channel exists in demo mode only."""
    return {
        rail.value: RAIL_LABELS[rail.value]
        for rail in RAILS_TO_PEOPLE
        if rail is not RailName.NULL or current_app.config["DEMO"]
    }


def _csv_rows(stage: Stage | None) -> Iterator[Sequence[object]]:
    for row in each_benefit(paths=officer_paths(), stage=stage):
        benefit = row.benefit
        yield (
            benefit.code,
            sentence(labels.KIND_LABELS[benefit.kind]),
            row.worker_code,
            row.title,
            row.enrollment_code,
            row.amount.decimal_text(),
            benefit.decided_on.isoformat(),
            sentence(STAGE_LABELS[row.stage][0]),
            f"{row.bank_name} {row.number_masked}" if row.number_masked else None,
            row.payout.code if row.payout else None,
            row.return_code,
            "; ".join(sorted({step["rule"] for step in benefit.steps})),
        )
