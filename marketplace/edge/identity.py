"""The person behind a request, as the pages need them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from flask_login import UserMixin

from marketplace.assessments.queries import find_body_of
from marketplace.foundation.db import db
from marketplace.foundation.text import is_number
from marketplace.institutions.queries import list_memberships_of_user
from marketplace.institutions.states import MemberRole
from marketplace.people.models import User
from marketplace.people.queries import find_worker_id_of_user, list_role_scopes
from marketplace.people.states import Role, UserState


@dataclass(frozen=True)
class RoleScope:
    """A role and the subtree it holds in; path empty: the whole deployment."""

    role: Role
    jurisdiction_id: int | None
    path: str


class CurrentUser(UserMixin):  # type: ignore[misc]
    """What a request may know about its login."""

    def __init__(self, user: User) -> None:
        self.user_id = user.id
        self.login_epoch = user.login_epoch
        self.login = user.login
        self.name: str = user.name or user.login
        self.locale = user.locale
        self.worker_id = find_worker_id_of_user(user.id)
        memberships = list_memberships_of_user(user.id)
        self.institution_id = memberships[0].institution_id if memberships else None
        self.is_institution_manager = bool(memberships) and (
            memberships[0].role == MemberRole.MANAGER
        )
        self.scopes = tuple(
            RoleScope(grant.role, grant.jurisdiction_id, path)
            for grant, path in list_role_scopes(user.id)
        )

    @cached_property
    def assessor_id(self) -> int | None:
        """The assessment body the login enters results for; asked for on few pages only."""
        return find_body_of(self.user_id)

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
    user = db.session.get(User, int(user_id))
    if user is None or user.state != UserState.ACTIVE or user.login_epoch != int(epoch):
        return None
    return CurrentUser(user)
