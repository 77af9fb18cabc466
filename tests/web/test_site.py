"""What every answer carries: headers, caching, one line in the log."""

from __future__ import annotations

import io
import json
import re
import sys

import pytest

from marketplace.foundation.logs import configure_logging
from tests.pages import PageClient


def test_pages_forbid_everything_that_is_not_ours(client):
    headers = client.get("/").headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "'unsafe-inline'" not in policy
    assert "'unsafe-eval'" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cache-Control"] == "no-store"


def test_each_answer_has_its_own_nonce(client):
    nonces = {
        re.search(r"'nonce-([^']+)'", client.get("/").headers["Content-Security-Policy"]).group(1)
        for _ in range(3)
    }
    assert len(nonces) == 3


def test_every_file_of_a_page_is_ours_and_kept_for_a_year(client):
    page = client.get("/").get_data(as_text=True)
    files = set(re.findall(r'(?:href|src)="([^"#]+\.(?:css|js|svg)[^"#]*)', page))
    assert len(files) >= 4, files
    for address in files:
        assert address.startswith("/"), f"{address} is not ours"
        assert re.search(r"\?v=[0-9a-f]{12}$", address), f"{address} has no version"
        answer = client.get(address)
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert "Set-Cookie" not in answer.headers


def test_a_file_without_version_is_asked_for_again(client):
    assert "immutable" not in client.get("/static/css/site.css").headers["Cache-Control"]
    client.get("/static/../wsgi.py", expect=404)


def test_browsers_and_search_engines_find_their_files(client):
    assert client.get("/favicon.ico", expect=302).location.startswith("/static/img/favicon.svg")
    robots = client.get("/robots.txt").get_data(as_text=True)
    for place in ("/account/", "/me/", "/institution/", "/fund/", "/admin/", "/api/"):
        assert f"Disallow: {place}\n" in robots


@pytest.mark.parametrize("locale", ["zh_Hans_CN", "en"])
def test_the_front_page_has_a_search_and_three_doors(client, locale):
    page = client.speak(locale).get("/").get_data(as_text=True)
    assert 'action="/courses"' in page
    assert page.count('class="door"') == 3


def test_a_request_is_one_line_without_query_or_person(app, now):
    stream = io.StringIO()
    configure_logging(stream)
    client = PageClient(app)
    try:
        client.get("/?q=13800138000&name=secret")
        client.get("/nobody/13800138000", expect=404)
        client.get("/static/css/site.css")
        client.get("/health")
    finally:
        configure_logging(sys.__stderr__)
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    front, missing = (line for line in lines if line["event"] == "request")
    assert (front["method"], front["path"], front["status"]) == ("GET", "/", 200)
    assert (missing["path"], missing["status"]) == ("/nobody/***", 404)
    assert front["ms"] >= 0
    assert front["request_id"] != missing["request_id"]
    assert "secret" not in stream.getvalue()
    assert "13800138000" not in stream.getvalue()
