"""Every no is a page that helps, in both languages, even when the database is away."""

from __future__ import annotations

import io
import json
import re
import sqlite3
import sys
from collections.abc import Iterator

import psycopg
import pytest
from flask import Flask, abort, render_template

from marketplace.edge.access import access, anyone
from marketplace.foundation.db import db
from marketplace.foundation.errors import Refusal, Refused, register_refusals
from marketplace.foundation.logs import configure_logging
from tests.conftest import app_on
from tests.pages import PageClient

STATUSES = [400, 401, 403, 404, 405, 413, 429, 500, 503]
LANGUAGES = ["zh_Hans_CN", "en"]


@pytest.fixture
def broken(client: PageClient) -> Iterator[PageClient]:
    """A visitor, and views that go wrong on purpose."""
    app = client.app
    before = dict(app.view_functions), app.config["PROPAGATE_EXCEPTIONS"]
    app.config["PROPAGATE_EXCEPTIONS"] = False

    @access(anyone)
    def go_wrong() -> str:
        raise ZeroDivisionError("a bug with 13800138000 in it")

    app.view_functions["visitors.show_robots"] = go_wrong
    yield client
    app.view_functions, app.config["PROPAGATE_EXCEPTIONS"] = before


def replace_view(client: PageClient, error: Exception | int) -> None:
    @access(anyone)
    def refuse() -> str:
        if isinstance(error, int):
            abort(error)
        raise error

    client.app.view_functions["visitors.show_robots"] = refuse


@pytest.mark.parametrize("locale", LANGUAGES)
@pytest.mark.parametrize("status_code", STATUSES)
def test_each_status_has_a_page_with_a_way_back(broken, status_code, locale):
    replace_view(broken, status_code)
    page = broken.speak(locale).get("/robots.txt", expect=status_code).get_data(as_text=True)
    main = page.split("<main", 1)[1]
    assert str(status_code) in main
    assert "btn-primary" in main, "a way on"


@pytest.mark.parametrize("locale", LANGUAGES)
def test_a_status_without_its_own_page_gets_the_nearest(broken, locale):
    for asked, shown in ((410, "400"), (422, "400"), (501, "500")):
        replace_view(broken, asked)
        assert shown in broken.speak(locale).get("/robots.txt", expect=asked).get_data(as_text=True)


def test_a_bug_shows_a_number_that_is_in_the_log(broken):
    stream = io.StringIO()
    configure_logging(stream)
    try:
        page = broken.get("/robots.txt", expect=500).get_data(as_text=True)
    finally:
        configure_logging(sys.__stderr__)
    shown = re.search(r'translate="no">([0-9a-f]{16})<', page)
    assert shown
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    told = [line for line in lines if "ZeroDivisionError" in line.get("exception", "")]
    assert [line["request_id"] for line in told] == [shown.group(1)]
    assert "13800138000" not in stream.getvalue()
    assert "ZeroDivisionError" not in page


def test_the_api_gets_the_number_as_problem_details(broken):
    answer = broken.get("/api/v1/nothing-here", expect=404)
    assert answer.mimetype == "application/problem+json"
    assert re.fullmatch("[0-9a-f]{16}", answer.get_json()["request_id"])


@pytest.mark.parametrize("locale", LANGUAGES)
def test_an_expired_form_offers_the_page_again(client, locale):
    client.speak(locale)
    for path, again in (("/account/sign-in", "/account/sign-in"), ("/account/language", "/")):
        page = client.post(path, {"csrf_token": "stale"}, expect=400).get_data(as_text=True)
        assert f'href="{again}"' in page.split("<main", 1)[1]


@pytest.mark.parametrize("locale", LANGUAGES)
def test_a_refusal_no_page_caught_names_every_reason(broken, locale):
    register_refusals({"same_person": "The second signature must be another person's."})
    reasons = (Refusal("same_person", rule="§ 12"), Refusal("stale_state", remedy="stale_state"))
    replace_view(broken, Refused(reasons))
    page = broken.speak(locale).get("/robots.txt", expect=409).get_data(as_text=True)
    assert page.count('class="reason"') == 2
    assert "§ 12" in page


def test_a_file_beyond_the_limit_is_told_the_limit(client):
    answer = client._request(
        "POST",
        "/account/language",
        data=b"x" * 9 * 1024 * 1024,
        content_type="multipart/form-data; boundary=line",
    )
    assert answer.status_code == 413
    assert "8 MB" in answer.get_data(as_text=True)


@pytest.mark.parametrize("locale", LANGUAGES)
def test_without_a_database_a_signed_in_person_gets_a_page_too(
    client, engine_name, monkeypatch, locale
):
    client.speak(locale)
    with client.browser.session_transaction() as cookie:
        cookie["_user_id"] = "1:0"
    _app, template = app_on(engine_name)
    kind = sqlite3 if engine_name == "sqlite" else psycopg

    def fail() -> None:
        raise kind.OperationalError("the database is away")

    db.session.remove()
    db.engine.dispose()
    monkeypatch.setattr(template, "connect", fail)
    page = client.get("/", expect=503).get_data(as_text=True)
    assert re.search(r'translate="no">[0-9a-f]{16}<', page)
    client.get("/nothing-here", expect=503)
    assert client.get("/api/v1/nothing-here", expect=404).is_json


def test_too_many_requests_are_answered_with_a_styled_page(app: Flask, now):
    with app.test_request_context("/"):
        assert "429" in render_template("errors/429.html")


def test_only_get_addresses_are_offered_again(client):
    page = client.get("/account/language", expect=405).get_data(as_text=True)
    assert "405" in page
