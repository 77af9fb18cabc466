"""Our bank accounts: which place's office keeps each, and so reads its statements."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from marketplace.edge.access import access, administrator
from marketplace.edge.answers import flash_refused
from marketplace.edge.paging import asked_page
from marketplace.edge.places import Places
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import Refusal, Refused
from marketplace.foundation.text import tidy
from marketplace.funds.operations import place_bank_account as give
from marketplace.funds.queries import list_bank_accounts as list_accounts
from marketplace.jurisdictions.queries import find_jurisdiction_by_code
from marketplace.web.administrators.blueprint import blueprint


@blueprint.get("/bank-accounts")
@access(administrator)
def list_bank_accounts() -> str:
    """Every account that a statement was taken in for."""
    return render_template(
        "administrators/bank_accounts.html",
        page=list_accounts(asked_page()),
        name_of=Places.name_of,
    )


@blueprint.post("/bank-accounts/<code>/place")
@access(administrator)
def place_bank_account(code: str) -> Response:
    """Give an account to the office of another place, or to the whole deployment."""
    try:
        with write_transaction():
            give(code, jurisdiction_id=_place_id(), actor_id=current_user.user_id)
        flash(_("The account was given to this place."), "success")
    except Refused as refused:
        flash_refused(refused)
    return redirect(url_for("administrators.list_bank_accounts"), 303)


def _place_id() -> int | None:
    code = tidy(request.form.get("place", ""))
    if not code:
        return None
    if (place := find_jurisdiction_by_code(code)) is None:
        raise Refused(Refusal("place_unknown", {"code": code[:12]}))
    return place.id
