"""Accounting months: the checklist, two signatures, the pack."""

from __future__ import annotations

from collections.abc import Callable

from flask import Response as FlaskResponse
from flask import flash, redirect, render_template, send_file, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from marketplace.closing import operations
from marketplace.closing.pack import write_pack
from marketplace.closing.queries import find_last_check, find_pack, get_period_facts
from marketplace.closing.rules import checklist
from marketplace.edge.access import access, fund_officer, officer
from marketplace.edge.answers import flash_refused
from marketplace.edge.officers import officer_paths
from marketplace.edge.paging import asked_page, page_url
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import NotFound, Refused
from marketplace.people.queries import list_user_logins
from marketplace.reporting.periods import (
    count_entries_in,
    count_unsealed_in,
    get_period,
    list_periods,
)
from marketplace.web.fund_managers.blueprint import blueprint
from marketplace.web.fund_managers.labels import PERIOD_LABELS


@blueprint.get("/periods", endpoint="list_periods")
@access(officer)
def show_periods() -> str:
    """Every month that has entries."""
    return render_template(
        "fund_managers/list_periods.html",
        page=list_periods(asked_page()),
        labels=PERIOD_LABELS,
        page_url=page_url,
    )


@blueprint.get("/periods/<code>")
@access(officer)
def show_period(code: str) -> str:
    """One month: what keeps it open, who signed, its pack."""
    period = get_period(code)
    people = {one for one in (period.closing_by, period.closed_by) if one}
    check = find_last_check(period.id)
    return render_template(
        "fund_managers/show_period.html",
        period=period,
        items=checklist(get_period_facts(period)),
        check=check,
        entries=count_entries_in(period),
        unsealed=count_unsealed_in(period),
        pack=find_pack(period.id),
        logins=list_user_logins(people | ({check.checked_by} if check else set())),
        labels=PERIOD_LABELS,
    )


@blueprint.post("/periods/<code>/check")
@access(fund_officer)
def check_period(code: str) -> Response:
    """Prove everything, sign nothing."""
    return _act(
        code,
        lambda: operations.check_period(code, actor_id=current_user.user_id),
        _("The whole checklist was run."),
    )


@blueprint.post("/periods/<code>/sign")
@access(fund_officer)
def sign_closing(code: str) -> Response:
    """The first signature."""
    return _act(
        code,
        lambda: operations.sign_closing(code, actor_id=current_user.user_id, paths=officer_paths()),
        _("The month is announced to close. Another officer signs next."),
    )


@blueprint.post("/periods/<code>/close")
@access(fund_officer)
def sign_close(code: str) -> Response:
    """The second signature."""
    return _act(
        code,
        lambda: operations.sign_close(code, actor_id=current_user.user_id, paths=officer_paths()),
        _("The month is closed. Corrections are new entries in an open month."),
    )


@blueprint.get("/periods/<code>/pack.zip")
@access(officer)
def download_period_pack(code: str) -> FlaskResponse:
    """Manifest, journal and trial balance of a closed month; 404 while it is open."""
    pack = find_pack(get_period(code).id)
    if pack is None:
        raise NotFound("period_pack", code)
    return send_file(
        write_pack(code, pack.manifest),
        mimetype="application/zip",
        as_attachment=True,
        download_name=f"period-{code}.zip",
    )


def _act(code: str, act: Callable[[], object], done: str) -> Response:
    get_period(code)
    try:
        with write_transaction():
            act()
        flash(done, "success")
    except Refused as refused:
        flash_refused(refused)
    return redirect(url_for("fund_managers.show_period", code=code), 303)
