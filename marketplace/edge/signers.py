"""Who signed, as colleagues know them: the name, with the login beside it.

Queries hand logins to the pages; names are encrypted, so each is opened once in a request.
"""

from __future__ import annotations

from flask import g
from flask_babel import gettext as _

from marketplace.people.queries import find_user_by_login


def signer(login: str | None) -> str:
    """`李国强 (maker)`; what is nobody's login, as a step taken by time, stays as it is."""
    if not login:
        return "–"
    known: dict[str, str | None] = g.setdefault("signers", {})
    if login not in known:
        user = find_user_by_login(login)
        known[login] = user.name if user else None
    name = known[login]
    if not name or name == login:
        return login
    return str(_("%(name)s (%(login)s)", name=name, login=login))
