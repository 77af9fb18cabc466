"""The demo's employer with a quota: some of its people accepted, one sits in a class, some did not
get a voucher; more places wait for the second signature."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from stdnum.cn import uscc as uscc_number

from marketplace.demo.cast import Cast
from marketplace.demo.history import announce_run, at
from marketplace.employers.operations.employers import record_employer, record_member
from marketplace.foundation import clock
from marketplace.foundation.db import write_transaction
from marketplace.funds.queries import find_allotment_of
from marketplace.people.operations import declare_category, verify_category_fact
from marketplace.people.queries import get_worker
from marketplace.people.states import WorkerCategory
from marketplace.quotas.operations.granting import propose_quota, propose_raise, sign_step
from marketplace.quotas.operations.naming import NamedPerson, name_employees
from marketplace.quotas.rules import QuotaSize
from marketplace.redemption.operations.reserve import reserve_voucher
from marketplace.vouchers.operations.issue import accept_voucher
from marketplace.vouchers.operations.quotes import make_quote
from marketplace.vouchers.queries.schemes import get_scheme

EMPLOYER = "嫩江机械制造有限公司(演示)"
PLACES = 12
MORE = 6
SCHOOL = 3
"""大安机电技工培训中心: the employer's people learn to weld there."""
EMPLOYEES = 4
ACCEPTED = 2
UNKNOWN = NamedPerson("W-2222-2222-22", "赵无此")
LETTER = "嫩机人字〔2026〕示例1号"


def make_employer(cast: Cast, people: Sequence[int], *, scheme_id: int, today: date) -> None:
    """A quota of these weeks, its employer's login, and what became of those who were named.

    Of the people one is no verified employee and one is not registered at all.
    """
    granted_on = max(today - timedelta(days=18), date(today.year, 1, 1))
    with at(granted_on):
        quota_id = _grant(cast, scheme_id=scheme_id)
        for worker_id in people[:-1]:
            _verify_employee(cast, worker_id)
    named_on = min(granted_on + timedelta(days=3), today)
    with at(named_on), write_transaction():
        workers = [get_worker(worker_id) for worker_id in people]
        named = [NamedPerson(worker.code, worker.name) for worker in workers]
        namings = name_employees(
            quota_id, [*named, UNKNOWN], document_number=LETTER, actor_id=cast.users["employer"]
        )
        given = [
            (one.voucher_id, one.worker_id) for one in namings if one.voucher_id and one.worker_id
        ]
    for voucher_id, worker_id in given[:ACCEPTED]:
        with at(min(named_on + timedelta(days=1), today)), write_transaction():
            accept_voucher(voucher_id, worker_id=worker_id, actor_id=None)
    _enroll(cast, *given[0], today=today)
    with at(today - timedelta(days=1) if named_on < today else today, 15), write_transaction():
        propose_raise(
            quota_id,
            size=QuotaSize(places=MORE),
            reason="第二车间申请追加",
            actor_id=cast.users["maker"],
        )


def _grant(cast: Cast, *, scheme_id: int) -> int:
    day = clock.today()
    allotment = find_allotment_of(
        get_scheme(scheme_id).fund_id, cast.prefecture_id, fiscal_year=day.year
    )
    assert allotment is not None, "the prefecture has money of every year"
    with write_transaction():
        employer = record_employer(uscc=_uscc(), name=EMPLOYER, actor_id=cast.users["maker"])
        record_member(
            employer, login="employer", document_number=LETTER, actor_id=cast.users["maker"]
        )
        quota = propose_quota(
            employer.id,
            scheme_id=scheme_id,
            allotment_id=allotment.id,
            size=QuotaSize(places=PLACES),
            ends_on=min(day + timedelta(days=90), date(day.year, 12, 31)),
            reason="新产线投产，焊工和电工轮训",
            actor_id=cast.users["maker"],
        )
        quota_id = quota.id
    with write_transaction():
        sign_step(quota_id, actor_id=cast.users["checker"])
    return quota_id


def _verify_employee(cast: Cast, worker_id: int) -> None:
    with write_transaction():
        fact = declare_category(
            worker_id,
            category=WorkerCategory.ENTERPRISE_EMPLOYEE,
            valid_from=clock.today() - timedelta(days=400),
            valid_until=None,
            document_id=None,
            actor_id=cast.users["maker"],
        )
        verify_category_fact(fact.id, valid_until=None, actor_id=cast.users["checker"])


def _enroll(cast: Cast, voucher_id: int, worker_id: int, *, today: date) -> None:
    run = announce_run(
        cast.schools[SCHOOL], 0, first_on=today + timedelta(days=25),
        announced_on=today - timedelta(days=1), capacity=20, ground_number=1,
    )  # fmt: skip
    with write_transaction():
        quote = make_quote(
            worker_id, voucher_id=voucher_id, course_run_id=run.course_run_id, actor_id=None
        )
        reserve_voucher(voucher_id, quote_id=quote.id, worker_id=worker_id, actor_id=None)


def _uscc() -> str:
    """An invented code of an area that was never assigned, with its check character."""
    body = "91990101MA17EM001"
    return body + str(uscc_number.calc_check_digit(body + "0"))
