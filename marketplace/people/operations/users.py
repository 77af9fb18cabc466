"""Logins: made, given new passwords, locked, closed."""

from __future__ import annotations

from sqlalchemy.exc import IntegrityError

from marketplace.audit.operations import record_event
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.errors import Refusal, Refused
from marketplace.foundation.ids import new_code
from marketplace.foundation.passwords import hash_password, password_fits
from marketplace.foundation.text import tidy
from marketplace.notices.operations import send_notice
from marketplace.people.labels import USER_STATE_LABELS
from marketplace.people.models import User
from marketplace.people.queries.users import find_user_by_login, is_administrator_left, lock_user
from marketplace.people.rules import (
    normal_login,
    refusals_for_login,
    refusals_for_name,
    refusals_for_password,
)
from marketplace.people.states import USER_TRANSITIONS, UserState


def register_user(login: str, *, password: str, name: str, locale: str) -> User:
    """Make a login. Refuses what the rules of login, password and name refuse, and
    `login_taken`."""
    chosen = normal_login(login)
    tidy_name = tidy(name)
    refusals = (
        *refusals_for_login(chosen),
        *refusals_for_password(password, login=chosen),
        *refusals_for_name(tidy_name),
    )
    if refusals:
        raise Refused(refusals)
    if find_user_by_login(chosen):
        raise Refused(Refusal("login_taken", field="login"))
    user = User(
        code=new_code("U"),
        login=chosen,
        password_hash=hash_password(password),
        name=tidy_name,
        locale=locale,
        created_at=clock.now(),
    )
    try:
        with db.session.begin_nested():
            db.session.add(user)
    except IntegrityError as error:  # taken between our look and our write
        raise Refused(Refusal("login_taken", field="login")) from error
    _record("user.registered", user, actor_id=user.id)
    return user


def change_password(user_id: int, *, present: str, new: str, actor_id: int) -> None:
    """Give a login a new password; every other browser is signed out and the person is told."""
    user = lock_user(user_id)
    if not password_fits(present, user.password_hash):
        raise Refused(Refusal("password_wrong", field="present"))
    _choose_password(user, new)
    send_notice(user.id, kind="login.password_changed")
    _record("user.password_changed", user, actor_id=actor_id)


def set_initial_password(user_id: int, *, password: str, actor_id: int | None) -> None:
    """An administrator gives a password that only opens the way to choosing an own one."""
    user = lock_user(user_id)
    _choose_password(user, password)
    user.must_change_password = True
    _record("user.password_reset", user, actor_id=actor_id)
    db.session.flush()


def replace_initial_password(user_id: int, *, new: str) -> None:
    """The person chooses the own password after an initial one. Refuses the same again."""
    user = lock_user(user_id)
    _choose_password(user, new)
    _record("user.password_changed", user, actor_id=user.id)


def sign_out_everywhere(user_id: int, *, actor_id: int | None) -> None:
    """End every browser's sign-in of a login, this one included."""
    user = lock_user(user_id)
    user.login_epoch += 1
    _record("user.signed_out_everywhere", user, actor_id=actor_id)
    db.session.flush()


def choose_locale(user_id: int, *, locale: str) -> None:
    """Remember the language a person reads."""
    lock_user(user_id).locale = locale
    db.session.flush()


def lock_login(user_id: int, *, reason: str, actor_id: int) -> None:
    """Shut a login until an administrator opens it again; its browsers are signed out."""
    _change_state(user_id, UserState.LOCKED, "user.locked", reason=reason, actor_id=actor_id)


def unlock_login(user_id: int, *, reason: str, actor_id: int) -> None:
    """Open a login that was shut, by an administrator or after failed passwords."""
    user = lock_user(user_id)
    if user.state is UserState.ACTIVE and (user.failed_logins or user.locked_until):
        user.failed_logins = 0
        user.locked_until = None
        _record("user.unlocked", user, actor_id=actor_id, reason=reason)
        db.session.flush()
        return
    _change_state(user_id, UserState.ACTIVE, "user.unlocked", reason=reason, actor_id=actor_id)


def close_user(user_id: int, *, reason: str, actor_id: int) -> None:
    """End a login for good; its rows stay because the trail names it."""
    _change_state(user_id, UserState.CLOSED, "user.closed", reason=reason, actor_id=actor_id)


def _change_state(
    user_id: int, state: UserState, event: str, *, reason: str, actor_id: int
) -> None:
    user = lock_user(user_id)
    refusals = []
    if state not in USER_TRANSITIONS[user.state]:
        refusals.append(Refusal("user_state", {"state": USER_STATE_LABELS[user.state]}))
    if not tidy(reason):
        refusals.append(Refusal("reason_needed", field="reason"))
    if user_id == actor_id:
        refusals.append(Refusal("own_login"))
    if state is not UserState.ACTIVE and not is_administrator_left(besides=user_id):
        refusals.append(Refusal("last_administrator"))
    if refusals:
        raise Refused(refusals)
    user.state = state
    user.login_epoch += 1
    user.failed_logins = 0
    user.locked_until = None
    _record(event, user, actor_id=actor_id, reason=tidy(reason))
    db.session.flush()


def _choose_password(user: User, new: str) -> None:
    if refusals := refusals_for_password(new, login=user.login):
        raise Refused(refusals)
    if password_fits(new, user.password_hash):
        raise Refused(Refusal("password_same", field="password"))
    user.password_hash = hash_password(new)
    user.must_change_password = False
    user.failed_logins = 0
    user.locked_until = None
    user.login_epoch += 1
    db.session.flush()


def _record(event: str, user: User, *, actor_id: int | None, reason: str | None = None) -> None:
    record_event(
        event, subject_kind="user", subject_code=user.code, actor_id=actor_id, reason=reason
    )
