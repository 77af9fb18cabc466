"""Claims of the institution: what is asked for, why each line stands, when it is paid."""

from __future__ import annotations

from flask import current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from marketplace.claims import labels
from marketplace.claims.operations import assemble as operations
from marketplace.claims.queries.claims import (
    get_claim_row,
    list_claims_of,
    list_objections,
    list_runs_to_claim,
)
from marketplace.claims.queries.dates import get_claim_dates
from marketplace.claims.queries.lines import list_claim_lines
from marketplace.claims.queries.objections import list_objections_to_claim
from marketplace.claims.queries.policy import get_claim_policy
from marketplace.edge.access import access, institution_manager, institution_staff
from marketplace.edge.answers import flash_refused
from marketplace.edge.claim_packs import claim_pack
from marketplace.edge.extensions import limiter
from marketplace.edge.formats import day
from marketplace.edge.paging import asked_page, page_url
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import Refused
from marketplace.institutions.queries import find_verified_payout_account
from marketplace.reporting.payments import list_payments_of_claim
from marketplace.retentions import labels as retention_labels
from marketplace.retentions.queries.classes import list_class_steps
from marketplace.settlement.queries.disputes import list_disputed_claim_lines
from marketplace.web.institution_staff.blueprint import blueprint
from marketplace.web.institution_staff.views.classes import get_own_run


@blueprint.get("/claims", endpoint="list_claims")
@access(institution_staff)
def show_claims() -> str:
    """Finished classes to claim, and every claim with its expected day of payment."""
    return render_template(
        "institution_staff/list_claims.html",
        runs=list_runs_to_claim(current_user.institution_id),
        page=list_claims_of(current_user.institution_id, asked_page()),
        policy=get_claim_policy(),
        labels=labels,
        currency=current_app.config["CURRENCY"],
        page_url=page_url,
    )


@blueprint.post("/claims")
@access(institution_manager)
def assemble_claim() -> Response:
    """Put the claim of a finished class together."""
    run = get_own_run(request.form.get("course_run", ""))
    try:
        with write_transaction():
            code = operations.assemble_claim(run.id, actor_id=current_user.user_id).code
    except Refused as refused:
        flash_refused(refused)
        return redirect(url_for("institution_staff.list_claims"), 303)
    return redirect(url_for("institution_staff.show_claim", code=code), 303)


@blueprint.get("/claims/<code>")
@access(institution_staff)
def show_claim(code: str) -> str:
    """One claim: amount, each line with its reason, the days of every step."""
    row = get_claim_row(code, institution_id=current_user.institution_id)
    runs = list_runs_to_claim(current_user.institution_id)
    return render_template(
        "institution_staff/show_claim.html",
        row=row,
        claim=row.claim,
        lines=list_claim_lines(row.claim.id),
        objections=list_objections(row.claim.id),
        public_objections=list_objections_to_claim(row.claim.id),
        disputed=list_disputed_claim_lines(row.claim.id),
        dates=get_claim_dates(row.claim),
        payments=list_payments_of_claim(row.claim.id),
        can_claim_again=any(run.run_code == row.run_code for run in runs),
        payee=find_verified_payout_account(current_user.institution_id),
        policy=get_claim_policy(),
        steps=list_class_steps(row.claim.course_run_id),
        step_labels=retention_labels,
        labels=labels,
    )


@blueprint.post("/claims/<code>/submit")
@access(institution_manager)
def submit_claim(code: str) -> Response:
    """Ask to be paid."""
    row = get_claim_row(code, institution_id=current_user.institution_id)
    try:
        with write_transaction():
            claim = operations.submit_claim(row.claim.id, actor_id=current_user.user_id)
        flash(
            _("The claim is submitted. It is checked by %(day)s.", day=day(claim.due_on)), "success"
        )
    except Refused as refused:
        flash_refused(refused)
    return redirect(url_for("institution_staff.show_claim", code=code), 303)


@blueprint.get("/claims/<code>/pack.zip")
@access(institution_staff)
@limiter.limit("20 per minute")
def download_claim_pack(code: str) -> Response:
    """The claim as PDF and signed document; 404 before it is submitted."""
    row = get_claim_row(code, institution_id=current_user.institution_id)
    try:
        return claim_pack(row)
    except Refused as refused:
        flash_refused(refused)
        return redirect(url_for("institution_staff.show_claim", code=code), 303)
