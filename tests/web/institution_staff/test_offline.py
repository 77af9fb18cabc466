"""Lessons without network, on the pages: register, take along, upload, read the report."""

from __future__ import annotations

import io
import json

import pytest

from marketplace.catalog.queries.course_runs import list_lessons
from marketplace.enrollment.offline_files import offline_code_for
from marketplace.enrollment.offline_queries import list_devices
from marketplace.foundation import clock
from marketplace.foundation.db import write_transaction
from marketplace.people.queries import get_user
from tests.factories.offline import make_device, make_file
from tests.factories.redemption import make_case

HOME = "/institution/offline"


@pytest.fixture
def case(app, now):
    with write_transaction():
        return make_case()


@pytest.mark.parametrize("locale", ["en", "zh_Hans_CN"])
def test_a_lesson_goes_out_and_comes_back(client, case, locale, app):
    with write_transaction():
        device, key = make_device(case.institution.id, case.staff.id)
    lesson = list_lessons(case.run.id)[0]
    sheet = f"/institution/classes/{case.run.code}/lessons/1"
    client.speak(locale).sign_in(case.staff)
    assert f"{sheet}/offline" in client.get(sheet).text
    client.get(f"{sheet}/offline")
    answer = client.post(f"{sheet}/offline", {"device": device.code}, expect=200)
    bundle = json.loads(answer.data)
    code = offline_code_for(case.enrollment.code, lesson.id)
    signed = [(lesson.starts_at, "code", code), (lesson.starts_at, "code", "AAAABBBB")]
    content = make_file(bundle, key, signed, closed_at=lesson.ends_at)

    def upload(body, expect=303):
        data = {"file": (io.BytesIO(body), "a.signed.json")}
        return client.post(f"{HOME}/uploads", data, expect=expect)

    with clock.frozen(lesson.ends_at):
        upload(b"{}", expect=409)
        report = upload(content)
        page = client.get(report.location).text
        assert case.enrollment.code in page
        assert upload(content).location == report.location
        client.get(HOME)
        client.get(f"{sheet}/learners/{case.enrollment.code}")
        command = ["attendance", "sync", "-", "--json"]
        told = app.test_cli_runner().invoke(args=command, input=content)
    assert json.loads(told.stdout)["accepted"] == 1
    client.post(f"{HOME}/devices/{device.code}/revoke")
    assert list_devices(case.institution.id)[0].revoked_at is not None


def test_the_learner_reads_the_code_and_staff_do_not(client, case):
    code = offline_code_for(case.enrollment.code, list_lessons(case.run.id)[0].id)
    shown = f"{code[:4]}-{code[4:]}"
    with write_transaction():
        learner = get_user(case.worker.user_id)
    client.sign_in(learner)
    assert shown in client.get(f"/me/classes/{case.enrollment.code}").text
    client.sign_in(case.staff)
    assert shown not in client.get(f"/institution/classes/{case.run.code}/lessons/1").text


def test_a_device_is_registered_by_its_key_and_only_once(client, case):
    client.sign_in(case.staff)
    key = "A" * 43 + "="
    for name, typed, expect in (("甲", "no", 409), ("甲", key, 303), ("乙", key, 409)):
        client.post(f"{HOME}/devices", {"name": name, "public_key": typed}, expect=expect)
    assert [device.name for device in list_devices(case.institution.id)] == ["甲"]
    assert "def sign_in" in client.get(f"{HOME}/station.py").text
