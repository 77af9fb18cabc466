"""From a total down to the entries that make it."""

from __future__ import annotations

from flask import render_template

from marketplace.edge.access import access, officer
from marketplace.edge.officers import officer_paths, sees
from marketplace.edge.paging import asked_page, page_url
from marketplace.foundation.errors import NotFound
from marketplace.funds.queries import find_allotment_by_code, get_allotment_balances
from marketplace.institutions.queries import find_institution_by_code
from marketplace.jurisdictions.queries import get_jurisdiction
from marketplace.ledger.entries import AccountName
from marketplace.ledger.queries import find_account, get_balance_fen, list_account_lines
from marketplace.vouchers.labels import ACCOUNT_LABELS, ENTRY_LABELS
from marketplace.web.fund_managers.blueprint import blueprint


@blueprint.get("/ledger/<code>", endpoint="show_account_entries")
@access(officer)
def show_ledger_account(code: str) -> str:
    """The entries of one ledger account, newest first, each with the other side."""
    ledger_account = find_account(code)
    if ledger_account is None or not _may_read(ledger_account.kind, code):
        raise NotFound("account", code)
    name = AccountName(ledger_account.kind, code.removeprefix(f"{ledger_account.kind}:"))
    return render_template(
        "fund_managers/account_entries.html",
        account=ledger_account,
        key=name.key,
        owner=_owner_of(ledger_account.kind, name.key),
        balance_fen=get_balance_fen(name),
        page=list_account_lines(code, asked_page(size=50)),
        page_url=page_url,
        account_labels=ACCOUNT_LABELS,
        entry_labels=ENTRY_LABELS,
    )


def _owner_of(kind: str, key: str) -> str | None:
    """Whose money it is, in words: the place and year of an allotment, an institution's name."""
    if kind.startswith("allotment:") and (allotment := find_allotment_by_code(key)):
        return f"{get_allotment_balances(allotment).jurisdiction.name} {allotment.fiscal_year}"
    institution = find_institution_by_code(key) if kind.endswith(":institution") else None
    return institution.name if institution else None


def _may_read(kind: str, code: str) -> bool:
    """Funds are for every officer; allotments and institutions for those of their place."""
    key = code.removeprefix(f"{kind}:")
    if kind.startswith("fund:"):
        return True
    if kind.startswith("allotment:"):
        allotment = find_allotment_by_code(key)
        return allotment is not None and sees(get_allotment_balances(allotment).jurisdiction.path)
    institution = find_institution_by_code(key) if kind.endswith(":institution") else None
    if institution is not None and institution.jurisdiction_id is not None:
        return sees(get_jurisdiction(institution.jurisdiction_id).path)
    return "" in officer_paths()
