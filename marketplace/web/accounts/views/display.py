"""How pages look to this reader: language and print size. Works without a login."""

from __future__ import annotations

from flask import redirect, request
from flask_login import current_user
from werkzeug.wrappers import Response

from marketplace.edge import language
from marketplace.edge.access import access, anyone, signed_in
from marketplace.edge.display import LARGE_PRINT_COOKIE, YEAR, safe_path
from marketplace.foundation.db import write_transaction
from marketplace.people.operations import choose_locale
from marketplace.web.accounts.blueprint import blueprint


@blueprint.post("/language")
@access(anyone)
def choose_language() -> Response:
    """Keep the chosen language, in a cookie and with the login, and come back to the page."""
    response = redirect(language.without_language(safe_path(request.form.get("next"))), 303)
    chosen = request.form.get("language")
    if chosen not in language.LOCALES:
        return response
    if signed_in():
        with write_transaction():
            choose_locale(current_user.user_id, locale=chosen)
    _keep(response, language.COOKIE, chosen)
    return response


@blueprint.post("/print-size")
@access(anyone)
def choose_print_size() -> Response:
    """Large print (长辈模式) on or off, kept in a cookie."""
    response = redirect(safe_path(request.form.get("next")), 303)
    if request.form.get("size") == "large":
        _keep(response, LARGE_PRINT_COOKIE, "1")
    else:
        response.delete_cookie(LARGE_PRINT_COOKIE)
    return response


def _keep(response: Response, name: str, value: str) -> None:
    response.set_cookie(
        name, value, max_age=YEAR, samesite="Lax", httponly=True, secure=request.is_secure
    )
