"""Signing up and showing who one is, screen by screen."""

from __future__ import annotations

from sqlalchemy import select

from marketplace.foundation.db import db, write_transaction
from marketplace.people.models import User, Worker
from tests.factories.people import make_jurisdiction, make_worker, next_id_number

FORM = {
    "login": "new-person",
    "password": "four quiet words here",
    "name": "张小明",
    "privacy_notice": "y",
}


def _sign_up(client, **changes):
    client.get("/account/sign-up")
    return client.post("/account/sign-up", {**FORM, **changes})


def _answer(client, number: str, place: str = "") -> None:
    client.post("/account/identity/number", {"id_number": number})
    client.get("/account/identity/name")
    client.post("/account/identity/name", {"name": "张小明"})
    client.get("/account/identity/phone")
    client.post("/account/identity/phone", {"phone": "138 0013 8000"})
    client.get("/account/identity/place")
    client.post("/account/identity/place", {"place": place})


def test_a_person_signs_up_shows_who_they_are_and_lands_on_their_start_page(app, client):
    with write_transaction():
        province = make_jurisdiction("990000", name="测试省")
        city = make_jurisdiction("990100", name="测试市", parent=province)
        county = make_jurisdiction("990101", name="测试区", parent=city)
        ids = [place.id for place in (province, city, county)]
    number = next_id_number()
    assert _sign_up(client).location == "/account/identity/number"
    _answer(client, number, str(ids[2]))
    page = client.get("/account/identity/check").get_data(as_text=True)
    assert number not in page
    assert number[-4:] in page
    assert "测试省 测试市 测试区" in page
    assert client.post("/account/identity/check").location == "/me/"
    client.get("/me/")
    worker = db.session.scalars(select(Worker)).one()
    assert (worker.id_number, worker.phone, worker.residence_id) == (number, "13800138000", ids[2])
    assert worker.privacy_notice_version


def test_the_place_is_found_step_by_step_or_by_name(app, client):
    with write_transaction():
        province = make_jurisdiction("990000", name="测试省")
        city = make_jurisdiction("990100", name="测试市", parent=province)
        county = make_jurisdiction("990101", name="平安区", parent=city)
        ids = [place.id for place in (province, city, county)]
    _sign_up(client)
    page = client.get("/account/identity/place").get_data(as_text=True)
    assert f"place={ids[0]}" in page and f"place={ids[2]}" not in page
    page = client.get(f"/account/identity/place?place={ids[1]}").get_data(as_text=True)
    assert f"place={ids[2]}" in page
    page = client.get("/account/identity/place?q=平安").get_data(as_text=True)
    assert "测试省 测试市 平安区" in page
    page = client.get("/account/identity/place?q=990101").get_data(as_text=True)
    assert f"place={ids[2]}" in page
    page = client.get(f"/account/identity/place?place={ids[2]}").get_data(as_text=True)
    assert f'name="place" value="{ids[2]}"' in page
    for odd in ("place=x", "place=99999999", "q=%25", "place=" + "9" * 40):
        client.get(f"/account/identity/place?{odd}")


def test_a_registered_number_is_refused_without_telling_whose_it_is(app, client):
    number = next_id_number()
    with write_transaction():
        first = make_worker(id_number=number)
        login = db.session.get_one(User, first.user_id).login
    _sign_up(client)
    _answer(client, number)
    page = client.post("/account/identity/check", expect=409).get_data(as_text=True)
    assert "已登记" in page
    assert login not in page
    assert number not in page


def test_a_mistyped_number_is_refused_with_the_reason_beside_it(app, client):
    _sign_up(client)
    number = next_id_number()
    wrong = number[:16] + ("0" if number[16] != "0" else "1") + number[17]
    page = client.post("/account/identity/number", {"id_number": wrong}, expect=422)
    assert "校验不符" in page.get_data(as_text=True)
    client.post("/account/identity/number", {"id_number": ""}, expect=422)
    client.post("/account/identity/name", {"name": "12"}, expect=422)
    client.post("/account/identity/phone", {"phone": "12"}, expect=422)


def test_sign_up_needs_the_privacy_notice_and_a_free_login(app, client):
    client.get("/account/privacy")
    form = {key: value for key, value in FORM.items() if key != "privacy_notice"}
    client.post("/account/sign-up", form, expect=422)
    assert _sign_up(client).location
    client.post("/account/sign-out")
    client.post("/account/sign-up", {**FORM, "login": "NEW-person"}, expect=422)
    client.post("/account/sign-up", {**FORM, "login": "13800138000"}, expect=422)
    client.post(
        "/account/sign-up", {**FORM, "login": "other", "password": "1234567890"}, expect=422
    )


def test_answers_wait_encrypted_in_the_browser(app, client):
    _sign_up(client)
    number = next_id_number()
    client.post("/account/identity/number", {"id_number": number})
    with client.browser.session_transaction() as kept:
        assert number not in str(dict(kept))
        assert kept["identity"].startswith("k1:")


def test_the_last_screen_without_answers_leads_back(app, client):
    _sign_up(client)
    assert client.get("/account/identity/check", expect=303).location.endswith("/number")
    assert client.post("/account/identity/check").location.endswith("/number")
