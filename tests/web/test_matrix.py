"""Every page and every form, asked by everybody: never a 500, never somebody else's data.

Routes are those of the URL map; whose objects stand in their addresses says `tests.matrix`, and
a route with a parameter that is not in that table fails here.
"""

from __future__ import annotations

import re

import pytest

from tests.conftest import laid_out
from tests.factories.matrix import World, make_world
from tests.matrix import (
    OBJECTS_OF,
    ask,
    browser_of,
    leave_out_pdf,
    may_enter,
    owner_of,
    path_of,
    routes,
    stranger_to,
)
from tests.row_counts import row_counts

ONCE = pytest.mark.sqlite
"""Who may enter is decided before the database is asked; the objects are tried on both engines."""
FINE = {200, 302, 303, 401, 403, 404, 409, 410}
OWN_PAGE = {200, 302, 303}
TURNED_AWAY = {302, 401, 403, 404}
BESIDES = {
    "fund_managers.download_demo_statement": {404},
    "fund_managers.show_demo_bank": {404},
    "job_seekers.show_lesson_sign_in": {409},
    "fund_managers.download_period_pack": {404},
    "fund_managers.download_claim_pack": {404},
    "institution_staff.download_claim_pack": {404},
    "fund_managers.show_dispute": {200, 404},
    "fund_managers.show_redemption": {200, 404},
    "administrators.download_import_corrections": {404},
    "institution_staff.download_own_corrections": {404},
    "api_vouchers.list_own": {401},
    "api_statement.show": {401},
    "api_suggestions.list_own": {401},
}
"""Another answer is right: no demo bank outside the demo, no cookie opens the interface, no code
of a screen is genuine; the world holds no closed month, no submitted claim, no dispute and no
import with problems yet, and its redemptions for settlement have no voucher behind them."""


@pytest.fixture
def world(app, now, monkeypatch) -> World:
    leave_out_pdf(monkeypatch)
    app.config["WTF_CSRF_ENABLED"] = False
    yield laid_out(make_world)
    app.config["WTF_CSRF_ENABLED"] = True


def test_every_parameter_names_whose_object_it_is(app):
    """A new route with a parameter joins the table, or this fails."""
    found = {
        rule.endpoint: set(rule.arguments)
        for method in ("GET", "POST")
        for rule in routes(app, method)
        if rule.arguments
    }
    assert found == {endpoint: set(named) for endpoint, named in OBJECTS_OF.items()}


def test_the_owner_sees_their_own_and_no_full_personal_number(app, world):
    """So that the other tests ask for what is really there."""
    wrong = []
    secrets = re.compile("|".join(map(re.escape, world.secrets.values())))
    browsers = {who: browser_of(app, user_id) for who, user_id in world.people.items()}
    for rule in routes(app, "GET"):
        who = owner_of(rule)
        path = path_of(app, rule, world)
        answer = ask(app, browsers[who], path)
        if answer.status_code not in BESIDES.get(rule.endpoint, OWN_PAGE):
            wrong.append(f"{who} {path}: {answer.status_code} {_bug(answer)}")
        if found := secrets.search(answer.get_data().decode("utf-8", "replace")):
            wrong.append(f"{who} {path} shows {found.group(0)[:4]}…")
    assert not wrong, "\n".join(wrong)


@ONCE
def test_every_page_answers_everybody_properly(app, world):
    wrong = []
    for who, user_id in world.people.items():
        browser = browser_of(app, user_id)
        for rule in routes(app, "GET"):
            path = path_of(app, rule, world)
            answer = ask(app, browser, path)
            status_code = answer.status_code
            if status_code not in FINE:
                wrong.append(f"{who} {path}: {status_code} {_bug(answer)}")
            elif not may_enter(app, rule, who) and status_code not in TURNED_AWAY:
                wrong.append(f"{who} enters {path}: {status_code}")
    assert not wrong, "\n".join(wrong)


def test_what_belongs_to_others_is_not_there(app, world):
    """The same kind of person, another institution, another worker, another city: 404."""
    seen = []
    browsers = {who: browser_of(app, user_id) for who, user_id in world.people.items()}
    for method in ("GET", "POST"):
        for rule in routes(app, method):
            who = stranger_to(rule)
            if who is None:
                continue
            path = path_of(app, rule, world)
            status_code = ask(app, browsers[who], path, method).status_code
            if status_code != 404:
                seen.append(f"{who} {method} {path}: {status_code}")
    assert not seen, "\n".join(seen)


@ONCE
def test_forms_do_nothing_for_those_without_the_right(app, world):
    """Every form sent by everybody who may not even see it: turned away, nothing written."""
    wrong = []
    before = row_counts()
    for who, user_id in world.people.items():
        browser = browser_of(app, user_id)
        for rule in routes(app, "POST"):
            if may_enter(app, rule, who):
                continue
            path = path_of(app, rule, world)
            status_code = ask(app, browser, path, "POST").status_code
            if status_code not in TURNED_AWAY:
                wrong.append(f"{who} {path}: {status_code}")
    assert not wrong, "\n".join(wrong)
    assert row_counts() == before


def _bug(answer) -> str:
    return answer.get_data().decode()[:200] if answer.status_code == 500 else ""
