"""Where an officer may act: the subtrees of their roles."""

from __future__ import annotations

from flask_login import current_user

from marketplace.people.states import Role


def officer_paths() -> tuple[str, ...]:
    """Jurisdiction paths of a fund officer; '' (everything) for an administrator."""
    if current_user.has_role(Role.ADMINISTRATOR):
        return ("",)
    paths: tuple[str, ...] = current_user.paths_of(Role.FUND_OFFICER)
    return paths
