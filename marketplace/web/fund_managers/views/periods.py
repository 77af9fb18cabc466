"""Accounting months: the checklist, two signatures, the pack."""

from __future__ import annotations

from collections.abc import Callable

from flask import Response as FlaskResponse
from flask import redirect, render_template, request, send_file, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from marketplace.closing import operations
from marketplace.closing.queries import (
    find_last_check,
    find_pack,
    get_period_facts,
    has_books_outside,
)
from marketplace.closing.rules import checklist
from marketplace.edge.access import access, fund_officer, officer
from marketplace.edge.acting import act_or_tell
from marketplace.edge.officers import officer_paths
from marketplace.edge.paging import asked_page, page_url
from marketplace.edge.period_packs import period_pack
from marketplace.foundation.errors import NotFound
from marketplace.people.queries import list_user_logins
from marketplace.reporting.labels import LEDGER_ACCOUNT_LABELS
from marketplace.reporting.owners import name_owners
from marketplace.reporting.periods import (
    count_entries_in,
    count_unsealed_in,
    get_period,
    list_periods,
)
from marketplace.reporting.trial import list_trial_kinds, list_trial_lines
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
    facts = get_period_facts(period)
    return render_template(
        "fund_managers/show_period.html",
        period=period,
        items=checklist(facts),
        earlier_open=facts.earlier_open,
        check=check,
        entries=count_entries_in(period),
        unsealed=count_unsealed_in(period),
        pack=find_pack(period.id),
        logins=list_user_logins(people | ({check.checked_by} if check else set())),
        labels=PERIOD_LABELS,
    )


@blueprint.get("/periods/<code>/books")
@access(officer)
def show_period_books(code: str) -> str:
    """The balances of a month: by kind, and of one kind each ledger account with its entries.

    Sums over all places stand only before officers who see all places.
    """
    period = get_period(code)
    asked = request.args.get("kind", "")
    kind = asked if asked in LEDGER_ACCOUNT_LABELS else ""
    is_whole = not has_books_outside(officer_paths())
    page = list_trial_lines(period, kind, asked_page(size=50)) if is_whole and kind else None
    return render_template(
        "fund_managers/show_period_books.html",
        period=period,
        kind=kind,
        is_whole=is_whole,
        kinds=list_trial_kinds(period) if is_whole and not kind else (),
        page=page,
        owners=name_owners(kind, [line.key for line in page.items]) if page else {},
        kind_labels=LEDGER_ACCOUNT_LABELS,
        page_url=page_url,
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
    """PDF, signed manifest, journal and trial balance of a closed month; 404 while it is open."""
    period = get_period(code)
    pack = find_pack(period.id)
    if pack is None:
        raise NotFound("period_pack", code)
    return send_file(
        period_pack(period, pack),
        mimetype="application/zip",
        as_attachment=True,
        download_name=f"period-{code}.zip",
    )


def _act(code: str, act: Callable[[], object], done: str) -> Response:
    get_period(code)
    act_or_tell(act, done=done)
    return redirect(url_for("fund_managers.show_period", code=code), 303)
