"""The person behind a request, as the pages need them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from flask_login import UserMixin
from sqlalchemy import bindparam, func, select

from marketplace.assessments.queries import find_body_of
from marketplace.employers.queries.employers import find_employer_id_of
from marketplace.foundation.db import db, table_of
from marketplace.foundation.text import is_number
from marketplace.institutions.models import InstitutionMember
from marketplace.institutions.states import MemberRole
from marketplace.jurisdictions.models import Jurisdiction
from marketplace.people.models import RoleGrant, User, Worker
from marketplace.people.states import Role, UserState


@dataclass(frozen=True)
class RoleScope:
    """A role and the subtree it holds in; path empty: the whole deployment."""

    role: Role
    jurisdiction_id: int | None
    path: str


class _Place(NamedTuple):
    """One role of a login, or none, beside what it is everywhere."""

    worker_id: int | None
    institution_id: int | None
    member_role: MemberRole | None
    role: Role | None
    jurisdiction_id: int | None
    path: str


class _Login(NamedTuple):
    """What a request needs of its login, read without an object."""

    id: int
    code: str
    login: str
    name_sealed: str | None
    locale: str
    state: UserState
    login_epoch: int

    @property
    def name(self) -> str | None:
        """Opened where a page shows it."""
        sealed = User.name
        return sealed.open(self.name_sealed, table=User.__tablename__, code=self.code)  # type: ignore[no-any-return]


_FIRST_MEMBERSHIP = (
    select(func.min(InstitutionMember.id))
    .where(InstitutionMember.user_id == User.id, InstitutionMember.left_at.is_(None))
    .correlate(User)
    .scalar_subquery()
)
# Every page asks this, so it is one statement and is built once.
_PLACES = (
    select(
        Worker.id,
        InstitutionMember.institution_id,
        InstitutionMember.role,
        RoleGrant.role,
        RoleGrant.jurisdiction_id,
        func.coalesce(Jurisdiction.path, ""),
    )
    .select_from(User)
    .outerjoin(Worker, Worker.user_id == User.id)
    .outerjoin(InstitutionMember, InstitutionMember.id == _FIRST_MEMBERSHIP)
    .outerjoin(RoleGrant, (RoleGrant.user_id == User.id) & RoleGrant.revoked_at.is_(None))
    .outerjoin(Jurisdiction, Jurisdiction.id == RoleGrant.jurisdiction_id)
    .where(User.id == bindparam("user_id"))
    .order_by(RoleGrant.id)
    .limit(50)
)
_USER = table_of(User)
_LOGIN = _PLACES.with_only_columns(
    *(_USER.c[name] for name in _Login._fields), *_PLACES.selected_columns
)


class CurrentUser(UserMixin):  # type: ignore[misc]
    """What a request may know about its login."""

    def __init__(self, user: User | _Login, places: Sequence[_Place] = ()) -> None:
        if isinstance(user, User):
            self.name = user.name or user.login  # a row may be gone when a page asks
        self._login = user
        self.user_id = user.id
        self.login_epoch = user.login_epoch
        self.login = user.login
        self.locale = user.locale
        places = places or _list_places(user.id)
        self.worker_id = places[0].worker_id
        self.institution_id = places[0].institution_id
        self.is_institution_manager = places[0].member_role == MemberRole.MANAGER
        self.scopes = tuple(
            RoleScope(place.role, place.jurisdiction_id, place.path)
            for place in places
            if place.role is not None
        )

    @cached_property
    def name(self) -> str:
        """The person's name, else the login."""
        return self._login.name or self.login

    @cached_property
    def assessor_id(self) -> int | None:
        """The assessment body the login enters results for; asked for on few pages only."""
        return find_body_of(self.user_id)

    @cached_property
    def employer_id(self) -> int | None:
        """The employer the login acts for; asked for on few pages only."""
        return find_employer_id_of(self.user_id)

    def get_id(self) -> str:
        return f"{self.user_id}:{self.login_epoch}"

    def has_role(self, role: Role) -> bool:
        return any(scope.role == role for scope in self.scopes)

    def paths_of(self, role: Role) -> tuple[str, ...]:
        """Jurisdiction path prefixes in which the role is held."""
        return tuple(scope.path for scope in self.scopes if scope.role == role)


def load_current_user(session_id: str) -> CurrentUser | None:
    """Find the login of a cookie; none when closed or signed out everywhere since."""
    user_id, _, epoch = session_id.partition(":")
    if not (is_number(user_id) and is_number(epoch)):
        return None
    rows = db.session.execute(_LOGIN, {"user_id": int(user_id)}).all()
    width = len(_Login._fields)
    user = _Login(*rows[0][:width]) if rows else None
    if user is None or user.state != UserState.ACTIVE or user.login_epoch != int(epoch):
        return None
    return CurrentUser(user, [_Place(*row[width:]) for row in rows])


def _list_places(user_id: int) -> list[_Place]:
    return [_Place(*row) for row in db.session.execute(_PLACES, {"user_id": user_id})]
