"""What an officer may see: the subtrees of their jurisdictions."""

from __future__ import annotations

from flask_login import current_user

from marketplace.people.states import Role


def officer_paths() -> tuple[str, ...]:
    """Path prefixes within which the reader sees money matters; '' is everywhere."""
    paths: tuple[str, ...] = current_user.paths_of(Role.FUND_OFFICER)
    return ("",) if current_user.has_role(Role.ADMINISTRATOR) else paths


def sees(path: str | None) -> bool:
    """Whether a place lies within the reader's subtrees; what has no place is for everywhere."""
    return any(prefix == "" or (path or "").startswith(prefix) for prefix in officer_paths())


def officer_place_id() -> int | None:
    """The broadest place in which the reader is a fund officer: where their office is."""
    held = [scope for scope in current_user.scopes if scope.role == Role.FUND_OFFICER]
    return min(held, key=lambda scope: len(scope.path)).jurisdiction_id if held else None
