"""The blueprint of this audience, and the places in which the reader inspects."""

from __future__ import annotations

from flask import Blueprint
from flask_login import current_user

from marketplace.people.states import Role

blueprint = Blueprint("inspectors", __name__, url_prefix="/inspection")


def my_paths() -> tuple[str, ...]:
    """Path prefixes of the places in which the reader is an inspector."""
    paths: tuple[str, ...] = current_user.paths_of(Role.INSPECTOR)
    return paths
