"""Reading personal API tokens."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select

from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.people.models import ApiToken, User
from marketplace.people.states import UserState


def find_api_token(code: str, *, user_id: int) -> ApiToken | None:
    """One of a user's own tokens."""
    return db.session.scalar(
        select(ApiToken).where(ApiToken.code == code, ApiToken.user_id == user_id)
    )


def find_token_and_user(token_hash: str) -> tuple[ApiToken, User] | None:
    """Whose token this is, while it lives and its user does."""
    row = db.session.execute(
        select(ApiToken, User)
        .join(User, User.id == ApiToken.user_id)
        .where(
            ApiToken.token_hash == token_hash,
            ApiToken.revoked_at.is_(None),
            ApiToken.expires_at > clock.now(),
            User.state == UserState.ACTIVE,
        )
    ).one_or_none()
    return None if row is None else (row[0], row[1])


def list_api_tokens(user_id: int) -> Sequence[ApiToken]:
    """A user's tokens, newest first."""
    return db.session.scalars(
        select(ApiToken).where(ApiToken.user_id == user_id).order_by(ApiToken.id.desc()).limit(100)
    ).all()


def count_live_api_tokens(user_id: int) -> int:
    """Tokens of a user that still open something."""
    return (
        db.session.scalar(
            select(func.count())
            .select_from(ApiToken)
            .where(
                ApiToken.user_id == user_id,
                ApiToken.revoked_at.is_(None),
                ApiToken.expires_at > clock.now(),
            )
        )
        or 0
    )
