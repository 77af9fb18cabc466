"""The books seen by an officer: a ledger account line by line, and each entry."""

from __future__ import annotations

from flask import Response as FlaskResponse
from flask import render_template
from flask_babel import gettext
from flask_login import current_user

from marketplace.edge.access import access, officer
from marketplace.edge.officers import officer_paths
from marketplace.edge.paging import asked_day, asked_page, page_url
from marketplace.edge.proofs import proof_file
from marketplace.foundation.errors import NotFound
from marketplace.foundation.files import csv_text
from marketplace.foundation.money import Money
from marketplace.funds.queries import (
    find_allotment_by_code,
    find_fund_by_code,
    get_allotment_balances,
)
from marketplace.institutions.queries import find_institution_by_code
from marketplace.ledger.queries import find_account
from marketplace.ledger.sealing.queries import list_sealed
from marketplace.people.states import Role
from marketplace.reporting.labels import ENTRY_LABELS, LEDGER_ACCOUNT_LABELS
from marketplace.reporting.queries import (
    each_ledger_line,
    get_entry_view,
    get_ledger_totals,
    is_entry_in_subtrees,
    is_in_subtrees,
    list_ledger_lines,
)
from marketplace.reporting.trail import trail_of_entry
from marketplace.web.fund_managers.blueprint import blueprint


@blueprint.get("/books/<kind>/<key>")
@access(officer)
def show_ledger_statement(kind: str, key: str) -> str:
    """Every posting on one ledger account, with the balance after it."""
    _guard(kind, key)
    code = f"{kind}:{key}"
    days = {"from_on": asked_day("from"), "to_on": asked_day("to")}
    return render_template(
        "fund_managers/show_ledger_statement.html",
        kind=kind,
        key=key,
        owner=_owner_in_words(kind, key),
        lines=list_ledger_lines(code, asked_page(size=50), **days),
        totals=get_ledger_totals(code, **days),
        days=days,
        entry_labels=ENTRY_LABELS,
        kind_labels=LEDGER_ACCOUNT_LABELS,
        page_url=page_url,
    )


@blueprint.get("/books/<kind>/<key>/csv")
@access(officer)
def download_ledger_statement(kind: str, key: str) -> FlaskResponse:
    """The same as a spreadsheet."""
    _guard(kind, key)
    header = [
        gettext("Date"),
        gettext("Entry"),
        gettext("What happened"),
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
            f"{kind}:{key}", from_on=asked_day("from"), to_on=asked_day("to")
        )
    )
    text = "".join(csv_text(header, rows))
    answer = FlaskResponse(text, mimetype="text/csv")
    answer.headers["Content-Disposition"] = f'attachment; filename="{key}.csv"'
    return answer


@blueprint.get("/entries/<int:entry_id>")
@access(officer)
def show_entry(entry_id: int) -> str:
    """One entry: what happened, both sides, links to each ledger account."""
    entry = get_entry_view(entry_id)
    if not is_entry_in_subtrees(entry, paths=officer_paths()):
        raise NotFound("entry")
    return render_template(
        "fund_managers/show_entry.html",
        entry=entry,
        trail=trail_of_entry(entry_id) if current_user.has_role(Role.FUND_OFFICER) else (),
        is_sealed=bool(list_sealed([entry_id])),
        entry_labels=ENTRY_LABELS,
        kind_labels=LEDGER_ACCOUNT_LABELS,
    )


@blueprint.get("/entries/<int:entry_id>/proof.json")
@access(officer)
def download_entry_proof(entry_id: int) -> FlaskResponse:
    """The proof that an entry stands as it was sealed; 404 while it is not sealed."""
    if not is_entry_in_subtrees(get_entry_view(entry_id), paths=officer_paths()):
        raise NotFound("entry")
    return proof_file(entry_id)


def _guard(kind: str, key: str) -> None:
    known = kind in LEDGER_ACCOUNT_LABELS and find_account(f"{kind}:{key}") is not None
    if not known or not is_in_subtrees(kind, key, paths=officer_paths()):
        raise NotFound("ledger_account")


def _owner_in_words(kind: str, key: str) -> str:
    """Whose money it is: the place and year of an allotment, an institution's name, a fund's."""
    if kind.startswith("allotment:") and (allotment := find_allotment_by_code(key)):
        return f"{get_allotment_balances(allotment).jurisdiction.name} {allotment.fiscal_year}"
    if kind.endswith(":institution") and (institution := find_institution_by_code(key)):
        return institution.name
    if kind.startswith("fund:") and (fund := find_fund_by_code(key)):
        return fund.name
    return key
