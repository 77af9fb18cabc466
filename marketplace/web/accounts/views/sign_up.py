"""Signing up."""

from __future__ import annotations

from flask import redirect, render_template, session, url_for
from flask_login import current_user, login_user
from werkzeug.wrappers import Response

from marketplace.edge.access import access, anyone
from marketplace.edge.extensions import limiter
from marketplace.edge.identity import CurrentUser
from marketplace.edge.language import choose_locale
from marketplace.edge.reasons import show_reasons
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import Refused
from marketplace.people.operations import register_user
from marketplace.people.rules import PRIVACY_NOTICE_VERSION
from marketplace.web.accounts.blueprint import blueprint
from marketplace.web.accounts.forms.sign_up import SignUpForm

Answer = str | Response | tuple[str, int]


@blueprint.get("/privacy")
@access(anyone)
def show_privacy_notice() -> str:
    """What is kept about people, why, who sees it, and what they can ask for."""
    return render_template("accounts/privacy.html", version=PRIVACY_NOTICE_VERSION)


@blueprint.get("/sign-up")
@access(anyone)
def sign_up() -> Answer:
    """Ask for a login, a password and a name."""
    if current_user.is_authenticated:
        return redirect(url_for("accounts.show_start"))
    return render_template("accounts/sign_up.html", form=SignUpForm())


@blueprint.post("/sign-up")
@access(anyone)
@limiter.limit("10 per minute; 60 per hour")
def submit_sign_up() -> Answer:
    """Make the login and sign it in; next comes the proof of identity."""
    form = SignUpForm()
    if not form.validate_on_submit():
        return render_template("accounts/sign_up.html", form=form), 422
    try:
        with write_transaction():
            user = register_user(
                form.login.data,
                password=form.password.data,
                name=form.name.data,
                locale=choose_locale(),
            )
    except Refused as refused:
        show_reasons(form, refused)
        return render_template("accounts/sign_up.html", form=form), 422
    session.clear()
    login_user(CurrentUser(user))
    session["privacy_notice"] = PRIVACY_NOTICE_VERSION
    return redirect(url_for("accounts.show_identity_number"), 303)
