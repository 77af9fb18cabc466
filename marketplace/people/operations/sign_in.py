"""Signing in: the password is checked first, without holding the database; then it is noted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from marketplace.audit.operations import record_event
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.passwords import hash_is_dated, hash_password, password_fits
from marketplace.people.models import User
from marketplace.people.queries.users import find_user_by_login, lock_user
from marketplace.people.rules import (
    FAILED_LOGINS_MAX,
    LOCKOUT,
    PASSWORD_LENGTH_MAX,
    normal_login,
)
from marketplace.people.states import UserState


@dataclass(frozen=True, slots=True)
class PasswordCheck:
    """What a try found; only `record_sign_in` turns it into an answer."""

    user_id: int | None
    fits: bool
    stored: str | None
    renewed: str | None


def check_password(login: str, *, password: str) -> PasswordCheck:
    """Compare a password. Takes as long for a login that nobody has; changes nothing."""
    user = find_user_by_login(normal_login(login))
    stored = user.password_hash if user else None
    fits = password_fits(password[:PASSWORD_LENGTH_MAX], stored)
    renewed = hash_password(password) if fits and stored and hash_is_dated(stored) else None
    return PasswordCheck(user.id if user else None, fits, stored, renewed)


def record_sign_in(check: PasswordCheck) -> User | None:
    """Note a try and answer who may come in, or nobody.

    Ten failures in a row shut the login for 15 minutes; while it is shut the right password
    does not open it either. The caller tells all failures apart to nobody.
    """
    if check.user_id is None:
        return None
    user = lock_user(check.user_id)
    if is_shut(user) or user.state is not UserState.ACTIVE:
        _record("user.sign_in_refused", user)
        return None
    if not check.fits or user.password_hash != check.stored:
        note_failure(user)
        return None
    user.failed_logins = 0
    user.locked_until = None
    if check.renewed:
        user.password_hash = check.renewed
    db.session.flush()
    _record("user.signed_in", user)
    return user


def note_failure(user: User) -> None:
    """Count a failed try; the tenth in a row shuts the login for a while."""
    if user.locked_until is not None:  # an earlier lock is over: count afresh
        user.locked_until = None
        user.failed_logins = 0
    user.failed_logins += 1
    _record("user.sign_in_failed", user)
    if user.failed_logins >= FAILED_LOGINS_MAX:
        user.locked_until = clock.now() + LOCKOUT
        _record("user.shut_for_a_while", user)
    db.session.flush()


def is_shut(user: User) -> bool:
    """Whether failed tries keep a login shut at this moment."""
    return user.locked_until is not None and user.locked_until > clock.now()


def lockout_minutes() -> int:
    """How long a login stays shut."""
    return int(LOCKOUT / timedelta(minutes=1))


def _record(event: str, user: User) -> None:
    record_event(event, subject_kind="user", subject_code=user.code, actor_id=user.id)
