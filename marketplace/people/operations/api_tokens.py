"""Personal keys to the REST interface."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from datetime import timedelta

from marketplace.audit.operations import record_event
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.errors import NotFound, Refusal, Refused
from marketplace.foundation.ids import new_code
from marketplace.foundation.text import tidy
from marketplace.people import errors as _errors  # noqa: F401  (registers the refusals)
from marketplace.people.models import ApiToken
from marketplace.people.queries.api_tokens import count_live_api_tokens, find_api_token
from marketplace.people.states import TOKEN_DAYS_MAX, ApiScope

PREFIX = "tvm_"
LIVE_TOKENS_MAX = 20
USE_NOTED_EVERY = timedelta(hours=1)


def create_api_token(
    user_id: int, *, name: str, scopes: Sequence[ApiScope], days: int, actor_id: int
) -> tuple[ApiToken, str]:
    """Give a user a token: the row, and the secret itself, which is never seen again.

    Refuses `api_token_name`, `api_token_days` and `too_many_api_tokens`. No entry.
    """
    refusals = []
    if not 1 <= len(tidy(name)) <= 80:
        refusals.append(Refusal("api_token_name", field="name"))
    if not 1 <= days <= TOKEN_DAYS_MAX:
        refusals.append(Refusal("api_token_days", {"days": str(TOKEN_DAYS_MAX)}, field="days"))
    if count_live_api_tokens(user_id) >= LIVE_TOKENS_MAX:
        refusals.append(Refusal("too_many_api_tokens", {"count": str(LIVE_TOKENS_MAX)}))
    if refusals:
        raise Refused(refusals)
    secret = PREFIX + secrets.token_urlsafe(32)
    token = ApiToken(
        code=new_code("TK"),
        user_id=user_id,
        name=tidy(name),
        token_hash=hash_of(secret),
        scopes=sorted({scope.value for scope in scopes}),
        created_at=clock.now(),
        expires_at=clock.now() + timedelta(days=days),
    )
    db.session.add(token)
    db.session.flush()
    record_event(
        "api_token.created", subject_kind="api_token", subject_code=token.code, actor_id=actor_id
    )
    return token, secret


def revoke_api_token(code: str, *, user_id: int, actor_id: int) -> None:
    """End one of a user's own tokens; ending it twice changes nothing."""
    token = find_api_token(code, user_id=user_id)
    if token is None:
        raise NotFound("api token", code)
    if token.revoked_at is not None:
        return
    token.revoked_at = clock.now()
    db.session.flush()
    record_event(
        "api_token.revoked", subject_kind="api_token", subject_code=code, actor_id=actor_id
    )


def note_api_token_use(token: ApiToken) -> None:
    """Remember when a token was last used, by the hour."""
    token.last_used_at = clock.now()
    db.session.flush()


def hash_of(secret: str) -> str:
    """What is kept of a token, and what it is found by."""
    return hashlib.sha256(secret.encode()).hexdigest()
