"""Draws, issues and invites, or takes back, piece by piece; a killed runner's work goes on."""

from __future__ import annotations

from typing import Any

from marketplace.campaigns.operations.drafts import JOB_KIND
from marketplace.campaigns.operations.issuing import (
    issue_to_members,
    launch_batch,
    take_in_members,
)
from marketplace.campaigns.operations.withdrawal import withdraw_vouchers
from marketplace.campaigns.queries.campaigns import count_outcomes, get_campaign
from marketplace.campaigns.states import MemberOutcome
from marketplace.cli.campaigning import hand_over_messages
from marketplace.cli.runner import RunningJob
from marketplace.foundation.db import write_transaction

KIND = JOB_KIND


def work(job: RunningJob) -> dict[str, Any]:
    """Every piece is its own unit of work, fenced by the lease."""
    campaign_id = job.payload["campaign_id"]
    if job.payload["act"] == "withdraw":
        return _withdraw(job, campaign_id)
    return _launch(job, campaign_id)


def _launch(job: RunningJob, campaign_id: int) -> dict[str, Any]:
    while True:
        with write_transaction():
            job.hold()
            drawn = take_in_members(campaign_id)
        job.checkpoint()
        if not drawn:
            break
    while True:
        with write_transaction():
            settled = issue_to_members(campaign_id)
            outcomes = count_outcomes(campaign_id)
            total = sum(outcomes.values())
            waiting = outcomes.get(MemberOutcome.WAITING, 0)
            job.hold(done=total - waiting, total=total)
        job.checkpoint()
        if not settled:
            break
    campaign = get_campaign(campaign_id)
    code, batch = campaign.code, launch_batch(campaign)
    texts = hand_over_messages(job, batch, owner_code=code)
    counts = {outcome.value: count for outcome, count in count_outcomes(campaign_id).items()}
    return {"campaign": code, "people": counts, "text_messages": texts}


def _withdraw(job: RunningJob, campaign_id: int) -> dict[str, Any]:
    revoked = 0
    while True:
        with write_transaction():
            job.hold(done=revoked)
            count = withdraw_vouchers(campaign_id)
        revoked += count
        job.checkpoint()
        if not count:
            return {"campaign": get_campaign(campaign_id).code, "revoked": revoked}
