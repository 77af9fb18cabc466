"""Looks after co-payments over the internet: payments under way, refunds to be made."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

from marketplace.cli.runner import RunningJob
from marketplace.copayments.queries import list_payments_under_way, list_refunds_under_way
from marketplace.copayments.states import COLLECTION_JOB
from marketplace.foundation.db import write_transaction
from marketplace.payouts.collections.operations import (
    ask_about_payment,
    ask_about_refund,
    find_refund_order,
    note_payment,
    note_refund,
    order_for,
)
from marketplace.payouts.rails.stripe import find_stripe

KIND = COLLECTION_JOB
EVERY = timedelta(minutes=15)


def work(job: RunningJob) -> dict[str, Any]:
    """Each on its own, with no unit of work open while Stripe is asked; never makes an intent."""
    api = find_stripe()
    if api is None:
        return {}
    answers: Counter[str] = Counter()
    for code in list_payments_under_way():
        report = ask_about_payment(api, order_for(code))
        with write_transaction():
            job.hold()
            outcome = note_payment(code, report)
        answers[f"payment {outcome.value if outcome else 'waiting'}"] += 1
        job.checkpoint()
    for code in list_refunds_under_way():
        order = find_refund_order(code)
        if order is None:
            continue
        seen = ask_about_refund(api, order)
        with write_transaction():
            job.hold()
            outcome = note_refund(code, seen)
        answers[f"refund {outcome.value if outcome else 'waiting'}"] += 1
        job.checkpoint()
    return dict(answers)
