"""Authenticator and passkeys: set up, asked for, used once, removed with the password."""

from __future__ import annotations

import json
from datetime import timedelta

import pyotp
import pytest

from marketplace.foundation import clock
from marketplace.foundation.db import db, write_transaction
from marketplace.people.models import User
from tests.factories.people import make_user
from tests.pages import PASSWORD, PageClient
from tests.web.accounts.authenticators import SoftwareDevice

LOGIN = "careful-person"


@pytest.fixture
def person(app, client):
    with write_transaction():
        make_user(LOGIN)
    client.sign_in(LOGIN)
    return client


def _user() -> User:
    db.session.rollback()
    return db.session.query(User).filter_by(login=LOGIN).one()


def _code(at) -> str:
    return pyotp.TOTP(_user().totp_secret).at(at)


def _with_authenticator(person, now):
    person.post("/account/authenticator/begin")
    page = person.get("/account/authenticator").get_data(as_text=True)
    assert "<svg" in page
    person.post("/account/authenticator", {"code": "000000"}, expect=422)
    person.post("/account/authenticator", {"code": _code(now)}, expect=200)
    person.post("/account/sign-out")


def _password_shown(app) -> PageClient:
    browser = PageClient(app)
    answer = browser.post("/account/sign-in", {"login": LOGIN, "password": PASSWORD})
    assert answer.location == "/account/second-factor"
    browser.get("/account/second-factor")
    browser.get("/account/security", expect=302)
    return browser


def test_the_password_alone_no_longer_opens(app, now, person):
    _with_authenticator(person, now)
    browser = _password_shown(app)
    browser.post("/account/second-factor", {"code": "123456"}, expect=422)
    browser.post("/account/second-factor", {"code": ""}, expect=422)
    with clock.frozen(now + timedelta(seconds=60)):
        code = _code(clock.now())
        assert browser.post("/account/second-factor", {"code": code}).location == "/account/"
        browser.get("/account/security")


def test_a_code_opens_one_door_once(app, now, person):
    _with_authenticator(person, now)
    with clock.frozen(now + timedelta(seconds=60)):
        code = _code(clock.now())
        _password_shown(app).post("/account/second-factor", {"code": code})
        _password_shown(app).post("/account/second-factor", {"code": code}, expect=422)


def test_the_code_of_the_set_up_does_not_sign_in(app, now, person):
    _with_authenticator(person, now)
    _password_shown(app).post("/account/second-factor", {"code": _code(now)}, expect=422)


def test_guessing_codes_shuts_the_login(app, now, person):
    _with_authenticator(person, now)
    browser = _password_shown(app)
    for _ in range(10):
        browser.post("/account/second-factor", {"code": "123456"}, expect=422)
    with clock.frozen(now + timedelta(seconds=60)):
        browser.post("/account/second-factor", {"code": _code(clock.now())}, expect=422)


def test_the_shown_password_is_forgotten_after_ten_minutes(app, now, person):
    _with_authenticator(person, now)
    browser = _password_shown(app)
    with clock.frozen(now + timedelta(minutes=11)):
        answer = browser.post("/account/second-factor", {"code": _code(clock.now())})
        assert answer.location == "/account/sign-in"


def test_removal_needs_the_password(app, now, person):
    _with_authenticator(person, now)
    browser = _password_shown(app)
    with clock.frozen(now + timedelta(seconds=60)):
        browser.post("/account/second-factor", {"code": _code(clock.now())})
    browser.get("/account/second-factors/remove")
    browser.post("/account/second-factors/remove", {"password": "wrong"}, expect=422)
    browser.post("/account/second-factors/remove", {"password": PASSWORD})
    browser.get("/account/security")
    PageClient(app).sign_in(LOGIN).get("/account/security")


def _json(answer):
    return json.loads(answer.get_data(as_text=True))


def _register(person, device):
    options = _json(person.post("/account/passkeys/options", expect=200))
    form = {"credential": device.make(options), "label": "测试设备"}
    assert _json(person.post("/account/passkeys", form, expect=200))["next"] == "/account/security"


def _use(browser, device, *, expect=200, **how):
    options = _json(browser.post("/account/second-factor/passkey/options", expect=200))
    form = {"credential": device.use(options, **how)}
    return browser.post("/account/second-factor/passkey", form, expect=expect)


def test_a_passkey_is_the_second_step(app, person):
    device = SoftwareDevice()
    _register(person, device)
    assert "测试设备" in person.get("/account/security").get_data(as_text=True)
    browser = _password_shown(app)
    assert _json(_use(browser, device))["next"] == "/account/"
    browser.get("/account/security")


def test_a_passkey_answer_is_good_once(app, person):
    device = SoftwareDevice()
    _register(person, device)
    browser = _password_shown(app)
    options = _json(browser.post("/account/second-factor/passkey/options", expect=200))
    form = {"credential": device.use(options)}
    browser.post("/account/second-factor/passkey", form, expect=200)
    again = _password_shown(app)
    again.post("/account/second-factor/passkey", form, expect=422)


def test_other_devices_places_and_unverified_holders_are_refused(app, person):
    device = SoftwareDevice()
    _register(person, device)
    browser = _password_shown(app)
    _use(browser, SoftwareDevice(), expect=422)
    _use(browser, device, expect=422, verified=False)
    device.origin = "https://evil.example"
    _use(browser, device, expect=422)
    for odd in ("", "[]", "{}", '{"id": 7}', "nonsense"):
        browser.post("/account/second-factor/passkey", {"credential": odd}, expect=422)
    browser.get("/account/security", expect=302)


def test_a_copied_device_is_told_by_its_counter(app, person):
    device = SoftwareDevice()
    _register(person, device)
    _use(_password_shown(app), device)
    device.count = 0
    _use(_password_shown(app), device, expect=422)


def test_a_broken_registration_is_refused(person):
    person.post("/account/passkeys", {"credential": "x"}, expect=422)
    device = SoftwareDevice()
    _register(person, device)
    options = _json(person.post("/account/passkeys/options", expect=200))
    form = {"credential": device.make(options)}
    person.post("/account/passkeys", form, expect=409)


def test_a_passkey_is_removed_with_the_password(app, person):
    from marketplace.people.queries import list_passkeys

    _register(person, SoftwareDevice())
    [passkey] = list_passkeys(_user().id)
    at = f"/account/passkeys/{passkey.id}/remove"
    person.get(at)
    person.get("/account/passkeys/99999/remove", expect=404)
    person.post(at, {"password": "wrong"}, expect=422)
    person.post(at, {"password": PASSWORD})
    assert not list_passkeys(_user().id)


def test_without_a_password_there_is_no_second_step(app, client):
    assert client.get("/account/second-factor", expect=302).location == "/account/sign-in"
    client.post("/account/second-factor", {"code": "1"})
    client.post("/account/second-factor/passkey/options", expect=401)
    client.post("/account/second-factor/passkey", expect=401)
