"""Setting up an authenticator: secret as QR code, first code, removal."""

from __future__ import annotations

import io

import pyotp
import segno
from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user, login_user
from markupsafe import Markup
from werkzeug.wrappers import Response

from marketplace.edge.access import access, signed_in
from marketplace.edge.extensions import limiter
from marketplace.edge.identity import CurrentUser
from marketplace.edge.reasons import show_reasons
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import Refused
from marketplace.people.operations import begin_totp, confirm_totp, remove_second_factors
from marketplace.people.queries import find_waiting_totp_secret, get_user
from marketplace.web.accounts.blueprint import blueprint
from marketplace.web.accounts.forms.passwords import ConfirmForm
from marketplace.web.accounts.forms.sign_in import CodeForm
from marketplace.web.accounts.views.recovery_codes import show_new_codes

Answer = str | Response | tuple[str, int]
SECURITY = "accounts.show_security"


@blueprint.post("/authenticator/begin")
@access(signed_in)
def begin_authenticator() -> Response:
    """Make the secret; it counts once the first code was right."""
    with write_transaction():
        begin_totp(current_user.user_id)
    return redirect(url_for("accounts.show_authenticator"), 303)


@blueprint.get("/authenticator")
@access(signed_in)
def show_authenticator() -> Answer:
    """The secret as a QR code and in letters; asks for the first code."""
    return _page(CodeForm())


@blueprint.post("/authenticator")
@access(signed_in)
@limiter.limit("10 per minute")
def confirm_authenticator() -> Answer:
    """The first right code switches it on; the answer shows the recovery codes, this once."""
    form = CodeForm()
    if not form.validate_on_submit():
        return _page(form, 422)
    try:
        with write_transaction():
            codes = confirm_totp(current_user.user_id, code=form.code.data)
    except Refused as refused:
        show_reasons(form, refused)
        return _page(form, 422)
    return show_new_codes(codes)


@blueprint.get("/second-factors/remove")
@access(signed_in)
def show_second_factor_removal() -> str:
    """Ask for the password before the protection goes."""
    return render_template("accounts/remove_second_factors.html", form=ConfirmForm())


@blueprint.post("/second-factors/remove")
@access(signed_in)
@limiter.limit("10 per minute")
def submit_second_factor_removal() -> Answer:
    """Take away authenticator and passkeys; other browsers are signed out."""
    form = ConfirmForm()
    if not form.validate_on_submit():
        return render_template("accounts/remove_second_factors.html", form=form), 422
    user_id = current_user.user_id
    try:
        with write_transaction():
            remove_second_factors(user_id, password=form.password.data, actor_id=user_id)
    except Refused as refused:
        show_reasons(form, refused)
        return render_template("accounts/remove_second_factors.html", form=form), 422
    login_user(CurrentUser(get_user(user_id)))
    flash(_("Only the password protects your login now."), "info")
    return redirect(url_for(SECURITY), 303)


def _page(form: CodeForm, status: int = 200) -> Answer:
    secret = find_waiting_totp_secret(current_user.user_id)
    if secret is None:
        return redirect(url_for(SECURITY), 303)
    address = pyotp.TOTP(secret).provisioning_uri(
        name=current_user.login, issuer_name=_("Training Vouchers")
    )
    drawing = io.BytesIO()
    segno.make(address, error="m").save(drawing, kind="svg", scale=5, xmldecl=False, svgns=True)
    page = render_template(
        "accounts/authenticator.html",
        form=form,
        # segno draws paths from our own text: nothing of it is markup from outside.
        drawing=Markup(drawing.getvalue().decode()),  # noqa: S704
        letters=" ".join(secret[start : start + 4] for start in range(0, len(secret), 4)),
    )
    return page, status
