"""Signing in and out."""

from __future__ import annotations

from flask import current_app, redirect, render_template, request, session, url_for
from flask_login import current_user, logout_user
from werkzeug.wrappers import Response

from marketplace.edge.access import access, anyone, signed_in
from marketplace.edge.answers import refusal_sentence
from marketplace.edge.extensions import limiter
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import Refusal
from marketplace.people.operations import check_password, record_sign_in
from marketplace.people.rules import FAILED_LOGINS_MAX, LOCKOUT
from marketplace.web.accounts.blueprint import blueprint
from marketplace.web.accounts.forms.sign_in import SignInForm
from marketplace.web.accounts.pending import continue_sign_in

Answer = str | Response | tuple[str, int]


@blueprint.get("/sign-in")
@access(anyone)
def sign_in() -> Answer:
    """The sign-in page."""
    if current_user.is_authenticated:
        return redirect(url_for("accounts.show_security"))
    form = SignInForm(next=request.args.get("next", ""))
    return _page(form)


@blueprint.post("/sign-in")
@access(anyone)
@limiter.limit("30 per minute; 300 per hour")
def submit_sign_in() -> Answer:
    """Check login and password; all failures look alike."""
    form = SignInForm()
    if not form.validate_on_submit():
        return _page(form), 422
    check = check_password(form.login.data, password=form.password.data)
    with write_transaction():
        user = record_sign_in(check)
    if user is None:
        form.form_errors.append(_failed())
        return _page(form), 422
    return continue_sign_in(user, form.next.data or "")


@blueprint.post("/sign-out")
@access(signed_in)
def sign_out() -> Response:
    """End this browser's sign-in."""
    logout_user()
    session.clear()
    return redirect(url_for("visitors.show_home"), 303)


def _page(form: SignInForm) -> str:
    """The form; in demo mode also who can sign in, so that nobody needs the terminal's lines."""
    logins, password = _demo_logins() if current_app.config["DEMO"] else ([], "")
    return render_template(
        "accounts/sign_in.html", form=form, demo_logins=logins, demo_password=password
    )


def _demo_logins() -> tuple[list[tuple[str, str]], str]:
    """With the password of all; a deployment that is no demo never loads the world's makers."""
    from marketplace.demo.cast import DEMO_PASSWORD
    from marketplace.demo.world import list_logins

    return list_logins(), DEMO_PASSWORD


def _failed() -> str:
    params = {"tries": FAILED_LOGINS_MAX, "minutes": LOCKOUT.seconds // 60}
    return refusal_sentence(Refusal("sign_in_failed", params))
