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
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    UserVerificationRequirement,
)
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
FAULTS = (WebAuthnException, ValueError, KeyError, TypeError)
"""A hostile or broken answer of a browser: refused, never a fault of ours."""


@blueprint.post("/passkeys/options")
@access(signed_in)
def begin_passkey() -> Response:
    """What the browser needs to make a passkey."""
    user = get_user(current_user.user_id)
    options = generate_registration_options(
        rp_id=_site(),
        rp_name=_("Training Vouchers"),
        user_name=user.login,
        user_id=user.code.encode(),
        authenticator_selection=AuthenticatorSelectionCriteria(
            user_verification=UserVerificationRequirement.REQUIRED
        ),
        exclude_credentials=_descriptors(user.id),
    )
    session[CHALLENGE] = bytes_to_base64url(options.challenge)
    return Response(options_to_json(options), mimetype="application/json")


@blueprint.post("/passkeys")
@access(signed_in)
@limiter.limit("10 per minute")
def register_passkey() -> Any:
    """Keep the public key of a new passkey."""
    try:
        answer = json.loads(request.form.get("credential", ""))
        verified = verify_registration_response(
            credential=answer,
            expected_challenge=_challenge(),
            expected_rp_id=_site(),
            expected_origin=_origin(),
            require_user_verification=True,
        )
        with write_transaction():
            add_passkey(
                current_user.user_id,
                credential_id=bytes_to_base64url(verified.credential_id),
                public_key=bytes_to_base64url(verified.credential_public_key),
                sign_count=verified.sign_count,
                label=request.form.get("label", ""),
            )
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
    pending = find_pending(factor_shown=False)
    if pending is None:
        return jsonify(message=_("Please start again with your password.")), 401
    options = generate_authentication_options(
        rp_id=_site(),
        allow_credentials=_descriptors(pending[0].id),
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    session[CHALLENGE] = bytes_to_base64url(options.challenge)
    return Response(options_to_json(options), mimetype="application/json")


@blueprint.post("/second-factor/passkey")
@access(anyone)
@limiter.limit("20 per minute")
def submit_passkey() -> Any:
    """Check the passkey's signature and sign in."""
    pending = find_pending(factor_shown=False)
    if pending is None:
        return jsonify(message=_("Please start again with your password.")), 401
    user, way_on = pending
    try:
        answer = json.loads(request.form.get("credential", ""))
        passkey = find_passkey(str(answer["id"]))
        if passkey is None or passkey.user_id != user.id:
            raise Refused(Refusal("second_factor_absent"))
        verified = verify_authentication_response(
            credential=answer,
            expected_challenge=_challenge(),
            expected_rp_id=_site(),
            expected_origin=_origin(),
            credential_public_key=base64url_to_bytes(passkey.public_key),
            credential_current_sign_count=passkey.sign_count,
            require_user_verification=True,
        )
    except (Refused, *FAULTS):
        return jsonify(message=_("The passkey could not be checked. Please try again.")), 422
    with write_transaction():
        use_passkey(passkey.id, sign_count=verified.new_sign_count)
    way = continue_sign_in(get_user(user.id), way_on, factor_shown=True)
    return jsonify(next=way.location)


def _challenge() -> bytes:
    """The challenge of this browser, once."""
    return base64url_to_bytes(session.pop(CHALLENGE))


def _descriptors(user_id: int) -> list[PublicKeyCredentialDescriptor]:
    return [
        PublicKeyCredentialDescriptor(id=base64url_to_bytes(passkey.credential_id))
        for passkey in list_passkeys(user_id)
    ]


def _site() -> str:
    """The relying party: the host name without its port."""
    return request.host.rsplit(":", 1)[0]


def _origin() -> str:
    return request.host_url.rstrip("/")
