"""Drawing the people of a campaign and giving them their vouchers, piece by piece."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from marketplace.audit.operations import record_event
from marketplace.campaigns.models import Campaign, CampaignMember
from marketplace.campaigns.operations.messages import write_messages
from marketplace.campaigns.queries.campaigns import list_waiting_members, lock_campaign
from marketplace.campaigns.queries.population import list_population
from marketplace.campaigns.rules import arm_of, population_from
from marketplace.campaigns.states import Arm, CampaignState, MemberOutcome, MessageKind
from marketplace.foundation import clock
from marketplace.foundation.bulk import insert_rows
from marketplace.foundation.db import db
from marketplace.foundation.errors import Refused
from marketplace.jurisdictions.queries import get_jurisdiction
from marketplace.vouchers.models import Voucher
from marketplace.vouchers.operations.issue import issue_voucher
from marketplace.vouchers.queries.vouchers import find_live_voucher

DRAWN_AT_ONCE = 1_000
ISSUED_AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class IssueAnswer:
    """What became of one person: a new voucher, one held already, or the reasons."""

    voucher: Voucher | None
    held_already: bool = False
    refusal_codes: tuple[str, ...] = ()


def take_in_members(campaign_id: int) -> int:
    """Draw the next piece of the population into its groups; 0 when everybody was drawn.

    The day of the draw decides about ages and categories. A campaign that was stopped draws
    nobody more.
    """
    campaign = lock_campaign(campaign_id)
    if campaign.state is not CampaignState.RUNNING:
        return 0
    people = list_population(
        population_from(campaign.population),
        place_path=get_jurisdiction(campaign.jurisdiction_id).path,
        scheme_id=campaign.scheme_id,
        on=clock.today(),
        after_id=campaign.drawn_through,
        limit=DRAWN_AT_ONCE,
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

    The scheme's own rules decide about each; a refusal is noted and stops nobody else.
    """
    campaign = lock_campaign(campaign_id)
    if campaign.state is not CampaignState.RUNNING:
        return 0
    waiting = list_waiting_members(campaign_id, limit=ISSUED_AT_ONCE)
    if not waiting:
        return 0
    answers = issue_targeted(
        [member.worker_id for member in waiting],
        scheme_id=campaign.scheme_id,
        actor_id=campaign.launched_by,
    )
    for member in waiting:
        _settle(member, answers[member.worker_id])
    db.session.flush()
    issued = [answer.voucher for answer in answers.values() if answer.voucher]
    write_messages(
        issued,
        batch=launch_batch(campaign),
        kind=MessageKind.INVITATION,
        step=None,
        channel=campaign.channel,
        campaign_id=campaign.id,
    )
    _record("campaign.vouchers_issued", campaign, {"vouchers": len(issued)})
    return len(waiting)


def issue_targeted(
    worker_ids: Sequence[int], *, scheme_id: int, actor_id: int | None
) -> dict[int, IssueAnswer]:
    """The one door to the vouchers room: issue to these people, each decided on their own."""
    return {
        worker_id: _issue_alone(worker_id, scheme_id, actor_id)
        # One order for everybody, so that two campaigns never wait for each other.
        for worker_id in sorted(worker_ids)
    }


def launch_batch(campaign: Campaign) -> str:
    """The name of the invitations of a campaign."""
    return f"{campaign.code}-invitation"


def _issue_alone(worker_id: int, scheme_id: int, actor_id: int | None) -> IssueAnswer:
    if find_live_voucher(worker_id, scheme_id=scheme_id):
        return IssueAnswer(None, held_already=True)
    try:
        with db.session.begin_nested():
            return IssueAnswer(issue_voucher(worker_id, scheme_id=scheme_id, actor_id=actor_id))
    except Refused as refused:
        return IssueAnswer(None, refusal_codes=refused.codes)


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


def _settle(member: CampaignMember, answer: IssueAnswer) -> None:
    if answer.voucher is not None:
        member.outcome, member.voucher_id = MemberOutcome.ISSUED, answer.voucher.id
    elif answer.held_already:
        member.outcome = MemberOutcome.HELD_ALREADY
    else:
        member.outcome, member.refusal_code = MemberOutcome.REFUSED, answer.refusal_codes[0]


def _record(event: str, campaign: Campaign, details: dict[str, int]) -> None:
    record_event(
        event,
        subject_kind="campaign",
        subject_code=campaign.code,
        actor_id=campaign.launched_by,
        details=dict(details),
    )
