"""Reminds holders of vouchers that wait at one step; the same piece twice reminds nobody twice."""

from __future__ import annotations

from typing import Any

from marketplace.campaigns.operations.messages import REMINDER_JOB_KIND, remind_holders
from marketplace.campaigns.queries.stuck import Holders
from marketplace.campaigns.states import CampaignChannel, StuckStep
from marketplace.cli.campaigning import hand_over_messages
from marketplace.cli.runner import RunningJob
from marketplace.foundation.db import write_transaction

KIND = REMINDER_JOB_KIND


def work(job: RunningJob) -> dict[str, Any]:
    """Holder by holder in the order of their vouchers, then the text messages."""
    asked = job.payload
    holders = Holders(asked["scheme_id"], asked["campaign_id"], tuple(asked["paths"]))
    after: int | None = 0
    reminded = 0
    while after is not None:
        with write_transaction():
            job.hold(done=reminded)
            after, written = remind_holders(
                holders,
                StuckStep(asked["step"]),
                batch=asked["batch"],
                channel=CampaignChannel(asked["channel"]),
                after_id=after,
            )
        reminded += written
        job.checkpoint()
    texts = hand_over_messages(job, asked["batch"], owner_code=asked["batch"])
    return {"reminded": reminded, "text_messages": texts}
