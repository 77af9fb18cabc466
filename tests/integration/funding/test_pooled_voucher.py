"""A voucher that several funds pay for, from its promise to a clawback, in the books."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError

from marketplace.enrollment.states import AssessmentResult, ExitReason
from marketplace.foundation.db import db, table_of, write_transaction
from marketplace.foundation.money import Money
from marketplace.funding.models import FundingShare
from marketplace.funding.operations.sources import approve_source, end_source, propose_source
from marketplace.funding.queries.shares import list_share_rows
from marketplace.funding.rules import Scope
from marketplace.funds.entries import available, committed
from marketplace.funds.queries import get_allotment
from marketplace.ledger.queries import get_balance_fen
from marketplace.people.models import Worker
from marketplace.people.states import WorkerCategory
from marketplace.redemption.operations.redeem import redeem_voucher
from marketplace.redemption.operations.release import release_reservation
from marketplace.redemption.operations.reverse import reverse_redemption
from marketplace.reporting.invariants import check_books
from marketplace.settlement.operations import approve_settlement, prepare_settlement
from marketplace.settlement.operations.clawbacks import approve_clawback, prepare_clawback
from marketplace.vouchers.models import Scheme
from marketplace.vouchers.operations.lifecycle import revoke_voucher
from tests.factories.catalog import make_listed_course, make_occupation, make_open_course_run
from tests.factories.enrollment import attend, make_completion, run_through
from tests.factories.funds import make_fund, make_funded_allotment
from tests.factories.people import make_verified_category, make_worker
from tests.factories.redemption import make_case, make_reservation
from tests.factories.settlement import Officers, make_officers
from tests.factories.vouchers import face_value_pack, make_pack, make_scheme, make_voucher

pytestmark = pytest.mark.usefixtures("app", "now")
FOR_VETERANS = Scope(categories=frozenset({"veteran"}))


def add_source(
    scheme: Scheme,
    officers: Officers,
    *,
    yuan: int,
    scope: Scope = FOR_VETERANS,
    priority: int = 10,
):
    """A fund with some money that pays for a scheme; its allotment and the source."""
    fund = make_fund()
    allotment = make_funded_allotment(fund, amount=Money(yuan * 100, "CNY"))
    source = propose_source(
        scheme.id,
        own_fund_id=scheme.fund_id,
        fund_id=fund.id,
        priority=priority,
        scope=scope,
        basis="测试〔2026〕7号",
        actor_id=officers.maker_id,
    )
    approve_source(source.id, actor_id=officers.checker_id)
    return allotment, source


def veteran() -> Worker:
    worker = make_worker()
    make_verified_category(worker, category=WorkerCategory.VETERAN)
    return worker


def held(allotment) -> tuple[int, int]:
    """What is available and what is committed of an allotment, in fen."""
    return (
        get_balance_fen(available(allotment.code)),
        get_balance_fen(committed(allotment.code)),
    )


def shares_of(voucher) -> dict[str, int]:
    return {row.allotment.code: row.amount_fen for row in list_share_rows(voucher.id)}


def test_a_face_value_is_promised_redeemed_reversed_and_clawed_back_pro_rata():
    with write_transaction():
        officers = make_officers()
        scheme = make_scheme(face_value_pack(50_000, ways_out=["claimed", "issued"]))
        earmarked, _source = add_source(scheme, officers, yuan=300)
        course = make_listed_course(fee_fen=40_001)
        case = make_case(scheme=scheme, worker=veteran(), course_run=make_open_course_run(course))
        own = get_allotment(case.voucher.allotment_id)
        before = held(own)[0]
        plain = make_voucher(make_worker().id, scheme=scheme)
    assert shares_of(case.voucher) == {earmarked.code: 30_000, own.code: 20_000}
    assert shares_of(plain) == {own.code: 50_000}, "earmarked money pays within its scope only"

    with write_transaction():
        revoke_voucher(plain.id, reason="误发", actor_id=None)
        attend(case.enrollment, case.staff.id)
        run_through(case.run.id)
        make_completion(case.enrollment, case.staff.id, assessment=AssessmentResult.PASSED)
        redemption = redeem_voucher(
            case.voucher.id, institution_id=case.institution.id, actor_id=case.staff.id
        )
    # 400.01 of 500.00: 3/5 and 2/5 are 240.006 and 160.004; the fen goes to the larger remainder.
    assert held(earmarked) == (30_000 - 24_001, 0)
    assert held(own) == (before + 20_000 - 16_000, 0)

    with write_transaction():
        reverse_redemption(redemption.id, reason="重复登记", actor_id=officers.maker_id)
        assert held(earmarked) == (0, 30_000)
        assert held(own) == (before, 20_000)
        redeem_voucher(case.voucher.id, institution_id=case.institution.id, actor_id=case.staff.id)
        settlement = prepare_settlement(
            case.institution.id, period_code="2026-11", actor_id=officers.maker_id
        )
        approve_settlement(settlement.id, actor_id=officers.checker_id)
        clawback = prepare_clawback(
            settlement.id, amount_fen=10_001, instalments=1, reason="虚假签到",
            actor_id=officers.maker_id,
        )  # fmt: skip
        approve_clawback(clawback.id, actor_id=officers.checker_id)
    # 24,001 and 16,000 of 40,001 paid: 100.01 comes back as 60.0075 and 40.0025.
    assert held(earmarked) == (30_000 - 24_001 + 6_001, 0)
    assert held(own) == (before + 20_000 - 16_000 + 4_000, 0)
    assert check_books().violations == ()


def test_an_entitlement_is_promised_by_class_and_given_back_to_whoever_promised_it(app):
    with write_transaction():
        officers = make_officers()
        scheme = make_scheme(make_pack())
        run = make_open_course_run(make_listed_course(occupation=make_occupation("9-99-99-77")))
        level_five = Scope(levels=frozenset({5}), occupations=("9-99",))
        earmarked, source = add_source(scheme, officers, yuan=500, scope=level_five)
        spare, _later = add_source(scheme, officers, yuan=900, scope=Scope(), priority=60)
        reservation = make_reservation(
            make_voucher(make_worker().id, scheme=scheme), course_run=run
        )
        voucher_id = reservation.voucher_id
    rows = list_share_rows(voucher_id)
    paid = [(row.amount_fen, row.source is None) for row in rows]
    assert paid == [(50_000, False), (30_000, True)], (
        "earmarked first, then its own, never the last"
    )
    assert held(spare) == (90_000, 0)
    told = app.test_cli_runner().invoke(args=["funds", "sources", scheme.code, "--json"])
    listed = {one["priority"]: one["promised_fen"] for one in json.loads(told.output)["sources"]}
    assert listed == {10: 50_000, 60: 0}
    with pytest.raises(IntegrityError, match="no entry commits this share"), write_transaction():
        db.session.execute(
            insert(table_of(FundingShare)).values(
                voucher_id=voucher_id, entry_id=reservation.entry_id, facts={},
                allotment_id=spare.id, source_id=None, amount_fen=1,
            )
        )  # fmt: skip

    with write_transaction():
        end_source(source.id, reason="年度结束", actor_id=officers.maker_id)
        release_reservation(reservation.id, reason=ExitReason.ILLNESS, actor_id=None)
        assert held(earmarked) == (50_000, 0), "what it promised stays its own, also after its end"
        again = make_reservation(make_voucher(make_worker().id, scheme=scheme), course_run=run)
    assert [row.source_id for row in _raw_shares(again.voucher_id)] == [None]
    assert check_books().violations == ()


def _raw_shares(voucher_id: int):
    return db.session.query(FundingShare).filter_by(voucher_id=voucher_id).order_by(FundingShare.id)
