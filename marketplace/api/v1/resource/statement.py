"""`/api/v1/institution/statement`: what the caller's institution earned. By token only."""

from __future__ import annotations

from typing import Any

from apiflask import APIBlueprint
from flask import current_app

from marketplace.api.v1.schemas import StatementIn, StatementOut
from marketplace.edge.access import access
from marketplace.edge.bearer import caller, token_of_institution_reader
from marketplace.edge.extensions import csrf
from marketplace.foundation.paging import PageRequest
from marketplace.institutions.queries import get_institution
from marketplace.reporting.queries import get_ledger_totals, list_ledger_lines

blueprint = APIBlueprint("api_statement", __name__, url_prefix="/api/v1/institution", tag="money")
csrf.exempt(blueprint)


@blueprint.get("/statement")
@blueprint.input(StatementIn, location="query", arg_name="asked")
@blueprint.output(StatementOut)
@blueprint.doc(
    summary="My institution's statement of account",
    operation_id="show_statement",
    security="bearer",
    responses=[401, 403],
)
@access(token_of_institution_reader)
def show(asked: dict[str, Any]) -> dict[str, Any]:
    """Every entry on what the institution is owed, newest first, each with the balance after it."""
    institution_id = caller().institution_id
    assert institution_id is not None, "the access rule wants institution staff"
    institution = get_institution(institution_id)
    days = {"from_on": asked["from_on"], "to_on": asked["to_on"]}
    ledger_account = f"payable:institution:{institution.code}"
    totals = get_ledger_totals(ledger_account, **days)
    page = list_ledger_lines(ledger_account, PageRequest(asked["page"], asked["size"]), **days)
    return {
        "institution": institution.code,
        "currency": current_app.config["CURRENCY"],
        "opening_fen": totals.opening_fen,
        "earned_fen": totals.credited_fen,
        "paid_out_fen": totals.debited_fen,
        "closing_fen": totals.closing_fen,
        "total": page.total,
        "page": page.number,
        "pages": page.pages,
        "results": [
            {
                "entry_id": line.entry_id,
                "effective_on": line.effective_on,
                "kind": line.kind,
                "key": line.key,
                "earned_fen": line.credited_fen,
                "paid_out_fen": line.debited_fen,
                "balance_fen": line.balance_fen,
            }
            for line in page.items
        ],
    }
