"""A browser's pseudonym: a random number in a signed cookie, so that one device is known again.

It says which sign-ins came from the same device and nothing else: no fingerprinting, no address.
Kept in the database only as a keyed fingerprint. A cookie we did not sign counts as none.
"""

from __future__ import annotations

import secrets

from flask import Response, after_this_request, current_app, request

from marketplace.foundation.crypto import blind_index, is_signed, sign

COOKIE = "device"
_PURPOSE = "device cookie"
YEARS_2 = 2 * 365 * 24 * 3600


def device_key() -> str:
    """The pseudonym of the browser behind this request; a new browser is given one."""
    number, _, seal = request.cookies.get(COOKIE, "").partition(".")
    if not (number and len(number) <= 64 and is_signed(number, seal, purpose=_PURPOSE)):
        number = _give_number()
    return blind_index(number, purpose="attendance.device_key")[:32]


def _give_number() -> str:
    number = secrets.token_hex(16)

    @after_this_request
    def keep(response: Response) -> Response:
        response.set_cookie(
            COOKIE,
            f"{number}.{sign(number, purpose=_PURPOSE)}",
            max_age=YEARS_2,
            httponly=True,
            samesite="Lax",
            secure=bool(current_app.config["SESSION_COOKIE_SECURE"]),
        )
        return response

    return number
