"""Officers, schools and administrators see Stripe: chosen, signed, watched."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from marketplace.foundation.db import db, write_transaction
from marketplace.institutions.models import Institution, PayoutAccount
from marketplace.institutions.operations.payout_accounts import propose_payout_account
from marketplace.institutions.states import PayoutAccountState
from marketplace.payouts.models import PayoutBatch
from marketplace.payouts.rails.stripe import use_stripe
from marketplace.people.models import User
from marketplace.settlement.models import Settlement
from tests.factories.people import make_administrator, make_officer, make_user
from tests.factories.settlement import Officers, make_approved_settlement
from tests.factories.stripe import make_stripe_batch, post_event, run_transfers, stripe_in_use
from tests.kept import kept
from tests.pages import PageClient
from tests.stripe_simulator import event_of

ACCOUNT = "acct_1ConnectedSchool"


@pytest.fixture
def stripe(app, now):
    with stripe_in_use() as simulator:
        yield simulator


@pytest.fixture
@kept
def officers(app, now):
    with write_transaction():
        return Officers(*(make_officer().id for _ in range(2)))


@pytest.fixture
def maker(app, officers):
    return PageClient(app).speak("en").sign_in(db.session.get_one(User, officers.maker_id).login)


@pytest.fixture
def administrator(app, now):
    with write_transaction():
        login = make_administrator().login
    return PageClient(app).speak("en").sign_in(login)


def _text(answer) -> str:
    return answer.get_data(as_text=True)


def test_an_officer_pays_a_school_through_stripe(app, stripe, officers, maker):
    with write_transaction():
        settlement = make_approved_settlement(officers)
        stripe.connect(db.session.scalar(select(PayoutAccount.connected_account)))
    page = _text(maker.get("/fund/payout-batches"))
    assert "By bank or by Stripe" in page
    maker.post("/fund/payout-batches", {"settlement_id": str(settlement.id), "rail": "stripe"})
    batch = db.session.scalar(select(PayoutBatch.code))
    checker = (
        PageClient(app).speak("en").sign_in(db.session.get_one(User, officers.checker_id).login)
    )
    checker.post(f"/fund/payout-batches/{batch}/approve")
    maker.post(f"/fund/payout-batches/{batch}/send")
    path = f"/fund/payout-batches/{batch}"
    assert "Ask Stripe again" in _text(maker.get(path))
    stripe.funds = 0
    assert run_transfers() == {"waiting": 1}
    assert "does not cover it" in _text(maker.get(path))
    assert "余额不足" in _text(maker.speak("zh_Hans_CN").get(path))
    stripe.funds = 10**9
    maker.post(f"{path}/ask-stripe")
    assert run_transfers() == {"confirmed": 1}, "under a new key: the old one says no for a day"
    page = _text(maker.speak("en").get(path))
    assert "tr_0000000000000000" in page
    assert "Ask Stripe again" not in page
    maker.post(f"{path}/ask-stripe")
    assert "waits for Stripe" in _text(maker.get(path))


def test_without_a_key_stripe_is_not_offered(stripe, officers, maker):
    with write_transaction():
        settlement = make_approved_settlement(officers)
    use_stripe(None)
    assert "Stripe" not in _text(maker.get("/fund/payout-batches"))
    form = {"settlement_id": str(settlement.id), "rail": "stripe"}
    maker.post("/fund/payout-batches", form, expect=404)


def _proposed(connected: str) -> PayoutAccount:
    with write_transaction():
        school = db.session.scalars(
            select(Institution).join(Settlement, Settlement.institution_id == Institution.id)
        ).one()
        return propose_payout_account(
            school.id,
            holder=school.name,
            number="42000000123456",
            bank_name="演示商业银行",
            bank_code="999100000009",
            connected_account=connected,
            actor_id=make_user().id,
        )


def test_stripe_is_asked_before_its_account_is_signed(stripe, officers, maker):
    with write_transaction():
        make_approved_settlement(officers)
    path = f"/fund/payout-accounts/{_proposed(ACCOUNT).code}"
    page = _text(maker.get(path))
    assert ACCOUNT in page
    for prepare, said in (
        (lambda: None, "Stripe knows no account"),
        (lambda: stripe.connect(ACCOUNT, transfers="pending"), "cannot receive transfers yet"),
        (lambda: setattr(stripe, "faults", lambda _seen: "503"), "Stripe did not answer"),
    ):
        prepare()
        assert said in _text(maker.post(f"{path}/verify", expect=409))
    stripe.faults = lambda _seen: None
    stripe.connect(ACCOUNT)
    maker.post(f"{path}/verify")
    found = db.session.scalars(
        select(PayoutAccount).where(PayoutAccount.state == PayoutAccountState.VERIFIED)
    ).one()
    assert found.connected_account == ACCOUNT
    assert found.payable_from.isoformat() == "2026-11-27", "a change is held for seven days"


def test_an_administrator_sees_what_is_set_up_and_what_stripe_said(
    app, stripe, officers, administrator
):
    with write_transaction():
        make_stripe_batch(stripe, officers)
    run_transfers()
    stripe.reverse("tr_0000000000000000")
    post_event(app.test_client(), event_of("transfer.reversed", "tr_0000000000000000"))
    page = _text(administrator.get("/admin/payment-channels"))
    assert "Test: no money moves" in page
    assert "Payout returned" in page
    assert "transfer.reversed" in page
    assert "sk_test" not in page
    assert "whsec" not in page
    use_stripe(None)
    assert "STRIPE_API_KEY" in _text(administrator.get("/admin/payment-channels"))
