"""Between the right password and being signed in: what the browser still has to show."""

from __future__ import annotations

from flask import redirect, session, url_for
from flask_login import login_user
from werkzeug.wrappers import Response

from marketplace.edge.audience import start_path
from marketplace.edge.display import safe_path
from marketplace.edge.identity import CurrentUser
from marketplace.foundation import clock
from marketplace.foundation.errors import NotFound
from marketplace.people.models import User
from marketplace.people.queries import get_user, list_second_factors

KEY = "pending_sign_in"
MINUTES = 10


def continue_sign_in(user: User, way_on: str, *, factor_shown: bool = False) -> Response:
    """Lead on to the second factor, to an own password, or in."""
    if list_second_factors(user) and not factor_shown:
        _keep(user, way_on, factor_shown=False)
        return redirect(url_for("accounts.show_second_factor"), 303)
    if user.must_change_password:
        _keep(user, way_on, factor_shown=True)
        return redirect(url_for("accounts.show_new_password"), 303)
    return enter(user, way_on)


def enter(user: User, way_on: str) -> Response:
    """Sign the browser in. A new session: nothing a stranger planted before survives."""
    session.clear()
    login_user(CurrentUser(user))
    return redirect(safe_path(way_on, otherwise=start_path()), 303)


def find_pending(*, factor_shown: bool) -> tuple[User, str] | None:
    """Who showed the right password in this browser within ten minutes, and where to go on."""
    kept = session.get(KEY)
    if not kept or kept["factor_shown"] is not factor_shown:
        return None
    if clock.now().timestamp() - kept["at"] > MINUTES * 60:
        session.pop(KEY)
        return None
    try:
        user = get_user(kept["user_id"])
    except NotFound:
        return None
    return (user, kept["way_on"]) if user.login_epoch == kept["epoch"] else None


def _keep(user: User, way_on: str, *, factor_shown: bool) -> None:
    session.clear()
    session[KEY] = {
        "user_id": user.id,
        "epoch": user.login_epoch,
        "at": clock.now().timestamp(),
        "way_on": way_on,
        "factor_shown": factor_shown,
    }
