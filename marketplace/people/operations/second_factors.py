"""Second factors: an authenticator's codes (TOTP) and passkeys."""

from __future__ import annotations

import pyotp

from marketplace.audit.operations import record_event
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.errors import NotFound, Refusal, Refused
from marketplace.foundation.passwords import password_fits
from marketplace.foundation.text import tidy
from marketplace.notices.operations import send_notice
from marketplace.people.models import Passkey, User
from marketplace.people.operations.recovery_codes import (
    drop_recovery_codes,
    issue_recovery_codes,
)
from marketplace.people.operations.sign_in import is_shut, note_failure
from marketplace.people.queries.users import (
    find_passkey,
    list_passkeys,
    list_second_factors,
    lock_user,
)
from marketplace.people.rules import totp_step


def begin_totp(user_id: int) -> str:
    """Give a login a fresh secret to be put into an authenticator; it counts once confirmed."""
    user = lock_user(user_id)
    if user.totp_confirmed_at is not None:
        raise Refused(Refusal("second_factor_present"))
    if user.totp_secret is None:
        user.totp_secret = pyotp.random_base32()
        db.session.flush()
    return str(user.totp_secret)


def confirm_totp(user_id: int, *, code: str) -> tuple[str, ...]:
    """The first right code proves that the authenticator works; from now on it is asked for.

    Returns ten recovery codes, this once, for the day the device is lost.
    """
    user = lock_user(user_id)
    if user.totp_confirmed_at is not None:
        raise Refused(Refusal("second_factor_present"))
    if user.totp_secret is None:
        raise Refused(Refusal("second_factor_absent"))
    step = totp_step(user.totp_secret, code, at=clock.now(), last_step=user.totp_last_step)
    if step is None:
        raise Refused(Refusal("second_factor_wrong", field="code"))
    user.totp_last_step = step
    user.totp_confirmed_at = clock.now()
    db.session.flush()
    _record("user.totp_confirmed", user, actor_id=user.id)
    return issue_recovery_codes(user)


def use_totp(user_id: int, *, code: str) -> bool:
    """Whether a code opens this login now. A code opens once; a wrong one counts as a failure."""
    user = lock_user(user_id)
    if user.totp_confirmed_at is None or user.totp_secret is None or is_shut(user):
        return False
    step = totp_step(user.totp_secret, code, at=clock.now(), last_step=user.totp_last_step)
    if step is None:
        note_failure(user)
        return False
    user.totp_last_step = step
    db.session.flush()
    return True


def remove_second_factors(user_id: int, *, password: str | None, actor_id: int | None) -> None:
    """Take away authenticator and passkeys: the person with the own password, or an
    administrator (no password) for somebody who lost the device. The person is told."""
    user = lock_user(user_id)
    if user_id == actor_id and not password_fits(password or "", user.password_hash):
        raise Refused(Refusal("password_wrong", field="password"))
    user.totp_secret = None
    user.totp_confirmed_at = None
    for passkey in list_passkeys(user_id):
        db.session.delete(passkey)
    drop_recovery_codes(user_id)
    user.login_epoch += 1
    db.session.flush()
    send_notice(user.id, kind="login.second_factor_removed")
    _record("user.second_factor_removed", user, actor_id=actor_id)


def add_passkey(
    user_id: int, *, credential_id: str, public_key: str, sign_count: int, label: str
) -> Passkey:
    """Register a passkey whose attestation the edge has verified."""
    user = lock_user(user_id)
    if find_passkey(credential_id):
        raise Refused(Refusal("passkey_present"))
    passkey = Passkey(
        user_id=user_id,
        credential_id=credential_id,
        public_key=public_key,
        sign_count=sign_count,
        label=tidy(label)[:60] or "passkey",
        created_at=clock.now(),
    )
    db.session.add(passkey)
    db.session.flush()
    _record("user.passkey_added", user, actor_id=user.id)
    return passkey


def use_passkey(passkey_id: int, *, sign_count: int) -> None:
    """Note the counter of a passkey that just signed; a copied key is told by its counter."""
    db.session.get_one(Passkey, passkey_id).sign_count = sign_count
    db.session.flush()


def remove_passkey(user_id: int, *, passkey_id: int, password: str) -> None:
    """Take away one passkey; needs the password."""
    user = lock_user(user_id)
    passkey = next((key for key in list_passkeys(user_id) if key.id == passkey_id), None)
    if passkey is None:
        raise NotFound("passkey")
    if not password_fits(password, user.password_hash):
        raise Refused(Refusal("password_wrong", field="password"))
    db.session.delete(passkey)
    db.session.flush()
    if not list_second_factors(user):
        drop_recovery_codes(user_id)
    send_notice(user.id, kind="login.second_factor_removed")
    _record("user.passkey_removed", user, actor_id=user.id)


def _record(event: str, user: User, *, actor_id: int | None) -> None:
    record_event(event, subject_kind="user", subject_code=user.code, actor_id=actor_id)
