"""A lesson signed in to: the screen of the classroom, the learner's phone, the station."""

from __future__ import annotations

import re

import pytest

from marketplace.catalog.queries.course_runs import list_lessons
from marketplace.enrollment.queries import find_attendance
from marketplace.enrollment.sign_in_codes import token_for, window_of
from marketplace.enrollment.sign_in_queries import find_sign_in_of_lesson
from marketplace.enrollment.states import AttendanceMethod
from marketplace.foundation import clock
from marketplace.foundation.db import db, write_transaction
from marketplace.people.models import User
from tests.factories.redemption import make_case
from tests.kept import kept
from tests.pages import PageClient


@pytest.fixture
@kept
def case(app, now):
    with write_transaction():
        return make_case()


@pytest.fixture
def lesson(case):
    return list_lessons(case.run.id)[0]


@pytest.fixture
def phone(app, case):
    browser = PageClient(app)
    browser.sign_in(db.session.get(User, case.worker.user_id))
    return browser


@pytest.mark.parametrize("locale", ["en", "zh_Hans_CN"])
def test_from_the_screen_to_the_record(client, phone, case, lesson, locale):
    sheet = f"/institution/classes/{case.run.code}/lessons/1"
    client.speak(locale).sign_in(case.staff)
    phone.speak(locale)
    client.get(f"{sheet}/screen")  # too early: says when
    with clock.frozen(lesson.starts_at):
        phone.get("/me/sign-in")  # not open yet
        client.get(f"{sheet}/screen")
        client.post(f"{sheet}/screen/open")
        page = client.get(f"{sheet}/screen").text
        assert '<noscript><meta http-equiv="refresh" content="30">' in page
        figures = "".join(re.findall(r"sign-in-figures\">(\d{3}) (\d{3})<", page)[0])
        assert "/me/sign-in" in phone.get("/me/").text
        phone.post("/me/sign-in", {"typed_code": ""}, expect=422)
        phone.post("/me/sign-in", {"typed_code": "abc"}, expect=409)
        answer = phone.post("/me/sign-in", {"typed_code": figures})
        assert answer.location.startswith(f"/me/classes/{case.enrollment.code}")
        phone.get(answer.location)
        client.post(f"{sheet}/screen/close")
        client.get(f"{sheet}/screen")
    attendance = find_attendance(case.enrollment.id, lesson.id)
    assert attendance.method is AttendanceMethod.LEARNER_CODE
    assert len(attendance.device_key) == 32


def test_a_scanned_square_asks_once_and_an_old_one_says_why(client, phone, case, lesson):
    client.sign_in(case.staff)
    phone.speak("en")
    with clock.frozen(lesson.starts_at):
        client.post(f"/institution/classes/{case.run.code}/lessons/1/screen/open")
        code = find_sign_in_of_lesson(lesson.id).code
        path = f"/me/sign-in/{token_for(code, window_of(lesson.starts_at))}"
        page = phone.get(path)
        assert "Yes, I am here" in page.text
        receipt = re.findall(r'name="receipt" value="([^"]+)"', page.text)[0]
    with clock.frozen(lesson.starts_at.replace(minute=2)):
        assert "no longer valid" in phone.get(path, expect=409).text
        phone.post(path, {"receipt": "1.0"}, expect=409)
        phone.post(path, {"receipt": receipt})
        phone.get(path)  # again: nothing more to do, and no reason against it
    assert find_attendance(case.enrollment.id, lesson.id).method is AttendanceMethod.LEARNER_SCAN


def test_one_browser_keeps_one_pseudonym_and_a_forged_one_counts_as_none(phone, case, lesson):
    with clock.frozen(lesson.starts_at):
        phone.get("/me/sign-in/SI-NOBODY", expect=409)
        first = phone.browser.get_cookie("device").value
        phone.get("/me/sign-in/SI-NOBODY", expect=409)
        assert phone.browser.get_cookie("device").value == first
        phone.browser.set_cookie("device", first[:-1] + "x")
        phone.get("/me/sign-in/SI-NOBODY", expect=409)
        assert phone.browser.get_cookie("device").value.partition(".")[0] != first.partition(".")[0]


def test_without_a_phone_the_printed_voucher_goes_to_the_station(client, phone, case, lesson):
    station = f"/institution/classes/{case.run.code}/lessons/1/station"
    client.speak("en").sign_in(case.staff)
    with clock.frozen(lesson.starts_at):
        client.get(station)
        client.post(station, {"voucher_code": ""}, expect=422)
        page = client.post(station, {"voucher_code": "VC-NOBODY"}, expect=409).text
        assert "VC-NOBODY" not in page
        client.post(station, {"voucher_code": case.voucher.code})
        assert "Was it not you?" in phone.speak("en").get("/account/notices").text
    assert find_attendance(case.enrollment.id, lesson.id).method is AttendanceMethod.STATION
