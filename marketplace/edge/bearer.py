"""Who calls the REST interface: a personal token in `Authorization: Bearer …`, never a cookie."""

from __future__ import annotations

from collections.abc import Callable

from flask import g, request

from marketplace.edge.identity import CurrentUser
from marketplace.foundation import clock
from marketplace.foundation.db import write_transaction
from marketplace.people.operations.api_tokens import (
    USE_NOTED_EVERY,
    hash_of,
    note_api_token_use,
)
from marketplace.people.queries.api_tokens import find_token_and_user
from marketplace.people.states import ApiScope


def bearer() -> CurrentUser | None:
    """The user of the token in this request; none without a living token."""
    if "bearer" not in g:
        g.bearer, g.bearer_scopes = _read()
    return g.bearer  # type: ignore[no-any-return]


def _read() -> tuple[CurrentUser | None, frozenset[str]]:
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not secret:
        return None, frozenset()
    found = find_token_and_user(hash_of(secret.strip()))
    if found is None:
        return None, frozenset()
    token, user = found
    scopes = frozenset(token.scopes)
    caller = CurrentUser(user)
    if token.last_used_at is None or token.last_used_at < clock.now() - USE_NOTED_EVERY:
        with write_transaction():
            again = find_token_and_user(hash_of(secret.strip()))
            if again is not None:
                note_api_token_use(again[0])
    return caller, scopes


def caller() -> CurrentUser:
    """The user of the token, where the access rule has made sure of one."""
    user = bearer()
    assert user is not None, "the access rule let nobody in"
    return user


def token_of_job_seeker() -> bool:
    """A token of a login with a worker record, which may read."""
    return _holds(ApiScope.READ, lambda user: user.worker_id is not None)


def token_of_institution_staff() -> bool:
    """A token of institution staff, which may redeem."""
    return _holds(ApiScope.REDEEM, lambda user: user.institution_id is not None)


def token_of_learning_platform() -> bool:
    """A token of institution staff, which may send online hours and nothing else by that."""
    return _holds(ApiScope.ATTENDANCE, lambda user: user.institution_id is not None)


def token_of_institution_reader() -> bool:
    """A token of institution staff, which may read."""
    return _holds(ApiScope.READ, lambda user: user.institution_id is not None)


def _holds(scope: ApiScope, is_one: Callable[[CurrentUser], bool]) -> bool:
    user = bearer()
    return user is not None and scope.value in g.bearer_scopes and is_one(user)
