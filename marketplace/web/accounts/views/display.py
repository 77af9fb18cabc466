"""How pages look to this reader: language and print size. Works without a login."""

from __future__ import annotations

from flask import redirect, request
from werkzeug.wrappers import Response

from marketplace.edge import language
from marketplace.edge.access import access, anyone
from marketplace.edge.display import LARGE_PRINT_COOKIE, YEAR, safe_path
from marketplace.web.accounts.blueprint import blueprint


@blueprint.post("/language")
@access(anyone)
def choose_language() -> Response:
    """Keep the chosen language in a cookie and come back to the same page."""
    response = redirect(safe_path(request.form.get("next")), 303)
    chosen = request.form.get("language")
    if chosen in language.LOCALES:
        response.set_cookie(language.COOKIE, chosen, max_age=YEAR, samesite="Lax", httponly=True)
    return response


@blueprint.post("/print-size")
@access(anyone)
def choose_print_size() -> Response:
    """Large print (长辈模式) on or off, kept in a cookie."""
    response = redirect(safe_path(request.form.get("next")), 303)
    if request.form.get("size") == "large":
        response.set_cookie(LARGE_PRINT_COOKIE, "1", max_age=YEAR, samesite="Lax", httponly=True)
    else:
        response.delete_cookie(LARGE_PRINT_COOKIE)
    return response
