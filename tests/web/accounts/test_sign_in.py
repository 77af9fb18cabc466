"""Signing in: who comes in, where they land, and what strangers learn (nothing)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from marketplace.foundation import clock
from marketplace.foundation.db import write_transaction
from marketplace.people.operations import lock_login, set_initial_password
from tests.factories.people import make_administrator, make_officer, make_user, make_worker
from tests.pages import PASSWORD

SIGN_IN = "/account/sign-in"


def _user(maker=make_user, **wanted):
    with write_transaction():
        user = maker(**wanted)
        login = getattr(user, "login", None)
        return login or user


def test_each_kind_of_person_lands_on_their_start_page(app, now, client):
    with write_transaction():
        nobody_yet = make_user("nobody-yet").login
        worker_user = make_user("worker-one")
        make_worker(worker_user)
        officer = make_officer(login="officer-one").login
        administrator = make_administrator("admin-one").login
        worker = worker_user.login
    for login, path in (
        (nobody_yet, "/account/"),
        (worker, "/me/"),
        (officer, "/fund/"),
        (administrator, "/admin/"),
    ):
        answer = client.post(SIGN_IN, {"login": login, "password": PASSWORD})
        assert answer.location == path
        client.get(path)
        client.post("/account/sign-out")


def test_wrong_password_and_unknown_login_look_alike(app, client):
    login = _user()
    answers = [
        client.post(SIGN_IN, {"login": name, "password": "not the password"}, expect=422)
        for name in (login, "somebody-else")
    ]
    texts = [answer.get_data(as_text=True).replace(login, "somebody-else") for answer in answers]
    first, second = (text.split("<main", 1)[1].split("</main", 1)[0] for text in texts)
    strip = lambda text: text.split('name="csrf_token"')[0]  # noqa: E731
    assert strip(first) == strip(second)


def test_ten_failures_shut_the_login_for_fifteen_minutes(app, now, client):
    login = _user()
    for _ in range(10):
        client.post(SIGN_IN, {"login": login, "password": "not the password"}, expect=422)
    client.post(SIGN_IN, {"login": login, "password": PASSWORD}, expect=422)
    with clock.frozen(now + timedelta(minutes=14)):
        client.post(SIGN_IN, {"login": login, "password": PASSWORD}, expect=422)
    with clock.frozen(now + timedelta(minutes=16)):
        client.post(SIGN_IN, {"login": login, "password": PASSWORD})


def test_the_way_on_stays_on_this_site(app, client):
    login = _user()
    for bad in ("https://evil.example/", "//evil.example", "/\\evil.example"):
        form = {"login": login, "password": PASSWORD, "next": bad}
        assert client.post(SIGN_IN, form).location == "/account/"
        client.post("/account/sign-out")
    form = {"login": login, "password": PASSWORD, "next": "/account/password"}
    assert client.post(SIGN_IN, form).location == "/account/password"


def test_a_page_asked_for_is_reached_after_signing_in(app, client):
    login = _user()
    answer = client.get("/account/security", expect=302)
    assert answer.location == "/account/sign-in?next=/account/security"
    page = client.get(answer.location).get_data(as_text=True)
    assert 'value="/account/security"' in page
    form = {"login": login, "password": PASSWORD, "next": "/account/security"}
    assert client.post(SIGN_IN, form).location == "/account/security"


def test_a_form_without_its_token_is_refused(app, client):
    login = _user()
    answer = client.browser.post(SIGN_IN, data={"login": login, "password": PASSWORD})
    assert answer.status_code == 400
    client.get("/account/security", expect=302)


def test_signing_out_everywhere_ends_other_browsers(app, client):
    from tests.pages import PageClient

    login = _user()
    other = PageClient(app).sign_in_by_form(login)
    client.sign_in_by_form(login)
    client.post("/account/sign-out-everywhere")
    other.get("/account/security", expect=302)
    client.get("/account/security", expect=302)


def test_a_new_password_ends_other_browsers_and_keeps_this_one(app, client):
    from tests.pages import PageClient

    login = _user()
    other = PageClient(app).sign_in_by_form(login)
    client.sign_in_by_form(login)
    new = "quite another password"
    form = {"present": PASSWORD, "password": new, "again": new}
    client.post("/account/password", {**form, "present": "wrong"}, expect=422)
    client.post("/account/password", {**form, "again": "typo"}, expect=422)
    client.post("/account/password", {**form, "password": "short", "again": "short"}, expect=422)
    client.post("/account/password", form)
    client.get("/account/security")
    other.get("/account/security", expect=302)
    PageClient(app).sign_in_by_form(login, password=new)


def test_an_initial_password_opens_only_the_way_to_an_own_one(app, client):
    with write_transaction():
        user = make_user()
        administrator = make_administrator()
        set_initial_password(user.id, password="given on a paper slip", actor_id=administrator.id)
        login = user.login
    answer = client.post(SIGN_IN, {"login": login, "password": "given on a paper slip"})
    assert answer.location == "/account/new-password"
    client.get("/account/security", expect=302)
    client.get("/account/new-password")
    same = "given on a paper slip"
    client.post("/account/new-password", {"password": same, "again": same}, expect=422)
    client.post("/account/new-password", {"password": "my very own", "again": "my very own"})
    client.get("/account/security")


def test_a_locked_login_stays_out_and_its_browser_is_signed_out(app, client):
    with write_transaction():
        user, administrator = make_user(), make_administrator()
        login, user_id, actor_id = user.login, user.id, administrator.id
    client.sign_in_by_form(login)
    with write_transaction():
        lock_login(user_id, reason="asked by telephone", actor_id=actor_id)
    client.get("/account/security", expect=302)
    client.post(SIGN_IN, {"login": login, "password": PASSWORD}, expect=422)


@pytest.mark.parametrize("form", [{}, {"login": "x"}, {"password": "x"}])
def test_an_empty_field_is_named(app, client, form):
    page = client.post(SIGN_IN, form, expect=422).get_data(as_text=True)
    assert "error-summary" in page
