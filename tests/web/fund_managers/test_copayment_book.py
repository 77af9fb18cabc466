"""Two officers hand co-payments over and clear the Stripe balance through the pages alone."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import select

from marketplace.copayments.models import CopaymentHandover, CopaymentPayment
from marketplace.copayments.operations.payments import (
    begin_online_payment,
    receive_online_payment,
)
from marketplace.copayments.states import HandoverState
from marketplace.foundation import clock
from marketplace.foundation.db import db, write_transaction
from marketplace.institutions.models import PayoutAccount
from marketplace.ledger.models import JournalEntry
from marketplace.payouts.models import StripeMovement
from marketplace.payouts.states import MovementState
from marketplace.reporting.invariants import check_books
from tests.factories.copayments import make_copayment
from tests.factories.enrollment import attend, make_completion, run_through
from tests.factories.funds import make_place
from tests.factories.people import make_officer
from tests.factories.rows import make_row
from tests.pages import PageClient


@pytest.fixture
def world(app, now):
    """An institution has earned what a learner paid over the internet; a line nobody knows."""
    with write_transaction():
        case, copayment = make_copayment()
        account = {"institution_id": case.institution.id, "state": "verified"}
        make_row(PayoutAccount, **account, payable_from=clock.today(), connected_account=None)
        receive_online_payment(
            begin_online_payment(copayment, actor_id=case.staff.id).code, on=clock.today()
        )
        attend(case.enrollment, case.staff.id)
        run_through(case.run.id)
        make_completion(case.enrollment, case.staff.id)
        amounts = {"amount_fen": -700, "fee_fen": 30, "net_fen": -730, "currency": "CNY"}
        words = {"movement_id": "txn_9", "kind": "adjustment", "cause": "unknown_kind"}
        make_row(StripeMovement, **amounts, **words, state="break", entry_id=None)
        place = make_place()
        case.institution.jurisdiction_id = place.id
        officers = [make_officer(place) for _one in range(2)]
    return case, [PageClient(app).sign_in(one.login) for one in officers]


def test_what_was_earned_goes_from_the_book_to_the_institution(app, world):
    case, (maker, checker) = world
    code = case.institution.code
    book = maker.get("/fund/co-payments").get_data(as_text=True)
    assert f"/fund/co-payments/of/{code}/handovers" in book
    assert code not in maker.get("/fund/co-payments?month=2020-01").get_data(as_text=True)
    maker.get("/fund/co-payments?month=99&channel=x&page=-1&institution=%25")
    assert "PY-" in maker.get(f"/fund/co-payments/of/{code}?channel=online").get_data(as_text=True)
    maker.post(f"/fund/co-payments/of/{code}/handovers")
    handover = db.session.scalars(select(CopaymentHandover.code)).one()
    address = f"/fund/co-payment-handovers/{handover}"
    maker.post(f"{address}/approve")
    assert "refusal" in maker.get(address).get_data(as_text=True)
    assert handover in checker.get("/fund/co-payment-handovers?state=prepared").get_data(
        as_text=True
    )
    checker.get(address)
    checker.post(f"{address}/approve")
    checker.get(address)
    maker.post(f"{address}/paid", {"reference": " "})
    assert "refusal" in maker.get(address).get_data(as_text=True)
    maker.post(f"{address}/paid", {"reference": "B-77"})
    maker.get(address)
    db.session.rollback()
    assert db.session.scalars(select(CopaymentHandover.state)).all() == [HandoverState.PAID]
    assert db.session.scalars(select(CopaymentPayment.passed_on_reference)).all() == ["B-77"]
    entry_id = db.session.scalars(
        select(JournalEntry.id).where(JournalEntry.kind == "copayment.passed_on")
    ).one()
    assert address in checker.get(f"/fund/entries/{entry_id}").get_data(as_text=True)
    school = PageClient(app).sign_in(case.staff.login)
    assert "B-77" in school.get("/institution/co-payments").get_data(as_text=True)
    told = app.test_cli_runner().invoke(args=["copayments", "handovers", "--json"]).output
    assert json.loads(told)["handovers"][0]["state"] == "paid"
    assert check_books().ok


def test_a_difference_at_stripe_is_explained_by_one_and_signed_by_another(app, world):
    _case, (maker, checker) = world
    address = "/fund/stripe-balance/txn_9"
    assert "txn_9" in maker.get("/fund/stripe-balance").get_data(as_text=True)
    maker.get("/fund/stripe-balance?state=nonsense&cause=x")
    maker.post(f"{address}/own")
    maker.post(f"{address}/explain", {"kind": "payment", "reason": ""})
    assert "refusal" in maker.get(address).get_data(as_text=True)
    maker.post(f"{address}/explain", {"kind": "fee", "reason": "争议手续费"})
    maker.get(address)
    checker.get(address)
    checker.post(f"{address}/return", {"reason": "附件不全"})
    maker.post(f"{address}/explain", {"kind": "fee", "reason": "争议手续费"})
    checker.post(f"{address}/sign")
    checker.get(address)
    db.session.rollback()
    assert db.session.scalars(select(StripeMovement.state)).all() == [MovementState.EXPLAINED]
    told = app.test_cli_runner().invoke(args=["stripe", "balance", "--json"])
    # The payment was never shown by Stripe: it is listed, and the exit code says so.
    assert (told.exit_code, json.loads(told.output)["open_differences"]) == (1, 0)
    assert len(json.loads(told.output)["missing"]) == 1
    assert check_books().ok
