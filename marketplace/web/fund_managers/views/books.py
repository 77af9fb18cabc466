"""The books seen by an officer: a ledger account line by line, and each entry."""

from __future__ import annotations

from flask import Response as FlaskResponse
from flask import render_template
from flask_babel import gettext

from marketplace.edge.access import access, fund_officer
from marketplace.foundation.errors import NotFound
from marketplace.foundation.files import csv_text
from marketplace.foundation.money import Money
from marketplace.reporting.labels import ENTRY_LABELS, LEDGER_ACCOUNT_LABELS
from marketplace.reporting.queries import (
    each_ledger_line,
    get_entry_view,
    get_ledger_totals,
    is_entry_in_subtrees,
    is_in_subtrees,
    list_ledger_lines,
)
from marketplace.web.fund_managers.blueprint import blueprint
from marketplace.web.fund_managers.scope import (
    officer_paths,
    page_address,
    wanted_day,
    wanted_page,
)


@blueprint.get("/books/<kind>/<key>")
@access(fund_officer)
def show_ledger_statement(kind: str, key: str) -> str:
    """Every posting on one ledger account, with the balance after it."""
    _guard(kind, key)
    code = f"{kind}:{key}"
    days = {"from_on": wanted_day("from"), "to_on": wanted_day("to")}
    return render_template(
        "fund_managers/show_ledger_statement.html",
        kind=kind,
        key=key,
        lines=list_ledger_lines(code, wanted_page(50), **days),
        totals=get_ledger_totals(code, **days),
        days=days,
        entry_labels=ENTRY_LABELS,
        kind_labels=LEDGER_ACCOUNT_LABELS,
        page_url=page_address("fund_managers.show_ledger_statement", kind=kind, key=key),
    )


@blueprint.get("/books/<kind>/<key>/csv")
@access(fund_officer)
def download_ledger_statement(kind: str, key: str) -> FlaskResponse:
    """The same as a spreadsheet."""
    _guard(kind, key)
    header = [
        gettext("Date"),
        gettext("Entry"),
        gettext("Kind"),
        gettext("Reference"),
        gettext("Debit"),
        gettext("Credit"),
        gettext("Balance"),
    ]
    rows = (
        (
            line.effective_on,
            line.entry_id,
            gettext(ENTRY_LABELS.get(line.kind, line.kind)),
            line.key,
            *(Money(fen, "").decimal_text() for fen in (line.debited_fen, line.credited_fen)),
            Money(line.balance_fen, "").decimal_text(),
        )
        for line in each_ledger_line(
            f"{kind}:{key}", from_on=wanted_day("from"), to_on=wanted_day("to")
        )
    )
    text = "".join(csv_text(header, rows))
    answer = FlaskResponse(text, mimetype="text/csv")
    answer.headers["Content-Disposition"] = f'attachment; filename="{key}.csv"'
    return answer


@blueprint.get("/entries/<int:entry_id>")
@access(fund_officer)
def show_entry(entry_id: int) -> str:
    """One entry: what happened, both sides, links to each ledger account."""
    entry = get_entry_view(entry_id)
    if not is_entry_in_subtrees(entry, paths=officer_paths()):
        raise NotFound("entry")
    return render_template(
        "fund_managers/show_entry.html",
        entry=entry,
        entry_labels=ENTRY_LABELS,
        kind_labels=LEDGER_ACCOUNT_LABELS,
    )


def _guard(kind: str, key: str) -> None:
    if kind not in LEDGER_ACCOUNT_LABELS or not is_in_subtrees(kind, key, paths=officer_paths()):
        raise NotFound("ledger_account")
