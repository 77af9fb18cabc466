"""Reconciliation: do bank, payouts and books agree, and who owns what does not."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_login import current_user
from werkzeug.wrappers import Response

from marketplace.edge.access import access, fund_officer
from marketplace.edge.answers import flash_refused
from marketplace.edge.officers import officer_paths
from marketplace.edge.paging import asked_page, page_url
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import Refused
from marketplace.foundation.text import is_number
from marketplace.ledger.queries import find_account
from marketplace.reconciliation.operations import breaks, matching
from marketplace.reconciliation.operations.proposals import list_proposed
from marketplace.reconciliation.queries.overview import (
    NOBODY,
    BreakFilter,
    get_break_by_code,
    get_reconciliation,
    list_breaks,
)
from marketplace.reconciliation.queries.proposals import (
    count_waiting_proposals,
    list_break_lines,
    list_waiting_break_ids,
)
from marketplace.reconciliation.queries.undoing import count_waiting_undoings
from marketplace.reconciliation.states import BreakState
from marketplace.web.fund_managers.blueprint import blueprint
from marketplace.web.fund_managers.labels import (
    BREAK_LABELS,
    CAUSE_LABELS,
    PROPOSAL_KIND_LABELS,
    RAIL_LABELS,
)

AGES = (7, 30, 90)
"""Days after which a difference deserves a question."""


@blueprint.get("/reconciliation")
@access(fund_officer)
def show_reconciliation() -> str:
    """The verdict in figures, and the differences with cause, owner and age."""
    state = request.args.get("state", BreakState.OPEN.value)
    wanted = {name: request.args.get(name, "") for name in ("cause", "owner", "account", "age")}
    found = list_breaks(
        asked_page(),
        wanted=BreakFilter(
            state=BreakState(state) if state in BREAK_LABELS else None,
            cause=wanted["cause"],
            owner_id={"mine": current_user.user_id, "nobody": NOBODY}.get(wanted["owner"]),
            bank_account=wanted["account"][:40],
            days_open=int(wanted["age"]) if is_number(wanted["age"], digits_max=4) else 0,
        ),
        paths=officer_paths(),
    )
    lines = list_break_lines([row.item.code for row in found.items], paths=officer_paths())
    proposed = list_proposed(
        [line for line in lines if line.item.state == BreakState.OPEN], paths=officer_paths()
    )
    summary = get_reconciliation(paths=officer_paths())
    return render_template(
        "fund_managers/show_reconciliation.html",
        summary=summary,
        booked={rail.rail for rail in summary.rails if find_account(f"clearing:rail:{rail.rail}")},
        breaks=found,
        proposed=proposed,
        waiting=list_waiting_break_ids([row.item.id for row in found.items]),
        to_sign=count_waiting_proposals(paths=officer_paths()),
        to_undo=count_waiting_undoings(paths=officer_paths()),
        kinds=PROPOSAL_KIND_LABELS,
        state=state,
        wanted=wanted,
        ages=AGES,
        labels=BREAK_LABELS,
        causes=CAUSE_LABELS,
        rails=RAIL_LABELS,
        page_url=page_url,
    )


@blueprint.post("/reconciliation/run")
@access(fund_officer)
def run_reconciliation() -> Response:
    """Match open lines again."""
    with write_transaction():
        result = matching.match_now_or_later(actor_id=current_user.user_id)
    if result.waiting:
        flash(
            gettext(
                "%(found)s lines are being booked, %(breaks)s new differences.",
                found=result.waiting,
                breaks=result.breaks_opened,
            ),
            "success",
        )
    else:
        flash(
            gettext(
                "%(matched)s lines matched, %(breaks)s new differences.",
                matched=result.matched,
                breaks=result.breaks_opened,
            ),
            "success",
        )
    return redirect(url_for("fund_managers.show_reconciliation"), 303)


@blueprint.post("/reconciliation/breaks/<code>/take")
@access(fund_officer)
def take_break(code: str) -> Response:
    """Make a difference one's own."""
    item = get_break_by_code(code, paths=officer_paths())
    try:
        with write_transaction():
            breaks.take_break(item.id, actor_id=current_user.user_id)
    except Refused as refused:
        flash_refused(refused)
    return redirect(url_for("fund_managers.show_reconciliation"), 303)
