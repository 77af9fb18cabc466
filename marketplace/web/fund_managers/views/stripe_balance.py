"""The agency's Stripe balance: its proof, what it holds beside our books, differences."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from marketplace.edge.access import access, fund_officer
from marketplace.edge.answers import flash_refused
from marketplace.edge.paging import asked_page, page_url
from marketplace.foundation import clock
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import Refused
from marketplace.jobs.operations import enqueue_job
from marketplace.payouts.balance import labels, operations
from marketplace.payouts.balance.queries import (
    find_missing,
    get_movement,
    list_kind_sums,
    list_last_checks,
    list_movements,
)
from marketplace.payouts.balance.rules import EXPLANATIONS, kind_of
from marketplace.payouts.rails.stripe import find_stripe
from marketplace.payouts.states import BALANCE_JOB, MovementKind, MovementState
from marketplace.people.queries import list_user_logins
from marketplace.web.fund_managers.blueprint import blueprint


@blueprint.get("/stripe-balance")
@access(fund_officer)
def show_stripe_balance() -> str:
    """Proof, sums by kind, differences with owner and age, and what Stripe does not show."""
    asked = request.args.get("state", MovementState.BREAK.value)
    state = MovementState(asked) if asked in {one.value for one in MovementState} else None
    cause = request.args.get("cause", "")
    page = list_movements(
        asked_page(), state=state, cause=cause if cause in labels.CAUSE_LABELS else None
    )
    return render_template(
        "fund_managers/show_stripe_balance.html",
        checks=list_last_checks(),
        sums=list_kind_sums(),
        missing=find_missing(),
        page=page,
        state=state,
        cause=cause,
        logins=list_user_logins({row.owner_id for row in page.items if row.owner_id}),
        labels=labels,
        kind_of=kind_of,
        today=clock.today(),
        local_date=clock.local_date,
        is_configured=find_stripe() is not None,
        page_url=page_url,
    )


@blueprint.post("/stripe-balance/read")
@access(fund_officer)
def read_stripe_balance() -> Response:
    """Ask the runner to read it now."""
    with write_transaction():
        enqueue_job(BALANCE_JOB, payload={}, requested_by=current_user.user_id)
    flash(_("The runner reads the balance within a minute."), "success")
    return redirect(url_for("fund_managers.show_stripe_balance"), 303)


@blueprint.get("/stripe-balance/<movement_id>")
@access(fund_officer)
def show_stripe_movement(movement_id: str) -> str:
    """One line: what Stripe says, what our books say, who explains it."""
    row = get_movement(movement_id)
    people = (row.owner_id, row.explained_by, row.signed_by)
    return render_template(
        "fund_managers/show_stripe_movement.html",
        row=row,
        kind=kind_of(row.kind),
        explanations=EXPLANATIONS,
        explained=MovementKind(row.explanation.partition(":")[0]) if row.explanation else None,
        labels=labels,
        logins=list_user_logins({one for one in people if one is not None}),
    )


@blueprint.post("/stripe-balance/<movement_id>/own")
@access(fund_officer)
def own_stripe_movement(movement_id: str) -> Response:
    """Take a difference on."""
    get_movement(movement_id)
    try:
        with write_transaction():
            operations.own_movement(movement_id, actor_id=current_user.user_id)
        flash(_("The difference is yours now."), "success")
    except Refused as refused:
        flash_refused(refused)
    return _back(movement_id)


@blueprint.post("/stripe-balance/<movement_id>/explain")
@access(fund_officer)
def explain_stripe_movement(movement_id: str) -> Response:
    """Say what it is; another officer signs."""
    get_movement(movement_id)
    asked = request.form.get("kind", "")
    kind = MovementKind(asked) if asked in set(MovementKind) else MovementKind.PAYMENT
    try:
        with write_transaction():
            operations.explain_movement(
                movement_id,
                kind=kind,
                reason=request.form.get("reason", ""),
                actor_id=current_user.user_id,
            )
        flash(_("Explained. Another officer signs it next."), "success")
    except Refused as refused:
        flash_refused(refused)
    return _back(movement_id)


@blueprint.post("/stripe-balance/<movement_id>/sign")
@access(fund_officer)
def sign_stripe_movement(movement_id: str) -> Response:
    """The second signature: it is booked."""
    get_movement(movement_id)
    try:
        with write_transaction():
            operations.sign_explanation(movement_id, actor_id=current_user.user_id)
        flash(_("Signed and booked."), "success")
    except Refused as refused:
        flash_refused(refused)
    return _back(movement_id)


@blueprint.post("/stripe-balance/<movement_id>/return")
@access(fund_officer)
def return_stripe_movement(movement_id: str) -> Response:
    """Send the explanation back with a reason."""
    get_movement(movement_id)
    try:
        with write_transaction():
            operations.return_explanation(
                movement_id,
                reason=request.form.get("reason", ""),
                actor_id=current_user.user_id,
            )
        flash(_("Sent back; the difference is open again."), "success")
    except Refused as refused:
        flash_refused(refused)
    return _back(movement_id)


def _back(movement_id: str) -> Response:
    return redirect(url_for("fund_managers.show_stripe_movement", movement_id=movement_id), 303)
