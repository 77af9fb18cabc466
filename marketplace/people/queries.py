"""Reading users, workers and facts."""

from __future__ import annotations

from sqlalchemy import func, select

from marketplace.foundation.db import db
from marketplace.jurisdictions.models import Jurisdiction
from marketplace.people.models import RoleGrant, User, Worker


def find_worker_id_of_user(user_id: int) -> int | None:
    """The worker record of a login, if it has one."""
    return db.session.scalar(select(Worker.id).where(Worker.user_id == user_id))


def find_user_by_login(login: str) -> User | None:
    """A login by its normal form."""
    return db.session.scalar(select(User).where(User.login == login))


def list_role_scopes(user_id: int) -> list[tuple[RoleGrant, str]]:
    """Roles in force, each with the path of its jurisdiction ('' for the whole deployment)."""
    rows = db.session.execute(
        select(RoleGrant, func.coalesce(Jurisdiction.path, ""))
        .outerjoin(Jurisdiction, Jurisdiction.id == RoleGrant.jurisdiction_id)
        .where(RoleGrant.user_id == user_id, RoleGrant.revoked_at.is_(None))
        .order_by(RoleGrant.id)
        .limit(50)
    )
    return [(grant, path) for grant, path in rows]
