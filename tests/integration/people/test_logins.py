"""Logins: hashes, lockout, roles, the command line."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from marketplace.foundation import clock
from marketplace.foundation.db import db, write_transaction
from marketplace.foundation.errors import Refused
from marketplace.foundation.paging import PageRequest
from marketplace.foundation.passwords import use_password_cost
from marketplace.people.models import RoleGrant
from marketplace.people.operations import (
    check_password,
    close_user,
    grant_role,
    lock_login,
    record_sign_in,
    register_user,
    revoke_role,
    unlock_login,
)
from marketplace.people.queries import find_user_by_login, get_user, list_role_scopes, search_users
from marketplace.people.states import Role, UserState
from tests.factories.people import make_administrator, make_jurisdiction, make_officer, make_user
from tests.pages import PASSWORD

pytestmark = pytest.mark.usefixtures("now")


def _try(login: str, password: str) -> bool:
    check = check_password(login, password=password)
    with write_transaction():
        return record_sign_in(check) is not None


def test_passwords_are_argon2id_and_salted(app):
    with write_transaction():
        first, second = make_user(), make_user()
        hashes = {first.password_hash, second.password_hash}
    assert len(hashes) == 2
    assert all(found.startswith("$argon2id$") and PASSWORD not in found for found in hashes)


def test_a_hash_of_another_cost_is_renewed_at_sign_in(app):
    with write_transaction():
        user = make_user("somebody")
        user_id, old = user.id, user.password_hash
    use_password_cost(128)
    try:
        assert _try("somebody", PASSWORD)
    finally:
        use_password_cost(64)
    assert get_user(user_id).password_hash != old
    assert _try("somebody", PASSWORD)


def test_logins_differ_not_only_by_case_or_width(app):
    with write_transaction():
        make_user("somebody")
    for login in ("SomeBody", "ｓｏｍｅｂｏｄｙ"):
        with pytest.raises(Refused) as refused, write_transaction():
            make_user(login)
        assert refused.value.codes == ("login_taken",)
    assert _try("SOMEBODY", PASSWORD)


def test_a_wrong_login_password_and_name_are_all_told(app):
    with pytest.raises(Refused) as refused, write_transaction():
        register_user("13800138000", password="short", name="", locale="en")
    assert set(refused.value.codes) == {"login_is_personal", "password_short", "name_needed"}


def test_the_tenth_failure_shuts_and_time_opens(app, now):
    with write_transaction():
        make_user("somebody")
    for _ in range(9):
        assert not _try("somebody", "wrong")
    assert _try("somebody", PASSWORD)
    for _ in range(10):
        assert not _try("somebody", "wrong")
    assert not _try("somebody", PASSWORD)
    with clock.frozen(now + timedelta(minutes=15, seconds=1)):
        assert not _try("somebody", "wrong")
        assert _try("somebody", PASSWORD)
    assert not _try("nobody-at-all", PASSWORD)


def test_an_administrator_opens_a_shut_login(app):
    with write_transaction():
        user_id, admin_id = make_user("somebody").id, make_administrator().id
    for _ in range(10):
        _try("somebody", "wrong")
    with write_transaction():
        unlock_login(user_id, reason="telephone", actor_id=admin_id)
    assert _try("somebody", PASSWORD)


def test_a_password_changed_meanwhile_does_not_sign_in(app):
    with write_transaction():
        user_id = make_user("somebody").id
    check = check_password("somebody", password=PASSWORD)
    with write_transaction():
        get_user(user_id).password_hash = "changed"
    with write_transaction():
        assert record_sign_in(check) is None


def test_the_last_administrator_stays(app):
    with write_transaction():
        first, second = make_administrator(), make_administrator()
        first_id, second_id = first.id, second.id
    with write_transaction():
        lock_login(first_id, reason="x", actor_id=second_id)
    [(grant, _path)] = list_role_scopes(second_id)
    grant_id = grant.id
    with pytest.raises(Refused) as refused, write_transaction():
        revoke_role(grant_id, actor_id=first_id)
    assert refused.value.codes == ("last_administrator",)
    with pytest.raises(Refused) as refused, write_transaction():
        close_user(second_id, reason="x", actor_id=first_id)
    assert "last_administrator" in refused.value.codes
    assert get_user(first_id).state is UserState.LOCKED


def test_roles_carry_the_path_of_their_place(app):
    with write_transaction():
        province = make_jurisdiction("990000")
        city = make_jurisdiction("990100", parent=province)
        officer_id, admin_id = make_officer(city).id, make_administrator().id
    assert [path for _grant, path in list_role_scopes(officer_id)] == ["/990000/990100/"]
    assert [path for _grant, path in list_role_scopes(admin_id)] == [""]


def test_search_is_paged_and_takes_wildcards_literally(app):
    with write_transaction():
        for number in range(25):
            make_user(f"person-{number:02d}")
    page = search_users("PERSON", PageRequest(2, 10))
    assert (page.total, len(page.items), page.items[0].login) == (25, 10, "person-10")
    assert search_users("%", PageRequest()).total == 0
    assert search_users("person_0", PageRequest()).total == 0


def test_a_fresh_deployment_is_begun_from_the_command_line(app):
    runner = app.test_cli_runner()
    made = runner.invoke(
        args=["users", "create-administrator", "first-admin", "--password-stdin", "--json"],
        input="a password from a pipe\n",
    )
    assert made.exit_code == 0, made.output
    assert json.loads(made.stdout)["role"] == "administrator"
    db.session.rollback()
    user = find_user_by_login("first-admin")
    assert user is not None
    assert [grant.role for grant, _path in list_role_scopes(user.id)] == [Role.ADMINISTRATOR]
    assert _try("first-admin", "a password from a pipe")


def test_the_command_line_refuses_and_explains(app):
    runner = app.test_cli_runner()
    weak = runner.invoke(
        args=["users", "create-administrator", "first-admin", "--password-stdin"], input="short\n"
    )
    assert weak.exit_code == 1
    assert "10" in weak.stderr
    assert runner.invoke(args=["users", "grant", "nobody", "fund_officer"]).exit_code == 2


def test_the_command_line_grants_a_role_in_a_place(app):
    with write_transaction():
        make_jurisdiction("990000")
        make_user("somebody")
    runner = app.test_cli_runner()
    args = ["users", "grant", "somebody", "fund_officer", "--jurisdiction"]
    assert runner.invoke(args=[*args, "123456"]).exit_code == 2
    everywhere = runner.invoke(args=args[:-1])
    assert everywhere.exit_code == 1
    assert everywhere.stderr.strip()
    assert runner.invoke(args=[*args, "990000"]).exit_code == 0
    db.session.rollback()
    user = find_user_by_login("somebody")
    assert user is not None
    assert [path for _grant, path in list_role_scopes(user.id)] == ["/990000/"]


@pytest.mark.parametrize("role", [Role.FUND_OFFICER, Role.INSPECTOR])
def test_only_administrators_hold_their_role_everywhere(app, role):
    with write_transaction():
        user_id = make_user("somebody").id
    with pytest.raises(Refused) as no, write_transaction():
        grant_role(user_id, role=role, jurisdiction_id=None, actor_id=None)
    assert no.value.codes == ("role_needs_place",)
    assert no.value.refusals[0].field == "place"
    with pytest.raises(IntegrityError), write_transaction():
        db.session.add(
            RoleGrant(user_id=user_id, role=role, jurisdiction_id=None, granted_at=clock.now())
        )
        db.session.flush()
