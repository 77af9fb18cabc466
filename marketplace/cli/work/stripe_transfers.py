"""Hands payouts over to Stripe; comes round by itself, so that nothing on its way is forgotten."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

from marketplace.cli.runner import RunningJob
from marketplace.foundation.db import write_transaction
from marketplace.payouts.rails.stripe import StripeApi, deliver, find_stripe
from marketplace.payouts.states import TRANSFER_JOB
from marketplace.payouts.transfers.operations import claim_transfer, note_delivery
from marketplace.payouts.transfers.queries import list_open_attempts

KIND = TRANSFER_JOB
EVERY = timedelta(minutes=15)
IN_VAIN_MAX = 5
"""So many payouts in a row without an answer, and the round is over."""
WAITING = "waiting"


def work(job: RunningJob) -> dict[str, Any]:
    """Each payout on its own: claim it, talk to Stripe with no unit of work open, note the answer.

    When Stripe is down or turns our key away, the rest waits for the next round.
    """
    api = find_stripe()
    if api is None:
        return {}
    answers: Counter[str] = Counter()
    in_vain = 0
    for attempt_id in list_open_attempts():
        answer = _hand_over(job, api, attempt_id)
        answers[answer] += 1
        in_vain = in_vain + 1 if answer == WAITING else 0
        if in_vain == IN_VAIN_MAX:
            break
        job.checkpoint()
    return dict(answers)


def _hand_over(job: RunningJob, api: StripeApi, attempt_id: int) -> str:
    with write_transaction():
        job.hold()
        claim = claim_transfer(attempt_id)
    if claim is None:
        return "skipped"
    report = deliver(api, claim.order, key_number=claim.key_number)
    with write_transaction():
        outcome = note_delivery(claim, report)
    return outcome.value if outcome else WAITING
