"""Which route shows whose object: the table behind the page matrix and the hostile input test.

Every route with a parameter is in OBJECTS_OF, and a test says so. `!` marks a choice of ours (a
kind, an act), everything else names what `tests.factories.matrix.make_world` made.
"""

from __future__ import annotations

import sys
from typing import Any

import pytest
from flask import Flask
from werkzeug.routing import IntegerConverter, Rule
from werkzeug.test import Client
from werkzeug.wrappers import Response

from marketplace.edge import pdf
from marketplace.edge.identity import CurrentUser
from marketplace.foundation.db import db
from marketplace.people.models import User
from marketplace.people.queries import get_user
from tests.factories.matrix import World
from tests.matrix.money import MONEY
from tests.matrix.office import OFFICE
from tests.matrix.people import PEOPLE

OBJECTS_OF: dict[str, dict[str, str]] = {**PEOPLE, **OFFICE, **MONEY}

PUBLIC_OBJECTS = {
    "scheme", "version number", "open course run", "fund", "lesson number", "vacancy", "period",
    "stripe line", "funding source",
    "clearing",
}  # fmt: skip
"""Policies, funds, months and classes everybody of the audience may read."""
OWNERS = {
    "/me/": ("job seeker", "another job seeker"),
    "/institution/": ("staff of A", "staff of B"),
    "/fund/": ("fund officer", "officer of another city"),
    "/inspection/": ("inspector", "inspector of another city"),
    "/assessment/": ("assessor", "assessor of another body"),
    "/employer/": ("assessor", "assessor of another body"),
    "/admin/": ("administrator", None),
    "/account/": ("job seeker", "another job seeker"),
}
"""Audience -> who its objects belong to, and who is of the same kind but a stranger."""

RULES_OF = {
    "guest": {"anyone"},
    "job seeker": {"anyone", "signed_in", "job_seeker"},
    "another job seeker": {"anyone", "signed_in", "job_seeker"},
    "staff of A": {"anyone", "signed_in", "institution_staff", "institution_manager"},
    "staff of B": {"anyone", "signed_in", "institution_staff", "institution_manager"},
    "fund officer": {"anyone", "signed_in", "fund_officer", "officer"},
    "officer of another city": {"anyone", "signed_in", "fund_officer", "officer"},
    "inspector": {"anyone", "signed_in", "inspector"},
    "inspector of another city": {"anyone", "signed_in", "inspector"},
    "assessor": {"anyone", "signed_in", "assessor", "employer_staff"},
    "assessor of another body": {"anyone", "signed_in", "assessor", "employer_staff"},
    "administrator": {"anyone", "signed_in", "administrator", "officer"},
}
"""The access rules each kind of person fulfils; every other route is closed to them."""


def routes(app: Flask, method: str) -> list[Rule]:
    """All routes of a method besides files and the description of the interface."""
    return sorted(
        (
            rule
            for rule in app.url_map.iter_rules()
            if method in (rule.methods or ())
            and not rule.endpoint.endswith("static")
            and not rule.endpoint.startswith("openapi.")
        ),
        key=lambda rule: rule.rule,
    )


def path_of(app: Flask, rule: Rule, world: World) -> str:
    """The address of the route with the objects of the world."""
    values: dict[str, Any] = {
        name: named[1:] if named.startswith("!") else world.objects[named]
        for name, named in OBJECTS_OF.get(rule.endpoint, {}).items()
    }
    for name, converter in rule._converters.items():
        if isinstance(converter, IntegerConverter):
            values[name] = int(values[name])
    return app.url_map.bind("localhost").build(rule.endpoint, values)


def leave_out_pdf(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages that are answered as PDF are drawn, but not laid out: that takes a second of a
    processor in a process of its own, and tells nothing of who may enter or of what is refused."""
    for name, module in list(sys.modules.items()):
        ours = name.startswith("marketplace.") and module is not pdf
        if ours and vars(module).get("pdf_of") is pdf.pdf_of:
            monkeypatch.setattr(module, "pdf_of", str.encode)


def may_enter(app: Flask, rule: Rule, who: str) -> bool:
    """Whether the access rule of the route is of this kind of person."""
    name = app.view_functions[rule.endpoint].access_rule.__name__  # type: ignore[attr-defined]
    return name in RULES_OF[who]


def owner_of(rule: Rule) -> str:
    """Who may open the route; the public pages, anybody."""
    owners = (owner for start, (owner, _) in OWNERS.items() if rule.rule.startswith(start))
    return next(owners, "guest")


def stranger_to(rule: Rule) -> str | None:
    """Somebody of the same kind to whom the object of the route does not belong."""
    named = set(OBJECTS_OF.get(rule.endpoint, {}).values())
    if all(name in PUBLIC_OBJECTS or name.startswith("!") for name in named):
        return None
    strangers = (other for start, (_, other) in OWNERS.items() if rule.rule.startswith(start))
    return next(strangers, None)


def browser_of(app: Flask, user_id: int | None) -> Client:
    """A browser in which this login is signed in."""
    browser = app.test_client()
    if user_id is not None:
        user: User = get_user(user_id)
        with browser.session_transaction() as kept:
            kept["_user_id"] = CurrentUser(user).get_id()
            kept["_fresh"] = True
    return browser


def ask(app: Flask, browser: Client, path: str, method: str = "GET", **sent: Any) -> Any:
    """One request of its own, as in production; a bug is a 500 that says what it was."""
    db.session.rollback()
    try:
        with app.app_context():
            answer = browser.open(path, method=method, buffered=True, **sent)
    except Exception as bug:
        db.session.rollback()
        return Response(f"{type(bug).__name__}: {bug}", 500)
    answer.request.environ["wsgi.input"].close()
    return answer
