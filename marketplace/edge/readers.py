"""Who reads a page about somebody else: written into that person's list of looks."""

from __future__ import annotations

from dataclasses import dataclass

from flask import request
from flask_login import current_user

from marketplace.edge.access import signed_in


@dataclass(frozen=True, slots=True)
class Reader:
    """The login of a request and for whom it works; both empty for a visitor."""

    user_id: int | None
    institution_id: int | None


def reader() -> Reader:
    """Who reads."""
    if not signed_in():
        return Reader(None, None)
    return Reader(current_user.user_id, current_user.institution_id)


def is_look_at(worker_id: int) -> bool:
    """Whether this request shows somebody a person's data: not to the person themself, and not
    when a program only asks whether the page is there (HEAD)."""
    own = signed_in() and current_user.worker_id == worker_id
    return request.method == "GET" and not own
