"""What we send and read is what Stripe documents: the SDK's types, and its own stand-in."""

from __future__ import annotations

import json
import os

import pytest
import requests
from requests.adapters import BaseAdapter
from stripe.params import TransferCreateParams, TransferListParams

from marketplace.payouts.rails.stripe import (
    DeliveryReport,
    StripeApi,
    StripeSettings,
    TransferOrder,
    deliver,
)
from tests.stripe_simulator import StripeSimulator

ORDER = TransferOrder("PO1-1", "PB1", 120_000, "CNY", "acct_000000001", "PO1-1 PB1")
MOCK = os.environ.get("STRIPE_MOCK_URL", "")


class _Recorded(BaseAdapter):
    """Answers every request with one object."""

    def __init__(self, body: object) -> None:
        super().__init__()
        self.body = body

    def send(self, request, **_how) -> requests.Response:
        made = requests.Response()
        made.status_code, made._content, made.request = 200, json.dumps(self.body).encode(), request
        return made

    def close(self) -> None:
        """Nothing to close."""


def _answering(body: object) -> StripeApi:
    transport = requests.Session()
    transport.mount("https://", _Recorded(body))
    return StripeApi(StripeSettings("https://api.stripe.com", "sk_test_1"), transport=transport)


def test_every_parameter_is_one_of_the_documented():
    simulator = StripeSimulator()
    simulator.connect(ORDER.destination)
    settings = StripeSettings("https://api.stripe.com", simulator.api_key)
    deliver(StripeApi(settings, transport=simulator.session()), ORDER, key_number=1)
    look_up, create = simulator.seen
    assert {name for name, _value in look_up.query} <= set(TransferListParams.__annotations__)
    sent = {name.partition("[")[0] for name, _value in create.form}
    assert sent <= set(TransferCreateParams.__annotations__)


@pytest.mark.real_data
def test_recorded_objects_are_read(shared_data):
    path = shared_data / "stripe" / "fixtures3.json"
    if not path.exists():
        pytest.skip("no recorded objects beside the project")
    objects = json.loads(path.read_text("utf-8"))["resources"]
    transfer = objects["transfer"]
    seen = _answering(transfer).get_transfer(transfer["id"])
    assert (seen.transfer_id, seen.amount_fen) == (transfer["id"], transfer["amount"])
    assert (seen.reversed_fen, seen.reference) == (transfer["amount_reversed"], None)
    assert seen.currency == transfer["currency"].upper()
    payee = _answering(objects["account"]).get_connected_account(objects["account"]["id"])
    assert payee.takes_transfers == (objects["account"]["capabilities"]["transfers"] == "active")


@pytest.mark.stripe_mock
def test_the_stand_in_accepts_our_requests():
    api = StripeApi(StripeSettings(MOCK.rstrip("/"), "sk_test_123"))
    assert api.list_transfers(ORDER.reference) == []
    report = deliver(api, ORDER, key_number=1)
    assert report.transfer is not None, report
    assert report != DeliveryReport()
    assert api.get_transfer(report.transfer.transfer_id) is not None
    assert api.get_connected_account(ORDER.destination) is not None
