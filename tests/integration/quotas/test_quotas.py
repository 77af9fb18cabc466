"""An enterprise quota through its whole life, on both engines: money, places, people, guards."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from marketplace.foundation import clock
from marketplace.foundation.db import db, write_transaction
from marketplace.foundation.errors import Refused
from marketplace.foundation.paging import PageRequest
from marketplace.foundation.stored_refusals import refusal_from
from marketplace.funds.entries import available, committed, set_aside
from marketplace.ledger.queries import get_balance_fen
from marketplace.notices.models import Notice
from marketplace.people.states import WorkerCategory
from marketplace.quotas.checks import CHECKS as QUOTA_CHECKS
from marketplace.quotas.operations.granting import propose_raise, refuse_step, sign_step
from marketplace.quotas.operations.naming import NamedPerson, name_employees
from marketplace.quotas.operations.returning import end_quota, lower_quota, withdraw_quota
from marketplace.quotas.queries.namings import get_use, list_namings
from marketplace.quotas.queries.quotas import list_quotas
from marketplace.quotas.rules import QuotaSize
from marketplace.reporting.invariants import check_books
from marketplace.vouchers.models import Voucher
from marketplace.vouchers.operations.issue import accept_voucher, decline_voucher
from marketplace.vouchers.operations.lifecycle import expire_voucher
from marketplace.vouchers.queries.recheck import recheck_claims
from marketplace.vouchers.states import QuotaState, VoucherOrigin, VoucherState
from tests.conftest import NOW
from tests.factories.people import make_worker
from tests.factories.quotas import FACE, LAST_DAY, QuotaWorld, make_quota_world, named
from tests.factories.voucher_rows import make_category, make_person
from tests.kept import kept

MONEY = 10_000_000


@pytest.fixture
@kept
def world(app, now) -> QuotaWorld:
    with write_transaction():
        return make_quota_world()


def balances(world: QuotaWorld) -> tuple[int, int, int]:
    code = world.allotment.code
    return tuple(get_balance_fen(kind(code)) for kind in (available, set_aside, committed))


def employees(count: int) -> list:
    people = [make_person() for _ in range(count)]
    for person in people:
        make_category(person, WorkerCategory.ENTERPRISE_EMPLOYEE)
    return people


def call(world: QuotaWorld, quota, people, **wanted):
    values = {"document_number": "2026-7", "actor_id": world.maker.id, **wanted}
    with write_transaction():
        return name_employees(quota.id, people, **values)


def reasons(naming) -> list[str]:
    return [refusal_from(one).code for one in naming.refusals]


def test_a_quota_lives_from_the_proposal_to_its_last_day(world):
    with write_transaction():
        quota = world.propose(3)
        assert world.propose(3) is quota, "a retry proposes nothing new"
        first, second, third = employees(3)
        login = make_worker(name="王五")
    assert balances(world) == (MONEY, 0, 0), "one signature promises nothing"
    with pytest.raises(Refused) as same, write_transaction():
        sign_step(quota.id, actor_id=world.maker.id)
    assert same.value.codes == ("same_person",)
    with write_transaction():
        sign_step(quota.id, actor_id=world.checker.id)
    assert balances(world) == (MONEY - 3 * FACE, 3 * FACE, 0)

    stranger = NamedPerson(first.code, "别人")
    wanted = [*named(first, second), stranger, NamedPerson("99010119900517001X", "无名")]
    given = call(world, quota, [*wanted, *named(login)])
    assert [reasons(one) for one in given] == [
        [],
        [],
        ["quota_person_unknown"],
        ["quota_person_unknown"],
        ["quota_not_verified_employee"],
    ]
    assert "99010119900517001X" not in "".join(one.shown_as for one in given)
    assert balances(world) == (MONEY - 3 * FACE, FACE, 2 * FACE)
    again = call(world, quota, named(first, second))
    assert [one.id for one in again] == [given[0].id, given[1].id], (
        "the same list gives nothing new"
    )
    assert db.session.get_one(type(quota), quota.id).used == 2

    mine = db.session.scalars(select(Voucher).where(Voucher.worker_id == first.id)).one()
    assert (mine.state, mine.origin) == (VoucherState.OFFERED, VoucherOrigin.QUOTA)
    with write_transaction():
        decline_voucher(mine.id, worker_id=first.id, actor_id=None)
        theirs = db.session.scalars(select(Voucher).where(Voucher.worker_id == second.id)).one()
        accept_voucher(theirs.id, worker_id=second.id, actor_id=None)
    assert balances(world) == (MONEY - 3 * FACE, 2 * FACE, FACE), "the place is free again"
    with pytest.raises(Refused), write_transaction():
        decline_voucher(theirs.id, worker_id=second.id, actor_id=None)
    assert call(world, quota, named(third))[0].voucher_id
    use = get_use(quota.id)
    assert (use.given, use.offered, use.accepted, use.ended, use.certificates) == (3, 1, 1, 1, 0)

    with pytest.raises(Refused) as soon, write_transaction():
        end_quota(quota.id)
    assert soon.value.codes == ("quota_not_due",)
    with clock.frozen(NOW + (LAST_DAY - NOW.date()) + timedelta(days=1)):
        with write_transaction():
            assert end_quota(quota.id)[1] == 1
            assert end_quota(quota.id)[1] == 0, "again changes nothing"
        assert balances(world) == (MONEY - 2 * FACE, 0, 2 * FACE)
        assert call_refused(world, quota, named(first)) == ("quota_not_in_force",)
    with clock.frozen(NOW + timedelta(days=90)):
        with write_transaction():
            expire_voucher(theirs.id, actor_id=None)
        assert balances(world) == (MONEY - FACE, 0, FACE), "nothing comes back to an ended quota"
        assert check_books().violations == ()
    assert [one.difference for one in recheck_claims()] == [None] * 3


def list_found(checks) -> list:
    return [violation for check in checks for violation in check()]


def call_refused(world: QuotaWorld, quota, people, **wanted) -> tuple[str, ...]:
    with pytest.raises(Refused) as refused:
        call(world, quota, people, **wanted)
    return refused.value.codes


def test_a_quota_is_raised_by_two_lowered_and_withdrawn_by_one_with_a_reason(world):
    with write_transaction():
        quota = world.grant(2)
        propose_raise(quota.id, size=QuotaSize(amount_fen=FACE), reason="扩岗", actor_id=1)
    with pytest.raises(Refused) as waiting, write_transaction():
        lower_quota(quota.id, places=5, reason=" ", actor_id=1)
    assert waiting.value.codes == ("quota_step_open", "quota_fewer_places", "quota_reason_needed")
    to_sign = list_quotas(("",), PageRequest(1, 5), state=QuotaState.PROPOSED)
    assert [item.quota.id for item in to_sign.items] == [quota.id], "found where it is signed"
    with write_transaction():
        refuse_step(quota.id, reason="名单未附", actor_id=world.checker.id)
        propose_raise(quota.id, size=QuotaSize(places=2), reason="扩岗", actor_id=world.maker.id)
        sign_step(quota.id, actor_id=world.checker.id)
        lower_quota(quota.id, places=1, reason="人员减少", actor_id=world.maker.id)
    assert balances(world) == (MONEY - 3 * FACE, 3 * FACE, 0)
    with pytest.raises(Refused) as much, write_transaction():
        propose_raise(quota.id, size=QuotaSize(places=8), reason="扩岗", actor_id=world.maker.id)
    assert much.value.codes == ("quota_employer_limit",)
    with write_transaction():
        people = employees(1)
    assert call(world, quota, named(*people))[0].voucher_id
    with write_transaction():
        withdraw_quota(quota.id, reason="停产", actor_id=world.maker.id)
        withdraw_quota(quota.id, reason="停产", actor_id=world.maker.id)
    assert quota.state is QuotaState.WITHDRAWN
    assert balances(world) == (MONEY - FACE, 0, FACE), "what was given stays"
    assert list_found(QUOTA_CHECKS) == []


@pytest.mark.sqlite
def test_only_places_that_are_left_are_given_and_everybody_is_told(world):
    with write_transaction():
        quota = world.grant(1)
        login = make_worker(name="王五")
        make_category(login, WorkerCategory.ENTERPRISE_EMPLOYEE)
        other = employees(1)[0]
    given = call(world, quota, [NamedPerson(login.id_number, "王五"), *named(other)])
    assert [reasons(one) for one in given] == [[], ["quota_full"]]
    told = db.session.scalars(select(Notice).where(Notice.user_id == login.user_id)).all()
    assert [(one.kind, one.params["employer"]) for one in told] == [
        ("quota.named", world.employer.name)
    ]
    items = list_namings(quota.id, PageRequest()).items
    assert [item.outcome.value for item in items] == ["not_given", "offered"]


@pytest.mark.sqlite
def test_guessing_is_locked_after_ten_misses(world):
    with write_transaction():
        quota = world.grant(2)
        person = employees(1)[0]
    guesses = [NamedPerson(f"W-GUESS{number}", "李小花") for number in range(10)]
    given = call(world, quota, [*guesses, *named(person)])
    assert {reasons(one)[0] for one in given[:10]} == {"quota_person_unknown"}
    assert reasons(given[10]) == ["look_ups_locked"], "who comes after is not looked up"
    assert call_refused(world, quota, named(person)) == ("look_ups_locked",)
    with clock.frozen(NOW + timedelta(minutes=61)):
        assert call(world, quota, named(person))[0].voucher_id


def test_the_database_keeps_what_no_code_may_do(world):
    with write_transaction():
        quota = world.grant(1)
        people = employees(2)
    voucher_id = call(world, quota, named(people[0]))[0].voucher_id
    copied = (
        "code, scheme_id, scheme_version_id, allotment_id, kind, origin, value_fen, issued_on,"
        " valid_from, expires_on, is_pooled, created_at, changed_at, quota_id"
    )
    second = (
        f"INSERT INTO voucher (worker_id, state, {copied}) SELECT {people[1].id}, 'offered',"
        f" {copied.replace('code,', chr(39) + 'VC-SECOND' + chr(39) + ',', 1)}"
        f" FROM voucher WHERE id = {voucher_id}"
    )
    attacks = [
        second,  # a voucher more than there are places
        f"UPDATE enterprise_quota SET places = 0 WHERE id = {quota.id}",
        f"UPDATE voucher SET quota_id = NULL WHERE id = {voucher_id}",
        "UPDATE quota_step SET places = 9",
        "UPDATE quota_naming SET shown_as = 'x'",
        "DELETE FROM quota_naming",
    ]
    for attack in attacks:
        with pytest.raises(DBAPIError), write_transaction():
            db.session.execute(text(attack))
    with write_transaction():
        withdraw_quota(quota.id, reason="停产", actor_id=world.maker.id)
    with pytest.raises(DBAPIError), write_transaction():
        db.session.execute(text(second))
