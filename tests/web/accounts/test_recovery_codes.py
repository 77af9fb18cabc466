"""Recovery codes: ten, shown once, each opens once, new ones end the old ones."""

from __future__ import annotations

import re
from datetime import timedelta

import pyotp
import pytest

from marketplace.audit.queries import list_events_of
from marketplace.foundation import clock
from marketplace.foundation.db import db, write_transaction
from marketplace.foundation.paging import PageRequest
from marketplace.notices.models import Notice
from marketplace.people.models import RecoveryCode, User
from marketplace.people.operations import add_passkey, remove_passkey
from marketplace.people.queries import count_recovery_codes_left
from tests.factories.people import make_user
from tests.pages import PASSWORD, PageClient

LOGIN = "careful-person"
CODE = re.compile(r"<code>([a-z2-9]{4}-[a-z2-9]{4}-[a-z2-9]{4})</code>")


@pytest.fixture
def codes(client, now):
    """A person who has just set an authenticator up, and what the page showed."""
    with write_transaction():
        make_user(LOGIN)
    client.speak("en").sign_in(LOGIN)
    client.post("/account/authenticator/begin")
    first = pyotp.TOTP(_user().totp_secret).at(now)
    page = client.post("/account/authenticator", {"code": first}, expect=200)
    return CODE.findall(page.get_data(as_text=True))


def _user() -> User:
    db.session.rollback()
    return db.session.query(User).filter_by(login=LOGIN).one()


def _password_shown(app) -> PageClient:
    browser = PageClient(app).speak("en")
    answer = browser.post("/account/sign-in", {"login": LOGIN, "password": PASSWORD})
    assert answer.location == "/account/second-factor"
    return browser


def _recover(app, code: str, *, expect: int = 303) -> PageClient:
    browser = _password_shown(app)
    browser.post("/account/second-factor/recovery", {"code": code}, expect=expect)
    return browser


def _events() -> list[str]:
    return [event.event for event in list_events_of("user", _user().code, PageRequest(1, 50)).items]


def test_ten_codes_are_shown_once_and_kept_as_hashes(client, codes):
    assert len(set(codes)) == 10
    assert "user.recovery_codes_made" in _events()
    page = client.get("/account/security").get_data(as_text=True)
    assert not CODE.search(page)
    assert "Unused codes: 10" in page
    stored = {row.code_hash for row in db.session.query(RecoveryCode)}
    assert all(re.fullmatch(r"[0-9a-f]{64}", kept) for kept in stored)


def test_a_code_opens_once_and_the_person_is_told(app, codes):
    browser = _password_shown(app)
    browser.get("/account/second-factor/recovery")
    typed = codes[0].upper().replace("-", " ")
    browser.post("/account/second-factor/recovery", {"code": typed})
    browser.get("/account/security")
    _recover(app, codes[0], expect=422).get("/account/security", expect=302)
    assert _events().count("user.recovery_code_used") == 1
    kinds = [notice.kind for notice in db.session.query(Notice)]
    assert "login.recovery_code_used" in kinds
    assert "9 are left" in browser.get("/account/notices").get_data(as_text=True)


def test_the_last_codes_are_announced(app, codes):
    with write_transaction():
        for row in db.session.query(RecoveryCode).limit(20).all()[3:]:
            row.used_at = clock.now()
    seen = [
        _recover(app, code).get("/account/security").get_data(as_text=True) for code in codes[:3]
    ]
    assert "Recovery codes left: 2" in seen[0]
    assert "Recovery codes left: 1" in seen[1]
    assert "That was your last recovery code" in seen[2]
    assert "a lost device locks you out" in seen[2]


def test_new_codes_need_the_password_and_end_the_old_ones(app, client, codes):
    client.get("/account/recovery-codes")
    client.post("/account/recovery-codes", {"password": "wrong"}, expect=422)
    client.post("/account/recovery-codes", {"password": ""}, expect=422)
    assert count_recovery_codes_left(_user().id) == 10
    page = client.post("/account/recovery-codes", {"password": PASSWORD}, expect=200)
    fresh = CODE.findall(page.get_data(as_text=True))
    assert len(set(fresh) - set(codes)) == 10
    _recover(app, codes[0], expect=422)
    _recover(app, fresh[0])


def test_guessing_shuts_the_login_even_for_a_right_code(app, now, codes):
    browser = _password_shown(app)
    for guess in ("", "x" * 41):
        browser.post("/account/second-factor/recovery", {"code": guess}, expect=422)
    for _try in range(10):
        browser.post("/account/second-factor/recovery", {"code": "aaaa-bbbb-cccc"}, expect=422)
    browser.post("/account/second-factor/recovery", {"code": codes[0]}, expect=422)
    with clock.frozen(now + timedelta(minutes=16)):
        _recover(app, codes[0])


def test_codes_go_with_the_last_second_factor(client, codes):
    client.post("/account/second-factors/remove", {"password": PASSWORD})
    assert count_recovery_codes_left(_user().id) == 0
    client.get("/account/recovery-codes", expect=302)
    client.post("/account/recovery-codes", {"password": PASSWORD}, expect=422)


def test_a_passkey_that_is_not_the_last_factor_leaves_the_codes(codes):
    user_id = _user().id
    with write_transaction():
        passkey = add_passkey(
            user_id, credential_id="c", public_key="k", sign_count=0, label="phone"
        )
        remove_passkey(user_id, passkey_id=passkey.id, password=PASSWORD)
    assert count_recovery_codes_left(user_id) == 10


def test_without_the_password_no_code_is_asked_for(client, now):
    client.get("/account/second-factor/recovery", expect=302)
    answer = client.post("/account/second-factor/recovery", {"code": "aaaa-bbbb-cccc"})
    assert answer.location == "/account/sign-in"
