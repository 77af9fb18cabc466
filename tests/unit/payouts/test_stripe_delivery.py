"""Thousands of faulty calls to Stripe: every payout is made exactly once, and so it stays."""

from __future__ import annotations

import os
import random
from itertools import count

import pytest

from marketplace.payouts.rails.stripe import (
    DeliveryReport,
    StripeApi,
    StripeRefused,
    StripeSettings,
    StripeSilent,
    TransferOrder,
    deliver,
    key_of,
    stripe_of,
)
from tests.stripe_simulator import FAULTS, StripeSimulator, at_random

SETTINGS = StripeSettings("https://api.stripe.com", "sk_test_simulated")
CALLS = int(os.environ.get("STRIPE_FAULTY_CALLS", "1500"))
"""Faulty calls of the long test; 50,000 take about a minute."""
PAYEE = "acct_000000001"


@pytest.fixture
def stripe() -> StripeSimulator:
    made = StripeSimulator()
    made.connect(PAYEE)
    return made


@pytest.fixture
def api(stripe) -> StripeApi:
    return StripeApi(SETTINGS, transport=stripe.session())


def _order(number: int = 1, amount_fen: int = 120_000) -> TransferOrder:
    return TransferOrder(f"PO{number}-1", "PB1", amount_fen, "CNY", PAYEE, "PO PB1")


def test_a_transfer_says_all_that_is_ours(stripe, api):
    seen = deliver(api, _order(), key_number=1).transfer
    look_up, create = stripe.seen
    assert (look_up.method, look_up.path) == ("GET", "/v1/transfers")
    assert dict(look_up.query) == {"transfer_group": "PO1-1", "limit": "3"}
    assert (create.method, create.path) == ("POST", "/v1/transfers")
    assert dict(create.form) == {
        "amount": "120000",
        "currency": "cny",
        "destination": PAYEE,
        "description": "PO PB1",
        "transfer_group": "PO1-1",
        "metadata[payout]": "PO1-1",
        "metadata[batch]": "PB1",
    }
    assert create.headers["Idempotency-Key"] == "PO1-1"
    assert create.headers["Stripe-Version"] == "2026-10-28.endive"
    assert create.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert "X-Stripe-Client-Telemetry" not in create.headers
    assert (seen.reference, seen.amount_fen, seen.currency) == ("PO1-1", 120_000, "CNY")


def test_what_is_there_is_found_and_not_made_again(stripe, api):
    first = deliver(api, _order(), key_number=1)
    stripe.forget_keys()
    assert deliver(api, _order(), key_number=1) == first
    assert [seen.method for seen in stripe.seen] == ["GET", "POST", "GET"]


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_once_and_then_one_transfer(stripe, api, fault):
    faults = iter([None, fault])
    stripe.faults = lambda _seen: next(faults, None)
    first = deliver(api, _order(), key_number=1)
    assert first.transfer is None
    assert not first.is_refused
    assert stripe.faults_hit == [fault]
    key_number = 1
    for _try in range(4):
        report = deliver(api, _order(), key_number=key_number)
        key_number += report.needs_new_key
        if report.transfer:
            break
    assert report.transfer is not None
    assert len(stripe.living("PO1-1")) == 1


def test_a_final_no_is_believed_after_a_second_look(stripe, api):
    order = TransferOrder("PO1-1", "PB1", 5, "CNY", "acct_unknown0", "x")
    assert deliver(api, order, key_number=1) == DeliveryReport(
        failure="resource_missing", is_refused=True
    )
    assert [seen.method for seen in stripe.seen] == ["GET", "POST", "GET"]


def test_a_final_no_without_a_second_look_waits(stripe, api):
    faults = iter([None, None, "503"])
    stripe.faults = lambda _seen: next(faults, None)
    order = TransferOrder("PO1-1", "PB1", 5, "CNY", "acct_unknown0", "x")
    assert deliver(api, order, key_number=1) == DeliveryReport(failure="resource_missing")


def test_no_funds_and_a_repeated_failure_ask_for_a_new_key(stripe, api):
    stripe.funds = 1
    assert deliver(api, _order(), key_number=1).needs_new_key
    stripe.funds = 10**9
    assert deliver(api, _order(), key_number=1).needs_new_key, "the old answer is repeated"
    assert deliver(api, _order(), key_number=2).transfer is not None
    assert (key_of(_order(), 1), key_of(_order(), 2)) == ("PO1-1", "PO1-1.2")


