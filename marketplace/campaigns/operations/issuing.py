"""Drawing the people of a campaign and giving them their vouchers, piece by piece."""

from __future__ import annotations

from typing import Any

from marketplace.audit.operations import record_event
from marketplace.campaigns.models import Campaign, CampaignMember
from marketplace.campaigns.operations.messages import write_messages
from marketplace.campaigns.operations.outcomes import refuse_waiting_members, settle_members
from marketplace.campaigns.queries.campaigns import (
    count_waiting_members,
    list_waiting_worker_ids,
    lock_campaign,
)
from marketplace.campaigns.queries.population import list_population
from marketplace.campaigns.rules import arm_of, population_from
from marketplace.campaigns.states import Arm, CampaignState, MemberOutcome, MessageKind
from marketplace.foundation import clock
from marketplace.foundation.bulk import insert_rows
from marketplace.foundation.db import db
from marketplace.foundation.errors import Refused
from marketplace.jurisdictions.queries import get_jurisdiction
from marketplace.vouchers.operations.batches import issue_next_slice, start_batch

DRAWN_AT_ONCE = 5_000
ISSUED_AT_ONCE = 500
"""People of a slice: their vouchers are written in bulk, their invitations one by one."""
BATCH_ONLY_AT_ONCE = 5_000


def take_in_members(campaign_id: int) -> int:
    """Draw the next piece of the population into its groups; 0 when everybody was drawn.

    The day of the draw decides about ages and categories. A campaign that was stopped draws
    nobody more, nor does one that has begun to issue.
    """
    campaign = lock_campaign(campaign_id)
    if campaign.state is not CampaignState.RUNNING or campaign.batch_id is not None:
        return 0
    people = list_population(
        population_from(campaign.population),
        place_path=get_jurisdiction(campaign.jurisdiction_id).path,
        scheme_id=campaign.scheme_id,
        on=clock.today(),
        after_id=campaign.drawn_through,
        limit=DRAWN_AT_ONCE,
        invites=campaign.invites,
    )
    if not people:
        return 0
    insert_rows(CampaignMember, [_member(campaign, *person) for person in people])
    campaign.drawn_through = people[-1][0]
    db.session.flush()
    _record("campaign.members_drawn", campaign, {"people": len(people)})
    return len(people)


def issue_to_members(campaign_id: int) -> int:
    """Give the next members their vouchers and invitations; 0 when nobody waits.

    A slice of a batch, decided by the scheme's own rules in one statement and written in bulk; a
    refusal is noted and stops nobody else. Entries as those of `issue_next_slice`.
    """
    campaign = lock_campaign(campaign_id)
    if campaign.state is not CampaignState.RUNNING:
        return 0
    if not count_waiting_members(campaign_id):
        if campaign.batch_id is not None:
            issue_next_slice(campaign.batch_id, workers=1)  # nobody is left: it is finished
        return 0
    try:
        batch_id = campaign.batch_id or _start_batch(campaign)
    except Refused as refused:  # the scheme is not in force or not issued any more
        return refuse_waiting_members(campaign_id, refused.codes[0])
    workers = ISSUED_AT_ONCE if campaign.invites else BATCH_ONLY_AT_ONCE
    decision = issue_next_slice(batch_id, workers=workers)
    if decision is None:
        return 0
    vouchers = settle_members(campaign_id, batch_id, decision)
    if campaign.invites:
        write_messages(
            vouchers,
            batch=launch_batch(campaign),
            kind=MessageKind.INVITATION,
            step=None,
            channel=campaign.channel,
            campaign_id=campaign.id,
        )
    _record("campaign.vouchers_issued", campaign, {"vouchers": len(decision.vouchers)})
    return max(decision.people, 1)


def _start_batch(campaign: Campaign) -> int:
    """One batch for all who were drawn to be treated, when the first of them is due."""
    batch = start_batch(
        campaign.scheme_id,
        worker_ids=list_waiting_worker_ids(campaign.id),
        actor_id=campaign.launched_by,
    )
    campaign.batch_id = batch.id
    db.session.flush()
    return batch.id


def launch_batch(campaign: Campaign) -> str:
    """The name of the invitations of a campaign."""
    return f"{campaign.code}-invitation"


def _member(campaign: Campaign, worker_id: int, worker_code: str) -> dict[str, Any]:
    arm = arm_of(campaign.code, worker_code, holdout_percent=campaign.holdout_percent)
    treated = arm is Arm.TREATED
    return {
        "campaign_id": campaign.id,
        "worker_id": worker_id,
        "arm": arm,
        "outcome": MemberOutcome.WAITING if treated else MemberOutcome.HELD_OUT,
        "drawn_at": clock.now(),
    }


def _record(event: str, campaign: Campaign, details: dict[str, int]) -> None:
    record_event(
        event,
        subject_kind="campaign",
        subject_code=campaign.code,
        actor_id=campaign.launched_by,
        details=dict(details),
    )
