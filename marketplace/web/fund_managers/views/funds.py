"""Funds and their allotments, to read."""

from __future__ import annotations

from flask import render_template, request

from marketplace.edge.access import access, officer
from marketplace.edge.officers import officer_paths
from marketplace.edge.paging import asked_page, page_url
from marketplace.foundation.errors import NotFound
from marketplace.funds.lots.queries import list_lots
from marketplace.funds.queries import (
    find_fund_by_code,
    get_fund_balances,
    list_allotments,
    list_fiscal_years,
    list_forecasts,
    list_funds,
)
from marketplace.vouchers.queries.schemes import list_schemes_paid_by
from marketplace.web.fund_managers.blueprint import blueprint


@blueprint.get("/funds", endpoint="list_funds")
@access(officer)
def show_funds() -> str:
    """Every fund and where its money stands."""
    return render_template(
        "fund_managers/funds.html", page=list_funds(asked_page()), page_url=page_url
    )


@blueprint.get("/funds/<code>")
@access(officer)
def show_fund(code: str) -> str:
    """One fund: its allotments within the reader's subtrees."""
    fund = find_fund_by_code(code)
    if fund is None:
        raise NotFound("fund", code)
    years = list_fiscal_years(fund.id)
    asked = request.args.get("year", "")
    year = int(asked) if asked.isascii() and asked.isdigit() and int(asked) in years else None
    allotments = list_allotments(fund, fiscal_year=year, paths=officer_paths())
    return render_template(
        "fund_managers/fund.html",
        balances=get_fund_balances(fund),
        allotments=allotments,
        forecasts=list_forecasts(allotments),
        lots=list_lots(fund_id=fund.id, paths=officer_paths()),
        pays_for=list_schemes_paid_by(fund.id),
        years=years,
        year=year,
    )
