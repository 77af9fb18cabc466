"""Whose pages a request is in, and where each kind of person starts."""

from __future__ import annotations

from functools import lru_cache

from flask import current_app, request
from werkzeug.routing import Map

from marketplace.edge.access import (
    administrator,
    assessor,
    employer_staff,
    fund_officer,
    inspector,
    institution_staff,
    job_seeker,
    signed_in,
)

START_PATHS = {
    "job_seekers": "/me/",
    "institution_staff": "/institution/",
    "fund_managers": "/fund/",
    "inspectors": "/inspection/",
    "assessors": "/assessment/",
    "employers": "/employer/",
    "administrators": "/admin/",
    "accounts": "/account/",
    "visitors": "/",
}


def own_audience() -> str:
    """The kind of person who reads: by worker record, membership or role."""
    if not signed_in():
        return "visitors"
    for rule, audience_name in (
        (administrator, "administrators"),
        (fund_officer, "fund_managers"),
        (inspector, "inspectors"),
        (institution_staff, "institution_staff"),
        (job_seeker, "job_seekers"),
        # Last: they ask the database, and only for logins that are nobody of the others.
        (employer_staff, "employers"),
        (assessor, "assessors"),
    ):
        if rule():
            return audience_name
    return "accounts"


def audience() -> str:
    """Whose navigation to show: the one of the page, else the reader's own.

    An administrator reads some pages of the fund managers, yet may not follow all their links.
    """
    inside = request.blueprint
    if inside == "fund_managers" and not fund_officer():
        return own_audience()
    if inside == "job_seekers" and not job_seeker():
        return own_audience()
    if inside in START_PATHS and inside not in ("visitors", "accounts") and signed_in():
        return str(inside)
    return own_audience()


def start_path() -> str:
    """Where the reader's work begins; the front page when those pages do not exist."""
    path = START_PATHS[own_audience()]
    return path if path in _paths(current_app.url_map) else "/"


@lru_cache(maxsize=2)
def _paths(routes: Map) -> frozenset[str]:
    """All addresses without a variable part, as they stand when the first page is shown."""
    return frozenset(rule.rule for rule in routes.iter_rules() if not rule.arguments)


def has_endpoint(endpoint: str) -> bool:
    """Tell whether a page exists, for links between audiences."""
    return endpoint in current_app.view_functions
