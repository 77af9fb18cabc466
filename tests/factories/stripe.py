"""A deployment with Stripe, played by the simulator, and batches on their way through it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import select

from marketplace.cli.runner import RunningJob
from marketplace.cli.work.stripe_transfers import work
from marketplace.foundation.db import db, write_transaction
from marketplace.institutions.models import PayoutAccount
from marketplace.jobs.operations import enqueue_job, lease_job
from marketplace.payouts.models import PayoutBatch
from marketplace.payouts.rails.stripe import StripeApi, StripeSettings, use_stripe
from marketplace.payouts.states import TRANSFER_JOB
from tests.factories.settlement import Officers, make_sent_batch
from tests.stripe_simulator import StripeSimulator, signed

SECRET = "whsec_simulated"
SETTINGS = StripeSettings("https://api.stripe.com", "sk_test_simulated", SECRET)


@contextmanager
def stripe_in_use() -> Iterator[StripeSimulator]:
    """Stripe is configured, and the simulator answers in its place."""
    simulator = StripeSimulator()
    use_stripe(StripeApi(SETTINGS, transport=simulator.session()))
    try:
        yield simulator
    finally:
        use_stripe(None)


def make_stripe_batch(
    simulator: StripeSimulator, officers: Officers, amounts: tuple[int, ...] = (120_000, 80_050)
) -> PayoutBatch:
    """A batch booked as sent through Stripe; its job has not run. The payees are connected."""
    batch = make_sent_batch(officers, amounts, rail="stripe")
    for account in db.session.scalars(select(PayoutAccount.connected_account)):
        simulator.connect(account)
    return batch


def run_transfers() -> dict[str, Any]:
    """One round of the job, as the runner would do it."""
    with write_transaction():
        enqueue_job(TRANSFER_JOB, payload={}, requested_by=None)
        lease = lease_job()
    assert lease is not None
    return work(RunningJob(lease)) or {}


def post_event(client: Any, event: dict[str, Any], **how: Any) -> Any:
    """Hand a signed event in; `secret` and `at` forge it."""
    content = json.dumps(event).encode()
    header = how.get("header", signed(content, how.get("secret", SECRET), at=how.get("at")))
    headers = {"Stripe-Signature": header} if header else {}
    return client.post(
        "/api/v1/webhooks/stripe", data=content, content_type="application/json", headers=headers
    )
