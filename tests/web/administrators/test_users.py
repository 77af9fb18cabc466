"""Logins under an administrator's hand, and the trail."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from marketplace.foundation.db import db, write_transaction
from marketplace.people.models import RoleGrant, User
from marketplace.people.states import UserState
from tests.factories.people import (
    make_administrator,
    make_jurisdiction,
    make_officer,
    make_user,
    make_worker,
    role_grants_of,
)
from tests.pages import PASSWORD, PageClient


@pytest.fixture
def admin(app, client):
    with write_transaction():
        user = make_administrator("the-admin")
        make_jurisdiction("990000")
        code = user.code
    client.sign_in("the-admin")
    return code


def _user(login: str) -> User:
    db.session.rollback()
    return db.session.scalars(select(User).where(User.login == login)).one()


def test_an_officer_gets_a_login_and_chooses_an_own_password(app, admin, client):
    client.get("/admin/users/new")
    form = {"login": "new-officer", "name": "赵经办", "role": "fund_officer", "place": "990000"}
    page = client.post("/admin/users/new", form, expect=200).get_data(as_text=True)
    password = re.search(r"[a-z2-9]{4}-[a-z2-9]{4}-[a-z2-9]{4}", page).group(0)
    officer = PageClient(app)
    answer = officer.post("/account/sign-in", {"login": "new-officer", "password": password})
    assert answer.location == "/account/new-password"
    form = {"password": "my own long words", "again": "my own long words"}
    assert officer.post("/account/new-password", form).location == "/fund/"


@pytest.mark.parametrize(
    "changes",
    [{"place": "123"}, {"place": ""}, {"role": "king"}, {"login": "the-admin"}, {"name": ""}],
)
def test_a_wrong_field_makes_no_login(admin, client, changes):
    form = {"login": "new-officer", "name": "赵经办", "role": "fund_officer", "place": "990000"}
    client.post("/admin/users/new", {**form, **changes}, expect=422)
    assert db.session.scalar(select(User).where(User.login == "new-officer")) is None


def test_users_are_found_by_login_role_and_state(admin, client):
    with write_transaction():
        make_user("some-body")
        make_officer(login="an-officer")
    page = client.get("/admin/users?q=BODY").get_data(as_text=True)
    assert "some-body" in page and "an-officer" not in page
    page = client.get("/admin/users?role=fund_officer").get_data(as_text=True)
    assert "some-body" not in page and "an-officer" in page
    client.get("/admin/users?state=closed&page=99")
    client.get("/admin/users?q=%25")


def test_roles_are_given_and_taken_back(admin, client):
    with write_transaction():
        code = make_user("some-body").code
    at = f"/admin/users/{code}"
    client.get(at)
    client.post(f"{at}/roles", {"role": "inspector", "place": ""}, expect=422)
    assert role_grants_of(_user("some-body")) == []
    client.post(f"{at}/roles", {"role": "inspector", "place": "990000"})
    client.post(f"{at}/roles", {"role": "inspector", "place": "990000"})
    [grant] = role_grants_of(_user("some-body"))
    client.post(f"{at}/roles/{grant.id}/revoke")
    client.post(f"{at}/roles/999999/revoke", expect=404)
    db.session.rollback()
    assert db.session.get_one(RoleGrant, grant.id).revoked_at is not None
    client.get(at)


def test_locking_needs_a_reason_and_spares_the_own_login(admin, client):
    with write_transaction():
        code = make_user("some-body").code
    client.post(f"/admin/users/{code}/lock", {"reason": ""}, expect=422)
    client.post(f"/admin/users/{code}/lock", {"reason": "离职"})
    assert _user("some-body").state is UserState.LOCKED
    client.post(f"/admin/users/{code}/lock", {"reason": "again"}, expect=409)
    client.post(f"/admin/users/{code}/unlock", {"reason": "回来"})
    client.post(f"/admin/users/{code}/close", {"reason": "离职"})
    assert _user("some-body").state is UserState.CLOSED
    client.post(f"/admin/users/{code}/unlock", {"reason": "no"}, expect=409)
    client.post(f"/admin/users/{admin}/lock", {"reason": "me"}, expect=409)


def test_a_lost_password_is_replaced_by_one_that_opens_one_door(app, admin, client):
    with write_transaction():
        code = make_user("some-body").code
    page = client.post(f"/admin/users/{code}/password", expect=200).get_data(as_text=True)
    assert re.search(r"[a-z2-9]{4}-[a-z2-9]{4}-[a-z2-9]{4}", page)
    form = {"login": "some-body", "password": PASSWORD}
    PageClient(app).post("/account/sign-in", form, expect=422)
    client.post(f"/admin/users/{code}/second-factors/remove")
    client.post(f"/admin/users/{admin}/second-factors/remove", expect=409)


def test_the_trail_is_filtered_and_holds_no_personal_data(admin, client):
    with write_transaction():
        worker = make_worker(name="钱小红")
        number, code = worker.id_number, worker.code
    page = client.get("/admin/audit").get_data(as_text=True)
    assert "worker.registered" in page
    assert number not in page and "钱小红" not in page and "13800138000" not in page
    page = client.get(f"/admin/audit?subject_kind=worker&subject_code={code}").get_data(
        as_text=True
    )
    assert "user.registered" not in page.split("<tbody>")[1]
    client.get("/admin/audit?actor=nobody-here&event=x&page=7")
    client.get("/admin/audit?actor=the-admin")


@pytest.mark.parametrize("path", ["/admin/users", "/admin/audit", "/admin/users/U-X", "/admin/"])
def test_others_do_not_enter(app, client, path):
    with write_transaction():
        login = make_officer().login
    client.get(path, expect=302)
    client.sign_in(login).get(path, expect=403)
