"""Reading logins and what they may do."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import func, select

from marketplace.audit.models import AuditEvent
from marketplace.foundation.db import db
from marketplace.foundation.errors import NotFound
from marketplace.foundation.paging import Page, PageRequest
from marketplace.foundation.text import normal_form
from marketplace.jurisdictions.models import Jurisdiction
from marketplace.people.models import Passkey, RecoveryCode, RoleGrant, User
from marketplace.people.states import Role, SecondFactor, UserState

REVEALING_EVENTS = ("worker.id_number_viewed", "document.viewed")


def get_user(user_id: int) -> User:
    """A login by its number."""
    user = db.session.get(User, user_id)
    if user is None:
        raise NotFound("user")
    return user


def lock_user(user_id: int) -> User:
    """A login, held until the unit of work ends."""
    user = db.session.scalar(
        select(User)
        .where(User.id == user_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if user is None:
        raise NotFound("user")
    return user


def find_user_by_login(login: str) -> User | None:
    """A login by its normal form."""
    return db.session.scalar(select(User).where(User.login == login))


def find_user_by_code(code: str) -> User | None:
    """A login by its public code."""
    return db.session.scalar(select(User).where(User.code == code))


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


def list_roles_held(user_ids: Collection[int]) -> dict[int, list[Role]]:
    """The roles in force of some logins, each once, for lists."""
    rows = db.session.execute(
        select(RoleGrant.user_id, RoleGrant.role)
        .where(RoleGrant.user_id.in_(set(user_ids)), RoleGrant.revoked_at.is_(None))
        .order_by(RoleGrant.id)
        .limit(1_000)
    )
    held: dict[int, list[Role]] = {}
    for user_id, role in rows:
        if role not in held.setdefault(user_id, []):
            held[user_id].append(role)
    return held


def list_role_grants(user_id: int) -> list[tuple[RoleGrant, str | None]]:
    """Roles held now or earlier, newest first, each with the name of its place."""
    rows = db.session.execute(
        select(RoleGrant, Jurisdiction.name)
        .outerjoin(Jurisdiction, Jurisdiction.id == RoleGrant.jurisdiction_id)
        .where(RoleGrant.user_id == user_id)
        .order_by(RoleGrant.id.desc())
        .limit(100)
    )
    return [(grant, name) for grant, name in rows]


def is_administrator_left(*, besides: int) -> bool:
    """Whether another login in use may administer the deployment."""
    return (
        db.session.scalar(
            select(RoleGrant.id)
            .join(User, User.id == RoleGrant.user_id)
            .where(
                RoleGrant.role == Role.ADMINISTRATOR,
                RoleGrant.revoked_at.is_(None),
                User.state == UserState.ACTIVE,
                User.id != besides,
            )
            .order_by(RoleGrant.id)
            .limit(1)
        )
        is not None
    )


def search_users(
    text: str, page: PageRequest, *, role: Role | None = None, state: UserState | None = None
) -> Page[User]:
    """Logins that begin with a text or hold it, in alphabetical order."""
    wanted = select(User)
    if words := normal_form(text):
        wanted = wanted.where(User.login.contains(words, autoescape=True))
    if role is not None:
        held = select(RoleGrant.user_id).where(
            RoleGrant.role == role, RoleGrant.revoked_at.is_(None)
        )
        wanted = wanted.where(User.id.in_(held))
    if state is not None:
        wanted = wanted.where(User.state == state)
    total = db.session.scalar(select(func.count()).select_from(wanted.subquery())) or 0
    rows = db.session.scalars(
        wanted.order_by(User.login).offset(page.offset).limit(page.limit)
    ).all()
    return Page(rows, total, page.number, page.limit)


def list_user_logins(user_ids: Collection[int]) -> dict[int, str]:
    """The logins of some users, for pages that name who acted."""
    if not user_ids:
        return {}
    rows = db.session.execute(
        select(User.id, User.login).where(User.id.in_(set(user_ids))).order_by(User.id).limit(500)
    )
    return {user_id: login for user_id, login in rows}


def list_user_names(user_ids: Collection[int]) -> dict[int, str]:
    """The names of some logins, opened; callers mask them for people outside the office."""
    if not user_ids:
        return {}
    rows = db.session.scalars(
        select(User).where(User.id.in_(set(user_ids))).order_by(User.id).limit(500)
    )
    return {user.id: user.name or user.login for user in rows}


def list_passkeys(user_id: int) -> Sequence[Passkey]:
    """The passkeys of a login, oldest first."""
    return db.session.scalars(
        select(Passkey).where(Passkey.user_id == user_id).order_by(Passkey.id).limit(20)
    ).all()


def find_passkey(credential_id: str) -> Passkey | None:
    """A passkey by its credential id (base64url)."""
    return db.session.scalar(select(Passkey).where(Passkey.credential_id == credential_id))


def find_waiting_totp_secret(user_id: int) -> str | None:
    """The secret of an authenticator that is being set up; never one that is in use."""
    user = get_user(user_id)
    return str(user.totp_secret) if user.totp_secret and not user.totp_confirmed_at else None


def list_second_factors(user: User) -> tuple[SecondFactor, ...]:
    """What a login asks for after its password."""
    factors = []
    if user.totp_confirmed_at is not None:
        factors.append(SecondFactor.TOTP)
    if list_passkeys(user.id):
        factors.append(SecondFactor.PASSKEY)
    return tuple(factors)


def find_recovery_code(user_id: int, code_hash: str) -> RecoveryCode | None:
    """A recovery code of a login that was not used yet."""
    return db.session.scalar(
        select(RecoveryCode).where(
            RecoveryCode.user_id == user_id,
            RecoveryCode.code_hash == code_hash,
            RecoveryCode.used_at.is_(None),
        )
    )


def count_recovery_codes_left(user_id: int) -> int:
    """How many recovery codes of a login were not used yet."""
    return (
        db.session.scalar(
            select(func.count())
            .select_from(RecoveryCode)
            .where(RecoveryCode.user_id == user_id, RecoveryCode.used_at.is_(None))
        )
        or 0
    )


def count_reveals_since(actor_id: int, since: datetime) -> int:
    """Of how many things with personal data this login opened the full text since then."""
    distinct = func.count(func.distinct(AuditEvent.subject_code))
    return (
        db.session.scalar(
            select(distinct).where(
                AuditEvent.actor_id == actor_id,
                AuditEvent.event.in_(REVEALING_EVENTS),
                AuditEvent.at > since,
            )
        )
        or 0
    )
