"""Who may do what, where."""

from __future__ import annotations

from sqlalchemy import select

from marketplace.audit.operations import record_event
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.errors import NotFound, Refusal, Refused
from marketplace.people.models import RoleGrant, User
from marketplace.people.operations.users import register_user
from marketplace.people.queries.users import is_administrator_left, lock_user
from marketplace.people.rules import refusals_for_grant
from marketplace.people.states import Role


def grant_role(
    user_id: int, *, role: Role, jurisdiction_id: int | None, actor_id: int | None
) -> RoleGrant:
    """Give a login a role in a place and everything below it; no place: everywhere.

    The same grant again returns the one that exists. Refuses `role_needs_place`: only
    administrators hold their role everywhere.
    """
    if refusals := refusals_for_grant(role, has_place=jurisdiction_id is not None):
        raise Refused(refusals)
    user = lock_user(user_id)
    if earlier := _find_grant(user_id, role, jurisdiction_id):
        return earlier
    grant = RoleGrant(
        user_id=user_id,
        role=role,
        jurisdiction_id=jurisdiction_id,
        granted_by=actor_id,
        granted_at=clock.now(),
    )
    db.session.add(grant)
    db.session.flush()
    record_event(
        "user.role_granted",
        subject_kind="user",
        subject_code=user.code,
        actor_id=actor_id,
        details={"role": role.value, "jurisdiction_id": jurisdiction_id},
    )
    return grant


def create_officer(
    login: str,
    *,
    name: str,
    password: str,
    locale: str,
    role: Role,
    jurisdiction_id: int | None,
    actor_id: int | None,
) -> User:
    """Make a login for an officer with a role and a password that opens one door."""
    user = register_user(login, password=password, name=name, locale=locale)
    user.must_change_password = True
    db.session.flush()
    grant_role(user.id, role=role, jurisdiction_id=jurisdiction_id, actor_id=actor_id)
    return user


def revoke_role(grant_id: int, *, actor_id: int) -> None:
    """Take a role back. Refuses `last_administrator` and `own_login`."""
    grant = db.session.get(RoleGrant, grant_id)
    if grant is None:
        raise NotFound("role grant")
    user = lock_user(grant.user_id)
    if grant.revoked_at is not None:
        return
    if grant.user_id == actor_id:
        raise Refused(Refusal("own_login"))
    if grant.role is Role.ADMINISTRATOR and not is_administrator_left(besides=user.id):
        raise Refused(Refusal("last_administrator"))
    grant.revoked_at = clock.now()
    db.session.flush()
    record_event(
        "user.role_revoked",
        subject_kind="user",
        subject_code=user.code,
        actor_id=actor_id,
        details={"role": grant.role.value, "jurisdiction_id": grant.jurisdiction_id},
    )


def _find_grant(user_id: int, role: Role, jurisdiction_id: int | None) -> RoleGrant | None:
    return db.session.scalar(
        select(RoleGrant).where(
            RoleGrant.user_id == user_id,
            RoleGrant.role == role,
            RoleGrant.jurisdiction_id.is_(None)
            if jurisdiction_id is None
            else RoleGrant.jurisdiction_id == jurisdiction_id,
            RoleGrant.revoked_at.is_(None),
        )
    )
