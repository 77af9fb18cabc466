"""WebAuthn, as `views/passkeys.py` speaks it: what a browser is asked, how its answer is checked.

Loaded when somebody first uses a passkey: the library and its certificate formats take 5 MiB, which
a process that only serves pages does without.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

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

from marketplace.people.models import Passkey, User

FAULTS = (WebAuthnException, ValueError, KeyError, TypeError)
"""A hostile or broken answer of a browser: refused, never a fault of ours."""
Question = tuple[str, str]
"""What the browser is sent, as JSON, and the challenge in it."""


def ask_for_new_passkey(user: User, *, site: str, name: str, known: Sequence[Passkey]) -> Question:
    """For a login; the devices it has already are not asked again."""
    options = generate_registration_options(
        rp_id=site,
        rp_name=name,
        user_name=user.login,
        user_id=user.code.encode(),
        authenticator_selection=AuthenticatorSelectionCriteria(
            user_verification=UserVerificationRequirement.REQUIRED
        ),
        exclude_credentials=_descriptors(known),
    )
    return options_to_json(options), bytes_to_base64url(options.challenge)


def ask_for_passkey(*, site: str, known: Sequence[Passkey]) -> Question:
    """For one of the passkeys of a login."""
    options = generate_authentication_options(
        rp_id=site,
        allow_credentials=_descriptors(known),
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return options_to_json(options), bytes_to_base64url(options.challenge)


def check_new_passkey(answer: Any, *, challenge: str, site: str, origin: str) -> dict[str, Any]:
    """What is kept of a new passkey; one of `FAULTS` when the answer is not in order."""
    verified = verify_registration_response(
        credential=answer,
        expected_challenge=base64url_to_bytes(challenge),
        expected_rp_id=site,
        expected_origin=origin,
        require_user_verification=True,
    )
    return {
        "credential_id": bytes_to_base64url(verified.credential_id),
        "public_key": bytes_to_base64url(verified.credential_public_key),
        "sign_count": verified.sign_count,
    }


def check_passkey(answer: Any, passkey: Passkey, *, challenge: str, site: str, origin: str) -> int:
    """How often the passkey has signed; one of `FAULTS` when the answer is not in order."""
    verified = verify_authentication_response(
        credential=answer,
        expected_challenge=base64url_to_bytes(challenge),
        expected_rp_id=site,
        expected_origin=origin,
        credential_public_key=base64url_to_bytes(passkey.public_key),
        credential_current_sign_count=passkey.sign_count,
        require_user_verification=True,
    )
    return int(verified.new_sign_count)


def _descriptors(known: Sequence[Passkey]) -> list[PublicKeyCredentialDescriptor]:
    return [
        PublicKeyCredentialDescriptor(id=base64url_to_bytes(passkey.credential_id))
        for passkey in known
    ]
