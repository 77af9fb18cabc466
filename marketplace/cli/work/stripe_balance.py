"""Reads the agency's Stripe balance and ties it to our books, line by line."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from typing import Any

from marketplace.cli.runner import RunningJob
from marketplace.payouts.balance.reading import read_balance
from marketplace.payouts.rails.stripe import find_stripe
from marketplace.payouts.states import BALANCE_JOB

KIND = BALANCE_JOB
EVERY = timedelta(hours=6)


def work(job: RunningJob) -> dict[str, Any]:
    """Nothing without Stripe; what Stripe does not answer is read in the next round."""
    api = find_stripe()
    if api is None:
        return {}
    outcome = read_balance(api, before_writing=job.hold)
    return {**asdict(outcome.reading), "failure": outcome.failure}
