"""Funds: found them, put money in, give it to places."""

from __future__ import annotations

from typing import Any

from flask import current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from marketplace.edge.access import access, administrator
from marketplace.edge.paging import asked_page, page_url
from marketplace.edge.reasons import show_reasons
from marketplace.foundation import clock
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import NotFound, Refused
from marketplace.funds.models import Allotment, Fund
from marketplace.funds.operations import allot_fund, appropriate_fund, create_fund
from marketplace.funds.queries import (
    AllotmentBalances,
    find_allotment_by_code,
    find_fund_by_code,
    get_allotment_balances,
    get_fund_balances,
    list_allotments,
    list_fiscal_years,
    list_forecasts,
    list_funds,
)
from marketplace.jurisdictions.models import Jurisdiction
from marketplace.jurisdictions.queries import (
    find_jurisdiction_by_code,
    list_jurisdictions_matching,
)
from marketplace.web.administrators.blueprint import blueprint
from marketplace.web.administrators.forms.funds import (
    AllotFundForm,
    AppropriateFundForm,
    CreateFundForm,
)

Answer = str | Response | tuple[str, int]


@blueprint.get("/funds", endpoint="list_funds")
@access(administrator)
def show_funds() -> str:
    """Every fund and where its money stands."""
    return render_template(
        "administrators/funds.html", page=list_funds(asked_page()), page_url=page_url
    )


@blueprint.get("/funds/new")
@access(administrator)
def show_fund_form() -> str:
    """Ask for a new fund."""
    return render_template("administrators/create_fund.html", form=CreateFundForm())


@blueprint.post("/funds", endpoint="create_fund")
@access(administrator)
def found_fund() -> Answer:
    """Create an empty fund."""
    form = CreateFundForm()
    if not form.validate_on_submit():
        return render_template("administrators/create_fund.html", form=form), 422
    try:
        with write_transaction():
            fund = create_fund(
                code=form.code.data,
                name=form.name.data,
                purpose=form.purpose.data,
                currency=current_app.config["CURRENCY"],
                actor_id=current_user.user_id,
            )
            code = fund.code
    except Refused as refused:
        show_reasons(form, refused)
        return render_template("administrators/create_fund.html", form=form), 409
    flash(_("The fund was created. It is still empty."), "success")
    return redirect(url_for("administrators.show_fund", code=code), 303)


@blueprint.get("/funds/<code>")
@access(administrator)
def show_fund(code: str) -> str:
    """One fund, its allotments, and what can be done."""
    fund = _fund(code)
    years = list_fiscal_years(fund.id)
    asked = request.args.get("year", "")
    year = int(asked) if asked.isascii() and asked.isdigit() and int(asked) in years else None
    allotments = list_allotments(fund, fiscal_year=year)
    return render_template(
        "administrators/fund.html",
        balances=get_fund_balances(fund),
        allotments=allotments,
        forecasts=list_forecasts(allotments),
        allot_url=_allot_url,
        years=years,
        year=year,
    )


@blueprint.get("/funds/<code>/appropriate")
@access(administrator)
def show_appropriation_form(code: str) -> str:
    """Ask how much is put into a fund."""
    return _appropriation_page(_fund(code), AppropriateFundForm())


@blueprint.post("/funds/<code>/appropriate", endpoint="appropriate_fund")
@access(administrator)
def put_into_fund(code: str) -> Answer:
    """Put money into a fund; the same form again books nothing."""
    fund = _fund(code)
    form = AppropriateFundForm()
    if not form.validate_on_submit():
        return _appropriation_page(fund, form), 422
    try:
        with write_transaction():
            appropriate_fund(
                fund.id,
                amount=form.money(fund.currency),
                key=form.key.data,
                actor_id=current_user.user_id,
                expires_on=form.expires_on.data,
            )
    except Refused as refused:
        show_reasons(form, refused)
        return _appropriation_page(_fund(code), form), 409
    flash(_("The money is in the fund."), "success")
    return redirect(url_for("administrators.show_fund", code=code), 303)


@blueprint.get("/funds/<code>/allot")
@access(administrator)
def show_allotment_form(code: str) -> str:
    """Choose a place, then say how much."""
    source = _source(_fund(code))
    year = source.fiscal_year if source else clock.today().year
    return _allotment_page(code, AllotFundForm(fiscal_year=year))


@blueprint.post("/funds/<code>/allot", endpoint="allot_fund")
@access(administrator)
def give_to_place(code: str) -> Answer:
    """Give a place money; the same form again books nothing."""
    fund, form = _fund(code), AllotFundForm()
    place, source = _place(), _source(fund)
    if place is None:
        raise NotFound("jurisdiction")
    if not form.validate_on_submit():
        return _allotment_page(code, form), 422
    try:
        with write_transaction():
            allot_fund(
                fund.id,
                jurisdiction_id=place.id,
                fiscal_year=form.fiscal_year.data,
                amount=form.money(fund.currency),
                key=form.key.data,
                actor_id=current_user.user_id,
                parent_id=source.id if source else None,
                expires_on=form.expires_on.data,
            )
    except Refused as refused:
        show_reasons(form, refused)
        return _allotment_page(code, form), 409
    flash(_("%(place)s has the money.", place=_place_name()), "success")
    return redirect(url_for("administrators.show_fund", code=code), 303)


def _fund(code: str) -> Fund:
    fund = find_fund_by_code(code)
    if fund is None:
        raise NotFound("fund", code)
    return fund


def _source(fund: Fund) -> Allotment | None:
    """The allotment that passes money on, named in the address; none: the fund itself."""
    code = request.args.get("from", "")
    if not code:
        return None
    allotment = find_allotment_by_code(code)
    if allotment is None or allotment.fund_id != fund.id:
        raise NotFound("allotment", code)
    return allotment


def _place() -> Jurisdiction | None:
    code = request.args.get("place", "")
    return find_jurisdiction_by_code(code) if code else None


def _place_name() -> str:
    place = _place()
    return place.name if place else ""


def _appropriation_page(fund: Fund, form: AppropriateFundForm) -> str:
    return render_template(
        "administrators/appropriate_fund.html", balances=get_fund_balances(fund), form=form
    )


def _allotment_page(code: str, form: AllotFundForm) -> str:
    fund = _fund(code)
    source = _source(fund)
    searched = request.args.get("q", "").strip()[:60]
    return render_template(
        "administrators/allot_fund.html",
        balances=get_fund_balances(fund),
        source=get_allotment_balances(source) if source else None,
        place=_place(),
        searched=searched,
        found=list_jurisdictions_matching(searched, limit=30) if searched else [],
        form=form,
    )


def _allot_url(row: AllotmentBalances) -> str:
    code = request.view_args["code"] if request.view_args else ""
    values: dict[str, Any] = {"code": code, "from": row.allotment.code}
    return url_for("administrators.show_allotment_form", **values)
