"""A month of many institutions: all prepared at once, and signed after a look at each."""

from __future__ import annotations

from flask import Response as FlaskResponse
from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from marketplace.edge.access import access, fund_officer
from marketplace.edge.answers import flash_refused, refusal_sentence
from marketplace.edge.downloads import attachment
from marketplace.edge.formats import sentence
from marketplace.edge.officers import officer_paths
from marketplace.edge.paging import asked_page, page_url
from marketplace.foundation import clock
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import NotFound, Refused
from marketplace.foundation.files import csv_text
from marketplace.foundation.money import Money
from marketplace.foundation.stored_refusals import refusal_from
from marketplace.jobs.labels import JOB_STATE_LABELS, JOB_STATE_TONES
from marketplace.jobs.queries import find_job_by_dedupe_key
from marketplace.jobs.states import JobState
from marketplace.settlement.labels import (
    LOOK_FIRST_LABELS,
    ROUND_ACT_LABELS,
    ROUND_OUTCOME_LABELS,
)
from marketplace.settlement.models import SettlementRound
from marketplace.settlement.rounds.operations import JOB_KIND, start_preparation, start_signing
from marketplace.settlement.rounds.queries import (
    get_round_row,
    list_all_round_items,
    list_round_items,
    list_to_sign,
    sum_to_sign,
)
from marketplace.settlement.rules import last_ended_month, period_dates
from marketplace.settlement.states import RoundOutcome
from marketplace.web.fund_managers.blueprint import blueprint

SIGNED_TOGETHER = 100
"""Settlements on one page of those to sign: an officer signs what is on the page."""


@blueprint.post("/settlements/all", endpoint="prepare_all_settlements")
@access(fund_officer)
def prepare_all() -> Response:
    """Every institution of the officer's places that has money of the month."""
    period = request.form.get("period", "")
    try:
        with write_transaction():
            code = start_preparation(
                period, paths=officer_paths(), actor_id=current_user.user_id
            ).code
    except Refused as refused:
        flash_refused(refused)
        return redirect(url_for("fund_managers.list_settlements", period=period), 303)
    return _to_round(code)


@blueprint.get("/settlements/sign", endpoint="list_settlements_to_sign")
@access(fund_officer)
def show_to_sign() -> str:
    """What other officers prepared, with what to look at first."""
    period = request.args.get("period") or last_ended_month(clock.today())
    if period_dates(period) is None:
        raise NotFound("period", period)
    signer = {"paths": officer_paths(), "period_code": period, "signer_id": current_user.user_id}
    return render_template(
        "fund_managers/list_settlements_to_sign.html",
        period=period,
        page=list_to_sign(asked_page(size=SIGNED_TOGETHER), **signer),
        sums=sum_to_sign(**signer),
        look_labels=LOOK_FIRST_LABELS,
        page_url=page_url,
    )


@blueprint.post("/settlements/sign")
@access(fund_officer)
def sign_settlements() -> Response:
    """The second signature on each that is ticked."""
    period = request.form.get("period", "")
    try:
        with write_transaction():
            code = start_signing(
                request.form.getlist("code")[:SIGNED_TOGETHER],
                period_code=period,
                paths=officer_paths(),
                actor_id=current_user.user_id,
            ).code
    except Refused as refused:
        flash_refused(refused)
        return redirect(url_for("fund_managers.list_settlements_to_sign", period=period), 303)
    return _to_round(code)


@blueprint.get("/settlement-rounds/<code>")
@access(fund_officer)
def show_settlement_round(code: str) -> str:
    """How far it is, and what became of each."""
    row = get_round_row(code, paths=officer_paths())
    asked = request.args.get("outcome", "")
    outcome = RoundOutcome(asked) if asked in set(RoundOutcome) else None
    page = list_round_items(row.round.id, asked_page(size=50), outcome=outcome)
    job = find_job_by_dedupe_key(f"{JOB_KIND}:{row.round.code}")
    return render_template(
        "fund_managers/show_settlement_round.html",
        row=row,
        page=page,
        outcome=outcome,
        reasons={
            one.item.id: [refusal_from(stored) for stored in one.item.refusals]
            for one in page.items
        },
        job=job,
        is_working=job is not None and job.state in (JobState.QUEUED, JobState.RUNNING),
        job_labels=JOB_STATE_LABELS,
        job_tones=JOB_STATE_TONES,
        act_labels=ROUND_ACT_LABELS,
        outcome_labels=ROUND_OUTCOME_LABELS,
        page_url=page_url,
    )


@blueprint.get("/settlement-rounds/<code>/items.csv")
@access(fund_officer)
def download_settlement_round(code: str) -> FlaskResponse:
    """The whole round, with every reason."""
    one: SettlementRound = get_round_row(code, paths=officer_paths()).round
    header = [
        _("Institution"),
        _("Amount"),
        _("Currency"),
        _("Result"),
        _("Settlement"),
        _("Reasons"),
    ]
    rows = (
        (
            row.institution_name,
            Money(row.item.amount_fen, row.item.currency).decimal_text(),
            row.item.currency,
            sentence(ROUND_OUTCOME_LABELS[row.item.outcome][0]),
            row.settlement_code or "",
            " ".join(refusal_sentence(refusal_from(stored)) for stored in row.item.refusals),
        )
        for row in list_all_round_items(one.id)
    )
    return attachment(
        "".join(csv_text(header, rows)).encode(),
        media_type="text/csv; charset=utf-8",
        file_name=f"{one.code}.csv",
    )


def _to_round(code: str) -> Response:
    flash(_("This is done in the background, one settlement after the other."), "success")
    return redirect(url_for("fund_managers.show_settlement_round", code=code), 303)
