"""Passkeys (WebAuthn): registered on the security page, used as second step of signing in.

The challenge waits in the browser's signed cookie and is used once. The device must verify its
holder (PIN, finger, face).
"""

from __future__ import annotations

import json
from typing import Any

from flask import Response, flash, jsonify, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response as Answer

from marketplace.edge.access import access, anyone, signed_in
from marketplace.edge.answers import refusal_sentence
from marketplace.edge.extensions import limiter
from marketplace.edge.reasons import show_reasons
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import NotFound, Refusal, Refused
from marketplace.people.operations import add_passkey, remove_passkey, use_passkey
from marketplace.people.queries import find_passkey, get_user, list_passkeys
from marketplace.web.accounts.blueprint import blueprint
from marketplace.web.accounts.forms.passwords import ConfirmForm
from marketplace.web.accounts.pending import continue_sign_in, find_pending

CHALLENGE = "passkey_challenge"


@blueprint.post("/passkeys/options")
@access(signed_in)
def begin_passkey() -> Response:
    """What the browser needs to make a passkey."""
    from marketplace.web.accounts.passkey_protocol import ask_for_new_passkey

    user = get_user(current_user.user_id)
    options, session[CHALLENGE] = ask_for_new_passkey(
        user, site=_site(), name=_("Training Vouchers"), known=list_passkeys(user.id)
    )
    return Response(options, mimetype="application/json")


@blueprint.post("/passkeys")
@access(signed_in)
@limiter.limit("10 per minute")
def register_passkey() -> Any:
    """Keep the public key of a new passkey."""
    from marketplace.web.accounts.passkey_protocol import FAULTS, check_new_passkey

    try:
        answer = json.loads(request.form.get("credential", ""))
        challenge = session.pop(CHALLENGE)  # once
        new = check_new_passkey(answer, challenge=challenge, site=_site(), origin=_origin())
        label = request.form.get("label", "")
        with write_transaction():
            add_passkey(current_user.user_id, **new, label=label)
    except Refused as refused:
        return jsonify(message=refusal_sentence(refused.refusals[0])), 409
    except FAULTS:
        return jsonify(message=_("The passkey could not be checked. Please try again.")), 422
    flash(_("The passkey is set up. It can open your login from now on."), "success")
    return jsonify(next=url_for("accounts.show_security"))


@blueprint.get("/passkeys/<int:passkey_id>/remove")
@access(signed_in)
def show_passkey_removal(passkey_id: int) -> str:
    """Ask for the password before a passkey goes."""
    _require_own(passkey_id)
    return render_template("accounts/remove_passkey.html", form=ConfirmForm())


@blueprint.post("/passkeys/<int:passkey_id>/remove")
@access(signed_in)
@limiter.limit("10 per minute")
def submit_passkey_removal(passkey_id: int) -> str | Answer | tuple[str, int]:
    """Take a passkey away."""
    _require_own(passkey_id)
    form = ConfirmForm()
    if not form.validate_on_submit():
        return render_template("accounts/remove_passkey.html", form=form), 422
    try:
        with write_transaction():
            remove_passkey(current_user.user_id, passkey_id=passkey_id, password=form.password.data)
    except Refused as refused:
        show_reasons(form, refused)
        return render_template("accounts/remove_passkey.html", form=form), 422
    flash(_("The passkey was removed."), "success")
    return redirect(url_for("accounts.show_security"), 303)


def _require_own(passkey_id: int) -> None:
    if passkey_id not in {passkey.id for passkey in list_passkeys(current_user.user_id)}:
        raise NotFound("passkey", passkey_id)


@blueprint.post("/second-factor/passkey/options")
@access(anyone)
@limiter.limit("30 per minute")
def begin_passkey_sign_in() -> Any:
    """What the browser needs to use a passkey."""
    from marketplace.web.accounts.passkey_protocol import ask_for_passkey

    pending = find_pending(factor_shown=False)
    if pending is None:
        return jsonify(message=_("Please start again with your password.")), 401
    known = list_passkeys(pending[0].id)
    options, session[CHALLENGE] = ask_for_passkey(site=_site(), known=known)
    return Response(options, mimetype="application/json")


@blueprint.post("/second-factor/passkey")
@access(anyone)
@limiter.limit("20 per minute")
def submit_passkey() -> Any:
    """Check the passkey's signature and sign in."""
    from marketplace.web.accounts.passkey_protocol import FAULTS, check_passkey

    pending = find_pending(factor_shown=False)
    if pending is None:
        return jsonify(message=_("Please start again with your password.")), 401
    user, way_on = pending
    try:
        answer = json.loads(request.form.get("credential", ""))
        passkey = find_passkey(str(answer["id"]))
        if passkey is None or passkey.user_id != user.id:
            raise Refused(Refusal("second_factor_absent"))
        challenge = session.pop(CHALLENGE)  # once
        sign_count = check_passkey(
            answer, passkey, challenge=challenge, site=_site(), origin=_origin()
        )
    except (Refused, *FAULTS):
        return jsonify(message=_("The passkey could not be checked. Please try again.")), 422
    with write_transaction():
        use_passkey(passkey.id, sign_count=sign_count)
    way = continue_sign_in(get_user(user.id), way_on, factor_shown=True)
    return jsonify(next=way.location)


def _site() -> str:
    """The relying party: the host name without its port."""
    return request.host.rsplit(":", 1)[0]


def _origin() -> str:
    return request.host_url.rstrip("/")
