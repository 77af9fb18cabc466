"""Every page, asked by everybody: never a 500, never somebody else's data.

The pages are those of the URL map, so that a new one joins by itself. A parameter is filled by
the word before it in the path (`/institution/vouchers/<code>`: a voucher of institution A), with
what belongs to A; B must not see it, nor may anybody see what does not exist.
"""

from __future__ import annotations

import pytest

from marketplace.catalog.queries.courses import get_course
from marketplace.edge.identity import CurrentUser
from marketplace.foundation.db import db, write_transaction
from marketplace.people.models import User
from marketplace.people.queries import get_user
from tests.factories.enrollment import make_staff
from tests.factories.institutions import make_accredited_institution
from tests.factories.people import (
    make_administrator,
    make_category_fact,
    make_officer,
    make_user,
    make_worker,
)
from tests.factories.redemption import make_ready_case

FINE = {200, 302, 303, 401, 403, 404, 410}
OWN_CHOICES = {"category", "kind", "act", "filename"}
"""Parameters that name a choice, not somebody's object."""
PRIVATE = ("/me/", "/institution/")


@pytest.fixture
def world(app, now):
    """Institution A with a learner who finished; B, and everybody else, beside it."""
    with write_transaction():
        learner = make_user()
        case = make_ready_case()
        worker_user = make_user()
        worker = make_worker(worker_user)
        fact = make_category_fact(worker)
        other = make_user()
        make_worker(other)
        stranger = make_accredited_institution()
        staff_b = make_staff(stranger.id)
        objects = {
            "vouchers": case.voucher.code,
            "voucher": case.voucher.code,
            "courses": get_course(case.run.course_id).code,
            "course-runs": case.run.code,
            "runs": case.run.code,
            "classes": case.run.code,
            "enrollments": case.enrollment.code,
            "learners": case.enrollment.code,
            "reservations": case.reservation.code,
            "categories": fact.code,
            "institutions": case.institution.code,
            "users": learner.code,
        }
        people = {
            "guest": None,
            "job seeker": worker_user.id,
            "another job seeker": other.id,
            "staff of A": case.staff.id,
            "staff of B": staff_b.id,
            "fund officer": make_officer().id,
            "administrator": make_administrator().id,
        }
    return objects, people


def _pages(app):
    return [
        rule
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ())
        and not rule.endpoint.endswith("static")
        and not rule.endpoint.startswith("openapi.")
    ]


def _path(rule, objects):
    """The page's address with A's objects in it, or with ones that do not exist."""
    parts, real = [], True
    before = ""
    for part in rule.rule.split("/"):
        if part.startswith("<"):
            converter, _, name = part.strip("<>").rpartition(":")
            if converter.startswith("any("):
                value = converter[4:-1].split(",")[0].strip()
            elif converter == "int":
                value, real = "999999", False
            else:
                real = real and before in objects
                value = objects.get(before, "NO-SUCH-1")
            parts.append(value)
        else:
            parts.append(part)
            before = part
    return "/".join(parts), real


def _browser(app, user_id):
    browser = app.test_client()
    if user_id is not None:
        user: User = get_user(user_id)
        with browser.session_transaction() as kept:
            kept["_user_id"] = CurrentUser(user).get_id()
            kept["_fresh"] = True
    return browser


def _ask(app, browser, path):
    db.session.rollback()
    with app.app_context():
        return browser.get(path).status_code


def test_every_page_answers_everybody_properly(app, world):
    objects, people = world
    wrong = []
    for who, user_id in people.items():
        browser = _browser(app, user_id)
        for rule in _pages(app):
            for filled in (objects, {}):
                path, _real = _path(rule, filled)
                status_code = _ask(app, browser, path)
                if status_code not in FINE:
                    wrong.append(f"{who} {path}: {status_code}")
    assert not wrong


def test_what_belongs_to_others_is_not_there(app, world):
    objects, people = world
    seen = []
    for who, prefix in (("another job seeker", "/me/"), ("staff of B", "/institution/")):
        browser = _browser(app, people[who])
        for rule in _pages(app):
            if not rule.rule.startswith(prefix) or not rule.arguments - OWN_CHOICES:
                continue
            path, real = _path(rule, objects)
            status_code = _ask(app, browser, path)
            if real and status_code != 404:
                seen.append(f"{who} {path}: {status_code}")
    assert not seen


def test_a_guest_enters_no_audience(app, world):
    objects, _people = world
    browser = _browser(app, None)
    entered = [
        path
        for rule in _pages(app)
        if rule.rule.startswith((*PRIVATE, "/fund/", "/admin/"))
        and _ask(app, browser, path := _path(rule, objects)[0]) not in (302, 303)
    ]
    assert not entered


def test_audiences_do_not_enter_each_others_pages(app, world):
    """Everybody is tried on the three audiences that are not theirs."""
    objects, people = world
    homes = {
        "job seeker": "/me/",
        "staff of A": "/institution/",
        "fund officer": "/fund/",
        "administrator": "/admin/",
    }
    entered = []
    for who, home in homes.items():
        browser = _browser(app, people[who])
        for rule in _pages(app):
            if rule.rule.startswith(tuple(homes.values())) and not rule.rule.startswith(home):
                path = _path(rule, objects)[0]
                status_code = _ask(app, browser, path)
                if status_code not in (302, 303, 403, 404):
                    entered.append(f"{who} {path}: {status_code}")
    assert not entered
