"""Who may enter: role, institution membership, jurisdiction.

Every route names its rule with `@access(rule)`; a route without one is closed to everybody. An
object that is not the reader's own is `NotFound` (404), so strangers cannot tell it exists.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from flask import abort, current_app, g, redirect, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from marketplace.people.states import Role

Rule = Callable[[], bool]
View = TypeVar("View", bound=Callable[..., object])


def access(rule: Rule) -> Callable[[View], View]:
    """State who may use a route."""

    def mark(view: View) -> View:
        view.access_rule = rule  # type: ignore[attr-defined]
        return view

    return mark


def nobody() -> bool:
    """The rule of a route that names none."""
    return False


def anyone() -> bool:
    """Public."""
    return True


def signed_in() -> bool:
    """Any login."""
    return bool(current_user.is_authenticated)


def job_seeker() -> bool:
    """A login with a worker record."""
    return signed_in() and current_user.worker_id is not None


def institution_staff() -> bool:
    """Staff of an institution; which one is `current_user.institution_id`."""
    return signed_in() and current_user.institution_id is not None


def institution_manager() -> bool:
    """Staff who may sign for the institution."""
    return institution_staff() and current_user.is_institution_manager


def fund_officer() -> bool:
    """Maker or checker of money matters; sees the subtree of their jurisdiction."""
    return signed_in() and current_user.has_role(Role.FUND_OFFICER)


def inspector() -> bool:
    """Visits classes; sees the subtrees of their jurisdictions."""
    return signed_in() and current_user.has_role(Role.INSPECTOR)


def assessor() -> bool:
    """Enters results for an assessment body; which one is `current_user.assessor_id`."""
    return signed_in() and current_user.assessor_id is not None


def employer_staff() -> bool:
    """Acts for an employer; which one is `current_user.employer_id`."""
    return signed_in() and current_user.employer_id is not None


def administrator() -> bool:
    """Runs the deployment: data, users, quarantine."""
    return signed_in() and current_user.has_role(Role.ADMINISTRATOR)


def officer() -> bool:
    """Fund officer or administrator."""
    return fund_officer() or administrator()


def guard_request() -> Response | None:
    """Run before every request: enforce the route's rule, closed by default."""
    if request.endpoint is None or request.endpoint.endswith("static"):
        return None
    view = current_app.view_functions[request.endpoint]
    rule: Rule = getattr(view, "access_rule", nobody)
    if rule() or request.endpoint.startswith("openapi."):
        return None
    if request.path.startswith("/api/"):
        return abort(403 if "bearer" in g and g.bearer is not None else 401)
    if not signed_in() and request.method == "GET":
        return redirect(url_for("accounts.sign_in", next=request.full_path.rstrip("?")))
    return abort(403 if signed_in() else 401)
