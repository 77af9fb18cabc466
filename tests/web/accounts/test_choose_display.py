"""Language and print size: one press, no script, back on the same page."""

from __future__ import annotations

import pytest
from flask import Flask

from marketplace.foundation.db import write_transaction
from tests.factories.people import make_user
from tests.pages import PageClient


def lang_of(client: PageClient, path: str = "/", **kwargs: object) -> str:
    page = client.get(path, **kwargs).get_data(as_text=True)
    return page.split('<html lang="', 1)[1].split('"', 1)[0]


def test_pages_are_chinese_unless_the_browser_asks_otherwise(client):
    assert lang_of(client) == "zh-CN"
    assert lang_of(client, headers={"Accept-Language": "en-GB,en;q=0.9"}) == "en"
    assert lang_of(client, headers={"Accept-Language": "zh-TW,en;q=0.5"}) == "zh-CN"


def test_choosing_english_comes_back_to_the_same_page_in_english(client):
    answer = client.post("/account/language", {"language": "en", "next": "/account/sign-in?x=1"})
    assert answer.location == "/account/sign-in?x=1"
    assert lang_of(client) == "en"
    client.post("/account/language", {"language": "zh_Hans_CN", "next": "/"})
    assert lang_of(client) == "zh-CN"


def test_a_language_we_do_not_speak_changes_nothing(client):
    client.speak("en")
    answer = client.post("/account/language", {"language": "tlh", "next": "/"})
    assert "lang=" not in answer.headers.get("Set-Cookie", "")
    assert lang_of(client) == "en"


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/%0d%0aSet-Cookie:x",
        "/ok\r\nSet-Cookie: x=1",
        "/\t/evil.example",
        "javascript:alert(1)",
        "",
    ],
)
def test_the_way_back_never_leaves_the_site(client, elsewhere):
    for path in ("/account/language", "/account/print-size"):
        location = client.post(path, {"language": "en", "next": elsewhere}).location
        assert location.startswith("/")
        assert not location.startswith(("//", "/\\"))
        assert "evil.example" not in location
        assert "\r" not in location


def test_large_print_stays_until_turned_off(client):
    assert "large-print" not in client.get("/").get_data(as_text=True).split("<head>")[0]
    client.post("/account/print-size", {"size": "large", "next": "/"})
    assert 'class="large-print"' in client.get("/").get_data(as_text=True)
    client.post("/account/print-size", {"size": "normal", "next": "/"})
    assert 'class="large-print"' not in client.get("/").get_data(as_text=True)


def test_the_switches_want_the_form_token(app: Flask, now):
    browser = app.test_client()
    for path in ("/account/language", "/account/print-size"):
        assert browser.post(path, data={"language": "en"}).status_code == 400


def test_the_language_is_kept_with_the_login(client):
    with write_transaction():
        make_user("reader", locale="en")
    client.sign_in("reader")
    assert lang_of(client, "/account/security") == "en"
    client.post("/account/language", {"language": "zh_Hans_CN", "next": "/account/security"})
    other_browser = PageClient(client.app).sign_in("reader")
    assert lang_of(other_browser, "/account/security") == "zh-CN"
