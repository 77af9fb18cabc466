"""Clearing between regions: the month's plan, runs, two signatures, the table as CSV."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from flask import Response as FlaskResponse
from flask import current_app, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from marketplace.clearing import operations
from marketplace.clearing.entries import owed_by_region
from marketplace.clearing.queries import (
    RunRow,
    get_run_row,
    list_dues_of_run,
    list_region_names,
    list_runs,
)
from marketplace.clearing.rules import Pair, gross_pairs, net_positions, transfers_saved
from marketplace.edge.access import access, fund_officer, officer
from marketplace.edge.acting import act_or_tell
from marketplace.edge.answers import flash_refused
from marketplace.edge.officers import officer_paths
from marketplace.edge.paging import asked_page, page_url
from marketplace.foundation import clock
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import Refused
from marketplace.foundation.files import csv_text
from marketplace.foundation.money import Money
from marketplace.ledger.queries import get_balance_fen
from marketplace.web.fund_managers.blueprint import blueprint
from marketplace.web.fund_managers.labels import CLEARING_LABELS


@blueprint.get("/clearing", endpoint="list_clearings")
@access(officer)
def show_clearings() -> str:
    """What is to be cleared for a month, and every run."""
    period_code = request.args.get("period", "") or _last_month()
    plan = None
    try:
        plan = operations.plan_clearing(period_code, currency=current_app.config["CURRENCY"])
    except Refused as refused:
        flash_refused(refused)
    return render_template(
        "fund_managers/list_clearings.html",
        page=list_runs(asked_page()),
        period_code=period_code[:20],
        plan=plan,
        names=_names(plan.pairs) if plan else {},
        labels=CLEARING_LABELS,
        page_url=page_url,
    )


@blueprint.post("/clearing")
@access(fund_officer)
def prepare_clearing() -> Response:
    """Gather a month that is over."""
    try:
        with write_transaction():
            code = operations.prepare_clearing(
                request.form.get("period", ""),
                currency=current_app.config["CURRENCY"],
                actor_id=current_user.user_id,
            ).code
    except Refused as refused:
        flash_refused(refused)
        return redirect(url_for("fund_managers.list_clearings"), 303)
    return redirect(url_for("fund_managers.show_clearing", code=code), 303)


@blueprint.get("/clearing/<code>")
@access(officer)
def show_clearing(code: str) -> str:
    """One run: gross by pair, net by region, what is still to be transferred, who signed."""
    row = get_run_row(code)
    dues = list_dues_of_run(row.run.id)
    pairs, nets = gross_pairs(dues), net_positions(dues)
    return render_template(
        "fund_managers/show_clearing.html",
        row=row,
        pairs=pairs,
        nets=nets,
        open_fen={region: get_balance_fen(owed_by_region(region)) for region in nets},
        saved=transfers_saved(pairs, nets),
        names=_names(pairs),
        labels=CLEARING_LABELS,
    )


@blueprint.get("/clearing/<code>.csv")
@access(officer)
def download_clearing(code: str) -> FlaskResponse:
    """Gross and net as one table."""
    row = get_run_row(code)
    dues = list_dues_of_run(row.run.id)
    pairs = gross_pairs(dues)
    names = _names(pairs)
    header = [
        _("Kind"),
        _("Home region"),
        _("Where the training was taken"),
        _("Lines"),
        _("Amount"),
    ]
    rows = [
        *(
            (_("Gross"), _named(pair.home, names), _named(pair.place, names), pair.lines,
             Money(pair.amount_fen, "").decimal_text())
            for pair in pairs
        ),
        *(
            (_("Net"), _named(region, names), "", "", Money(fen, "").decimal_text())
            for region, fen in net_positions(dues).items()
        ),
    ]  # fmt: skip
    answer = FlaskResponse("".join(csv_text(header, iter(rows))), mimetype="text/csv")
    name = f"clearing-{row.run.period_code}.csv"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


@blueprint.post("/clearing/<code>/sign")
@access(fund_officer)
def sign_clearing(code: str) -> Response:
    """The first signature."""
    return _act(
        code,
        lambda row: operations.sign_clearing(
            row.run.id, actor_id=current_user.user_id, paths=officer_paths()
        ),
        _("Signed. Another officer signs next."),
    )


@blueprint.post("/clearing/<code>/approve")
@access(fund_officer)
def approve_clearing(code: str) -> Response:
    """The second signature."""
    return _act(
        code,
        lambda row: operations.approve_clearing(
            row.run.id, actor_id=current_user.user_id, paths=officer_paths()
        ),
        _("Approved and booked. The regions that owe transfer it; the bank’s lines settle it."),
    )


@blueprint.post("/clearing/<code>/reject")
@access(fund_officer)
def reject_clearing(code: str) -> Response:
    """Send it back with a reason."""
    return _act(
        code,
        lambda row: operations.reject_clearing(
            row.run.id,
            reason=request.form.get("reason", ""),
            actor_id=current_user.user_id,
            paths=officer_paths(),
        ),
        _("Sent back; nothing was booked."),
    )


def _act(code: str, act: Callable[[RunRow], object], done: str) -> Response:
    row = get_run_row(code)
    act_or_tell(lambda: act(row), done=done)
    return redirect(url_for("fund_managers.show_clearing", code=code), 303)


def _names(pairs: Sequence[Pair]) -> dict[str, str]:
    return list_region_names(sorted({code for pair in pairs for code in (pair.home, pair.place)}))


def _named(code: str, names: dict[str, str]) -> str:
    return f"{names.get(code, '')} {code}".strip()


def _last_month() -> str:
    first = clock.today().replace(day=1)
    return f"{first.fromordinal(first.toordinal() - 1):%Y-%m}"
