"""Officers review courses, payee accounts and institutions of their own places."""

from __future__ import annotations

import pytest

from marketplace.catalog.operations.courses import submit_course
from marketplace.catalog.states import CourseState
from marketplace.foundation.db import db, write_transaction
from marketplace.institutions.operations.payout_accounts import propose_payout_account
from marketplace.institutions.queries import find_verified_payout_account
from marketplace.institutions.states import InstitutionState
from tests.factories.catalog import make_draft_course
from tests.factories.institutions import make_accredited_institution, make_institution
from tests.factories.people import (
    make_administrator,
    make_jurisdiction,
    make_officer,
    make_user,
)
from tests.kept import kept


class World:
    """A school in one county, its officer, and the officer of another county."""

    def __init__(self) -> None:
        here, there = (make_jurisdiction(code, name=code) for code in ("990100", "990200"))
        self.school = make_accredited_institution("东湖学校", jurisdiction_id=here.id)
        self.officer = make_officer(here)
        self.stranger = make_officer(there)
        self.course = make_draft_course(self.school, title="低压电工")
        submit_course(self.course.id, actor_id=None)
        self.payee = propose_payout_account(
            self.school.id,
            holder="东湖学校",
            number="42000000123456",
            bank_name="工行",
            bank_code="102241000015",
            actor_id=make_user().id,
        )


@pytest.fixture
@kept
def world(client) -> World:
    with write_transaction():
        return World()


def again(thing):
    db.session.expire_all()
    return db.session.get(type(thing), thing.id)


def test_an_officer_lists_a_course(client, world):
    client.sign_in(world.officer)
    assert "低压电工" in client.get("/fund/courses").get_data(as_text=True)
    client.get(f"/fund/courses/{world.course.code}")
    client.post(f"/fund/courses/{world.course.code}/list")
    assert again(world.course).state == CourseState.LISTED
    assert "低压电工" in client.get("/courses?q=电工").get_data(as_text=True)
    assert "低压电工" not in client.get("/fund/courses").get_data(as_text=True)


def test_an_officer_returns_a_course_with_reasons(client, world):
    client.sign_in(world.officer)
    client.post(f"/fund/courses/{world.course.code}/return", {"reason": ""}, expect=422)
    client.post(f"/fund/courses/{world.course.code}/return", {"reason": "课时过少"})
    course = again(world.course)
    assert (course.state, course.return_reason) == (CourseState.RETURNED, "课时过少")
    client.post(f"/fund/courses/{world.course.code}/list", expect=409)


def test_an_officer_verifies_a_payee_account(client, world):
    client.sign_in(world.officer)
    path = f"/fund/payout-accounts/{world.payee.code}"
    assert "123456" not in client.get(path).get_data(as_text=True)
    client.get("/fund/payout-accounts")
    client.post(f"{path}/refuse", {"reason": ""}, expect=422)
    client.post(f"{path}/verify")
    assert find_verified_payout_account(world.school.id).verified_by == world.officer.id
    client.post(f"{path}/refuse", {"reason": "晚了"}, expect=409)


def test_an_officer_stops_and_reinstates_an_institution(client, world):
    client.sign_in(world.officer)
    path = f"/fund/institutions/{world.school.code}"
    client.get(path)
    client.post(f"{path}/suspend", {"reason": "现场检查", "clause": ""}, expect=422)
    clause = {"clause": "办法第九条"}
    client.post(f"{path}/suspend", {"reason": "现场检查", **clause})
    assert again(world.school).state == InstitutionState.SUSPENDED
    assert "现场检查" in client.get(path).get_data(as_text=True)
    client.post(f"{path}/accredit", {"valid_from": "2026-01-01", "level": ""}, expect=409)
    client.post(f"{path}/bar", {"reason": "骗取补贴", **clause})
    client.post(f"{path}/suspend", {"reason": "x", **clause}, expect=409)
    client.post(f"{path}/reinstate", {"reason": "申诉成立", **clause})
    assert again(world.school).state == InstitutionState.ACCREDITED


def test_an_officer_accredits_an_applicant(client, world):
    with write_transaction():
        applicant = make_institution("新学校", jurisdiction_id=world.school.jurisdiction_id)
    client.sign_in(world.officer)
    path = f"/fund/institutions/{applicant.code}/accredit"
    client.post(path, {"occupation_code": "9-9", "level": "", "valid_from": "x"}, expect=422)
    client.post(
        path,
        {"level": "", "valid_from": "2026-01-01", "valid_until": "2025-01-01"},
        expect=409,
    )
    client.post(path, {"level": "4", "valid_from": "2026-01-01", "valid_until": "2027-01-01"})
    assert again(applicant).state == InstitutionState.ACCREDITED


def test_an_officer_of_another_place_sees_nothing(client, world):
    client.sign_in(world.stranger)
    for listing in ("courses", "payout-accounts", "institutions"):
        page = client.get(f"/fund/{listing}").get_data(as_text=True)
        assert "东湖学校" not in page
    for path in (
        f"courses/{world.course.code}",
        f"payout-accounts/{world.payee.code}",
        f"institutions/{world.school.code}",
    ):
        client.get(f"/fund/{path}", expect=404)
    for path in (
        f"courses/{world.course.code}/list",
        f"courses/{world.course.code}/return",
        f"payout-accounts/{world.payee.code}/verify",
        f"payout-accounts/{world.payee.code}/refuse",
        f"institutions/{world.school.code}/suspend",
        f"institutions/{world.school.code}/accredit",
    ):
        client.post(f"/fund/{path}", {"reason": "x"}, expect=404)
    assert again(world.course).state == CourseState.SUBMITTED


def test_an_administrator_sees_every_place(client, world):
    with write_transaction():
        administrator = make_administrator()
    client.sign_in(administrator)
    assert "低压电工" in client.get("/fund/courses").get_data(as_text=True)


def test_a_worker_login_may_not_enter(client, world):
    with write_transaction():
        user = make_user()
    client.sign_in(user)
    client.get("/fund/courses", expect=403)
    client.post(f"/fund/courses/{world.course.code}/list", expect=403)