def test_another_body_under_our_key_stops(stripe, api):
    deliver(api, _order(), key_number=1)
    stripe.of_group.clear()
    report = deliver(api, _order(amount_fen=1), key_number=1)
    assert (report.failure, report.is_refused) == ("key_of_another_request", False)


def test_two_transfers_of_one_reference_are_told(stripe, api):
    api.create_transfer(_order(), key="a")
    api.create_transfer(_order(), key="b")
    assert deliver(api, _order(), key_number=1) == DeliveryReport(failure="second_transfer")


def test_a_wrong_key_is_no_answer_about_the_payout(stripe):
    wrong = StripeSettings("https://api.stripe.com", "sk_test_wrong")
    api = StripeApi(wrong, transport=stripe.session())
    assert deliver(api, _order(), key_number=1) == DeliveryReport(failure="key_refused")


def test_a_live_key_goes_over_a_closed_line_only():
    with pytest.raises(ValueError, match="https"):
        stripe_of(StripeSettings("http://stripe.example", "sk_live_x"))
    assert stripe_of(StripeSettings("http://stripe.example", "")) is None


def _storm(
    stripe: StripeSimulator, api: StripeApi, *, seed: int, calls: int, fresh_keys: bool = False
) -> int:
    """Payouts one after another until so many calls were faulty; answers how many there were."""
    drawn, unique = random.Random(seed), count(1_000)
    stripe.keeps_requests = False
    stripe.faults = at_random(seed, 0.6)
    for number in count(1):
        if len(stripe.faults_hit) >= calls:
            return number - 1
        order, key_number = _order(number, drawn.randint(1, 10_000)), 1
        for _try in range(400):
            key_number = next(unique) if fresh_keys else key_number
            # A second runner may have looked before the first one creates, and create after it.
            has_second = drawn.random() < 0.3 and _saw_nothing(api, order)
            report = deliver(api, order, key_number=key_number)
            if has_second:
                _send_again(api, order, next(unique) if fresh_keys else key_number)
            if report.transfer:
                break
            key_number += report.needs_new_key
            if drawn.random() < 0.1:
                stripe.forget_keys()
        assert report.transfer is not None, "not even after 400 tries"
    raise AssertionError("it ends by the count of faulty calls")


def _saw_nothing(api: StripeApi, order: TransferOrder) -> bool:
    try:
        return api.list_transfers(order.reference) == []
    except (StripeSilent, StripeRefused):
        return False


def _send_again(api: StripeApi, order: TransferOrder, key_number: int) -> None:
    try:
        api.create_transfer(order, key=key_of(order, key_number))
    except (StripeSilent, StripeRefused):
        return


def _not_once(stripe: StripeSimulator, payouts: int) -> list[int]:
    stripe.forget_keys()  # what is still on its way arrives
    return [n for n in range(1, payouts + 1) if len(stripe.living(f"PO{n}-1")) != 1]


def test_faulty_calls_leave_one_transfer_each(stripe, api):
    funds = stripe.funds
    payouts = _storm(stripe, api, seed=20261120, calls=CALLS)
    assert payouts > CALLS / 20
    assert set(stripe.faults_hit) == set(FAULTS), "every kind of fault has landed"
    assert _not_once(stripe, payouts) == []
    paid = sum(transfer["amount"] for transfer in stripe.transfers.values())
    assert funds - stripe.funds == paid


def test_without_the_look_up_money_goes_twice(stripe, api, monkeypatch):
    """The control: the storm is strong enough to double payouts that only a key protects."""
    monkeypatch.setattr(StripeApi, "list_transfers", lambda *_: [])
    payouts = _storm(stripe, api, seed=20261120, calls=250)
    assert _not_once(stripe, payouts)


def test_without_the_key_money_goes_twice(stripe, api):
    """The other control: a look-up alone does not stop two runners at once."""
    with pytest.raises(AssertionError, match="not even after"):
        _storm(stripe, api, seed=20261120, calls=250, fresh_keys=True)
    assert any(len(made) > 1 for made in stripe.of_group.values())
