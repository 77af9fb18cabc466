"""What an officer sees: the subtrees of their jurisdictions, and the page of a list."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from flask import request, url_for
from flask_login import current_user

from marketplace.foundation.paging import PageRequest
from marketplace.people.states import Role


def officer_paths() -> Sequence[str]:
    """Path prefixes of the officer's jurisdictions; an empty one is the whole deployment."""
    paths: Sequence[str] = current_user.paths_of(Role.FUND_OFFICER)
    return paths


def wanted_page(size: int = 20) -> PageRequest:
    """The page asked for in the address."""
    return PageRequest(request.args.get("page", 1, type=int), size)


def page_address(endpoint: str, **values: Any) -> Callable[[int], str]:
    """Addresses of the other pages, filters kept."""
    kept = {name: value for name, value in request.args.items() if name != "page"}
    return lambda number: url_for(endpoint, **{**kept, **values, "page": number})


def wanted_day(name: str) -> date | None:
    """A date of a filter; what is not a date filters nothing."""
    try:
        return date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None
