"""My login: password, second factors, browsers signed in."""

from __future__ import annotations

from flask import flash, redirect, render_template, session, url_for
from flask_babel import gettext as _
from flask_login import current_user, login_user, logout_user
from werkzeug.wrappers import Response

from marketplace.edge.access import access, signed_in
from marketplace.edge.extensions import limiter
from marketplace.edge.identity import CurrentUser
from marketplace.edge.reasons import show_reasons
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import Refused
from marketplace.people.operations import change_password, sign_out_everywhere
from marketplace.people.queries import count_recovery_codes_left, get_user, list_passkeys
from marketplace.people.rules import RECOVERY_CODES_FEW
from marketplace.web.accounts.blueprint import blueprint
from marketplace.web.accounts.forms.passwords import ChangePasswordForm

Answer = str | Response | tuple[str, int]


@blueprint.get("/security")
@access(signed_in)
def show_security() -> str:
    """What protects this login."""
    user = get_user(current_user.user_id)
    return render_template(
        "accounts/security.html",
        user=user,
        passkeys=list_passkeys(current_user.user_id),
        codes_left=count_recovery_codes_left(current_user.user_id),
        codes_few=RECOVERY_CODES_FEW,
    )


@blueprint.get("/password")
@access(signed_in)
def show_password() -> str:
    """Ask for the present and the new password."""
    return render_template("accounts/password.html", form=ChangePasswordForm())


@blueprint.post("/password")
@access(signed_in)
@limiter.limit("10 per minute")
def submit_password() -> Answer:
    """Change the password; all other browsers are signed out."""
    form = ChangePasswordForm()
    if not form.validate_on_submit():
        return render_template("accounts/password.html", form=form), 422
    user_id = current_user.user_id
    try:
        with write_transaction():
            change_password(
                user_id,
                present=form.present.data,
                new=form.password.data,
                actor_id=user_id,
            )
    except Refused as refused:
        show_reasons(form, refused)
        return render_template("accounts/password.html", form=form), 422
    session.clear()
    login_user(CurrentUser(get_user(user_id)))
    flash(_("The password was changed. All other browsers are signed out."), "success")
    return redirect(url_for("accounts.show_security"), 303)


@blueprint.post("/sign-out-everywhere")
@access(signed_in)
def submit_sign_out_everywhere() -> Response:
    """End the sign-in of every browser, this one included."""
    with write_transaction():
        sign_out_everywhere(current_user.user_id, actor_id=current_user.user_id)
    logout_user()
    session.clear()
    flash(_("You are signed out in every browser."), "success")
    return redirect(url_for("accounts.sign_in"), 303)
