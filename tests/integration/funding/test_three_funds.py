"""Three funds pay a training together: its allowance, a clawback and the clearing follow them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from marketplace.benefits.clawbacks.operations.deciding import (
    approve_benefit_clawback,
    prepare_benefit_clawback,
)
from marketplace.benefits.models import Benefit
from marketplace.benefits.operations import assemble_benefits, withdraw_benefit
from marketplace.clearing.models import ClearingItem
from marketplace.clearing.operations import prepare_clearing
from marketplace.foundation import clock
from marketplace.foundation.db import db, write_transaction
from marketplace.funds.models import Allotment
from marketplace.funds.operations import allot_fund, appropriate_fund
from marketplace.institutions.models import Institution
from marketplace.ledger.queries import find_entry, get_draft_of
from marketplace.people.states import WorkerCategory
from marketplace.redemption.operations.redeem import redeem_voucher
from marketplace.reporting.invariants import check_books
from marketplace.settlement.operations import approve_settlement, prepare_settlement
from tests.factories.benefits import LIVING, make_account, pay_ready_benefits
from tests.factories.corruption import damage, guards_off
from tests.factories.funds import make_place, yuan
from tests.factories.people import make_user, make_verified_category, make_worker
from tests.factories.redemption import make_ready_case
from tests.factories.settlement import make_officers
from tests.factories.vouchers import make_pack, make_scheme
from tests.integration.funding.test_pooled_voucher import add_source

pytestmark = pytest.mark.usefixtures("app", "now")
PAID = (33_300, 11_100, 35_600)
"""Of 800 yuan: all the first and the second source have, the rest by the own fund."""


def _more_money(allotment: Allotment) -> None:
    appropriate_fund(allotment.fund_id, amount=yuan(400), key=allotment.code, actor_id=None)
    allot_fund(
        allotment.fund_id,
        jurisdiction_id=allotment.jurisdiction_id,
        fiscal_year=allotment.fiscal_year,
        amount=yuan(400),
        key=allotment.code,
        actor_id=None,
    )


def _parts(kind: str, key: str) -> dict[str, int]:
    lines = get_draft_of(find_entry(kind, key).id).lines
    return {one.account.key: one.fen for one in lines if one.account.kind.startswith("allotment")}


def test_an_allowance_a_clawback_and_the_clearing_follow_the_three_funds():
    with write_transaction():
        officers = make_officers()
        scheme = make_scheme(make_pack(allowances=[LIVING]))
        first, _source = add_source(scheme, officers, yuan=333)
        second, _source = add_source(scheme, officers, yuan=111, priority=20)
        worker = make_worker(make_user())
        make_verified_category(worker, category=WorkerCategory.VETERAN)
        case = make_ready_case(scheme=scheme, worker=worker)
        redeem_voucher(case.voucher.id, institution_id=case.institution.id, actor_id=case.staff.id)
        own = db.session.scalars(select(Allotment).where(Allotment.fund_id == scheme.fund_id)).one()
    funds = (first, second, own)
    weights = dict(zip((one.code for one in funds), PAID, strict=True))
    with write_transaction():
        assert assemble_benefits(actor_id=None).unfunded == 1, "two of the three have nothing left"
        for allotment in funds:
            _more_money(allotment)
    with write_transaction():
        assert assemble_benefits(actor_id=None).funded_later == 1
    benefit = db.session.scalars(select(Benefit)).one()
    # 300 yuan: 124.875 + 41.625 + 133.50; of two equal halves of a fen the lower code gets it.
    lower = min(first.code, second.code)
    expected = {first.code: 12_487, second.code: 4_162, own.code: 13_350}
    expected[lower] += 1
    assert _parts("benefit.due", benefit.code) == expected
    assert sum(expected.values()) == 30_000

    with write_transaction():
        withdraw_benefit(benefit.id, reason="not enrolled", actor_id=officers.maker_id)
    assert _parts("benefit.withdrawn", benefit.code) == expected
    with write_transaction():
        assemble_benefits(actor_id=None)
        make_account(case.worker)
    with write_transaction():
        pay_ready_benefits(officers)
    again = db.session.scalars(select(Benefit).order_by(Benefit.id.desc())).first()
    with write_transaction():
        clawback = prepare_benefit_clawback(
            again.id, amount_fen=10_000, instalments=1, reason="no", clause="§ 4",
            actor_id=officers.maker_id,
        )  # fmt: skip
        approve_benefit_clawback(clawback.id, actor_id=officers.checker_id)
    back = _parts("benefit.clawed_back", clawback.code)
    assert {code: abs(fen - 10_000 * weights[code] / 80_000) < 1 for code, fen in back.items()} == {
        code: True for code in weights
    }
    assert sum(back.values()) == 10_000

    with write_transaction():
        home, other, place = (make_place(code, above=code[:4] + "00") for code in
                              ("220802", "220103", "220881"))  # fmt: skip
        school = db.session.get_one(Institution, case.institution.id)
        school.jurisdiction_id = place.id
        first.jurisdiction_id, second.jurisdiction_id = home.id, other.id
        own.jurisdiction_id = place.id
        month = prepare_settlement(school.id, period_code="2026-11", actor_id=officers.maker_id)
        approve_settlement(month.id, actor_id=officers.checker_id)
    with clock.frozen(datetime(2026, 12, 2, 2, tzinfo=UTC)):
        with write_transaction():
            prepare_clearing("2026-11", currency="CNY", actor_id=None)
        items = db.session.scalars(select(ClearingItem)).all()
        assert {(one.home_id, one.amount_fen) for one in items} == {
            (home.id, 33_300), (other.id, 11_100)
        }, "what the place itself paid is nobody's debt"  # fmt: skip
        assert check_books().violations == ()
        with guards_off():
            damage("UPDATE benefit SET redemption_id = redemption_id, amount_fen = 29999")
        assert "8 shares" in {one.invariant for one in check_books().violations}
