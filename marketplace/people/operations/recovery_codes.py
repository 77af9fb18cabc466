"""Recovery codes: ten that open a login once each, when authenticator and passkeys are lost."""

from __future__ import annotations

import secrets

from sqlalchemy import delete

from marketplace.audit.operations import record_event
from marketplace.foundation import clock
from marketplace.foundation.crypto import blind_index
from marketplace.foundation.db import db
from marketplace.foundation.errors import Refusal, Refused
from marketplace.foundation.passwords import password_fits
from marketplace.notices.operations import send_notice
from marketplace.people.models import RecoveryCode, User
from marketplace.people.operations.sign_in import is_shut, note_failure
from marketplace.people.queries.users import (
    count_recovery_codes_left,
    find_recovery_code,
    list_second_factors,
    lock_user,
)
from marketplace.people.rules import (
    RECOVERY_CODE_ALPHABET,
    RECOVERY_CODE_GROUPS,
    RECOVERY_CODES,
    normal_recovery_code,
)

PURPOSE = "recovery_code"


def make_recovery_codes(user_id: int, *, password: str) -> tuple[str, ...]:
    """Ten fresh codes for a login with a second factor; earlier ones open nothing any more.

    They are returned this once and kept as keyed hashes. Refuses a wrong password, and a login
    without a second factor (`second_factor_absent`). The person is told.
    """
    user = lock_user(user_id)
    if not password_fits(password, user.password_hash):
        raise Refused(Refusal("password_wrong", field="password"))
    if not list_second_factors(user):
        raise Refused(Refusal("second_factor_absent"))
    codes = issue_recovery_codes(user)
    send_notice(user.id, kind="login.recovery_codes_made")
    return codes


def issue_recovery_codes(user: User) -> tuple[str, ...]:
    """Replace a locked login's codes; the caller has made sure who asks."""
    drop_recovery_codes(user.id)
    codes = tuple(_new_code() for _number in range(RECOVERY_CODES))
    for code in codes:
        db.session.add(
            RecoveryCode(user_id=user.id, code_hash=_hash(user.id, code), created_at=clock.now())
        )
    db.session.flush()
    _record("user.recovery_codes_made", user)
    return codes


def use_recovery_code(user_id: int, *, code: str) -> int | None:
    """How many codes are left after this one opened the login now; None when it does not.

    A code opens once; a wrong one counts as a failure. The person is told of each use.
    """
    user = lock_user(user_id)
    if is_shut(user) or not list_second_factors(user):
        return None
    found = find_recovery_code(user.id, _hash(user.id, code))
    if found is None:
        note_failure(user)
        return None
    found.used_at = clock.now()
    db.session.flush()
    left = count_recovery_codes_left(user.id)
    send_notice(
        user.id,
        kind="login.recovery_code_used",
        params={"left": left},
        link="/account/security",
    )
    _record("user.recovery_code_used", user, left=left)
    return left


def drop_recovery_codes(user_id: int) -> None:
    """Forget a login's codes: they stand in for second factors it no longer has."""
    db.session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))


def _new_code() -> str:
    """Three groups of four letters that read well: 59 bits, behind a password and a lockout."""
    return "-".join(
        "".join(secrets.choice(RECOVERY_CODE_ALPHABET) for _letter in range(4))
        for _group in range(RECOVERY_CODE_GROUPS)
    )


def _hash(user_id: int, code: str) -> str:
    return blind_index(f"{user_id}:{normal_recovery_code(code)}", purpose=PURPOSE)


def _record(event: str, user: User, **details: object) -> None:
    record_event(
        event, subject_kind="user", subject_code=user.code, actor_id=user.id, details=details
    )
