"""Preparing a campaign, and its two signatures."""

from __future__ import annotations

from dataclasses import dataclass

from marketplace.audit.operations import record_event
from marketplace.campaigns.labels import CAMPAIGN_STATE_LABELS
from marketplace.campaigns.models import Campaign
from marketplace.campaigns.queries.campaigns import get_campaign, lock_campaign
from marketplace.campaigns.queries.population import count_population
from marketplace.campaigns.rules import (
    DraftFacts,
    LaunchFacts,
    PopulationRule,
    population_from,
    refusals_for_draft,
    refusals_for_launch,
    refusals_for_move,
)
from marketplace.campaigns.states import CampaignChannel, CampaignState
from marketplace.catalog.queries.occupations import find_occupation_by_code
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.errors import Refusal, Refused
from marketplace.foundation.ids import new_code
from marketplace.foundation.text import tidy
from marketplace.jobs.operations import enqueue_job
from marketplace.jurisdictions.queries import get_jurisdiction
from marketplace.vouchers.queries.schemes import find_scheme_in_force, get_scheme
from marketplace.vouchers.states import VoucherOrigin

JOB_KIND = "campaign"


@dataclass(frozen=True, slots=True)
class CampaignContent:
    """What an officer fills in."""

    title: str
    scheme_id: int
    jurisdiction_id: int
    population: PopulationRule
    holdout_percent: int
    channel: CampaignChannel
    invites: bool = True
    """Else a batch of vouchers: nobody is written to and nobody held out."""


def save_campaign_draft(
    content: CampaignContent, *, campaign_id: int | None, actor_id: int | None
) -> Campaign:
    """Begin a campaign, or change one that nobody has proposed yet.

    Refuses what `refusals_for_draft` names, and a change of anything but a draft.
    """
    title = tidy(content.title)
    if refusals := refusals_for_draft(_draft_facts(content, title)):
        raise Refused(refusals)
    if campaign_id is None:
        campaign = Campaign(
            code=new_code("CG"),
            state=CampaignState.DRAFT,
            created_by=actor_id,
            created_at=clock.now(),
        )
        db.session.add(campaign)
    else:
        campaign = lock_campaign(campaign_id)
        if campaign.state is not CampaignState.DRAFT:
            words = CAMPAIGN_STATE_LABELS[campaign.state]
            raise Refused(Refusal("campaign_state_forbids", {"state": words}))
    campaign.title = title
    campaign.scheme_id = content.scheme_id
    campaign.jurisdiction_id = content.jurisdiction_id
    campaign.population = content.population.stored()
    campaign.holdout_percent = content.holdout_percent if content.invites else 0
    campaign.invites = content.invites
    campaign.channel = content.channel
    db.session.flush()
    _record("campaign.saved", campaign, actor_id)
    return campaign


def propose_campaign(campaign_id: int, *, actor_id: int) -> Campaign:
    """The first signature: the campaign as it stands, with the number of people it means now."""
    campaign = _move(campaign_id, CampaignState.PROPOSED)
    people = _count_people(campaign)
    if not people:
        raise Refused(Refusal("campaign_empty"))
    campaign.people_expected = people
    campaign.proposed_by, campaign.proposed_at = actor_id, clock.now()
    campaign.return_reason = None
    db.session.flush()
    _record("campaign.proposed", campaign, actor_id, people=people)
    return campaign


def return_campaign(campaign_id: int, *, reason: str, actor_id: int) -> Campaign:
    """Back to the one who prepares it, with a reason."""
    if not tidy(reason):
        raise Refused(Refusal("campaign_reason_required", field="reason"))
    campaign = _move(campaign_id, CampaignState.DRAFT)
    campaign.proposed_by = campaign.proposed_at = None
    campaign.return_reason = tidy(reason)
    db.session.flush()
    _record("campaign.sent_back", campaign, actor_id, reason=campaign.return_reason)
    return campaign


def discard_campaign(campaign_id: int, *, actor_id: int) -> Campaign:
    """A draft nobody wants any more."""
    campaign = _move(campaign_id, CampaignState.DISCARDED)
    db.session.flush()
    _record("campaign.discarded", campaign, actor_id)
    return campaign


def launch_campaign(campaign_id: int, *, actor_id: int) -> Campaign:
    """The second signature, by another officer; the runner then draws, issues and invites.

    Launching twice changes nothing. Refuses what `refusals_for_launch` names.
    """
    campaign = lock_campaign(campaign_id)
    if campaign.state is CampaignState.RUNNING:
        return campaign
    today = clock.today()
    facts = LaunchFacts(
        state=campaign.state,
        proposed_by=campaign.proposed_by,
        launched_by=actor_id,
        people=_count_people(campaign),
        scheme_in_force=find_scheme_in_force(campaign.scheme_id, on=today) is not None,
        today=today,
    )
    if refusals := refusals_for_launch(facts):
        raise Refused(refusals)
    campaign.state = CampaignState.RUNNING
    campaign.launched_by, campaign.launched_at = actor_id, clock.now()
    db.session.flush()
    ask_for_work(campaign, act="launch", actor_id=actor_id)
    _record("campaign.launched", campaign, actor_id, people=facts.people)
    return campaign


def ask_for_work(campaign: Campaign, *, act: str, actor_id: int | None) -> None:
    """Enqueue the long part; asking twice for the same act of a campaign is one job."""
    enqueue_job(
        JOB_KIND,
        payload={"campaign_id": campaign.id, "act": act},
        requested_by=actor_id,
        dedupe_key=work_key(campaign.code, act),
    )


def work_key(campaign_code: str, act: str) -> str:
    """Under which key the job of an act is found."""
    return f"{JOB_KIND}:{campaign_code}:{act}"


def _move(campaign_id: int, wanted: CampaignState) -> Campaign:
    campaign = lock_campaign(campaign_id)
    if refusals := refusals_for_move(campaign.state, wanted):
        raise Refused(refusals)
    campaign.state = wanted
    return campaign


def _count_people(campaign: Campaign) -> int:
    return count_population(
        population_from(campaign.population),
        place_path=get_jurisdiction(campaign.jurisdiction_id).path,
        scheme_id=campaign.scheme_id,
        on=clock.today(),
        invites=campaign.invites,
    ).people


def _draft_facts(content: CampaignContent, title: str) -> DraftFacts:
    place = get_jurisdiction(content.jurisdiction_id)
    scheme = get_scheme(content.scheme_id)
    offer = find_scheme_in_force(scheme.id, on=clock.today())
    occupation = content.population.occupation_code
    return DraftFacts(
        title=title,
        population=content.population,
        holdout_percent=content.holdout_percent,
        place_name=place.name,
        place_path=place.path,
        scheme_path=get_jurisdiction(scheme.jurisdiction_id).path,
        scheme_is_targeted=offer is not None and VoucherOrigin.ISSUED in offer.policy.ways_out,
        occupation_is_known=bool(occupation and find_occupation_by_code(occupation)),
    )


def _record(
    event: str,
    campaign: Campaign,
    actor_id: int | None,
    *,
    reason: str | None = None,
    people: int | None = None,
) -> None:
    scheme = get_scheme(campaign.scheme_id).code
    record_event(
        event,
        subject_kind="campaign",
        subject_code=campaign.code,
        actor_id=actor_id,
        reason=reason,
        details={"scheme": scheme} | ({} if people is None else {"people": people}),
    )


def end_campaign(campaign_id: int, *, actor_id: int) -> Campaign:
    """No more messages; what was issued stays with its holders."""
    campaign = _move(campaign_id, CampaignState.ENDED)
    campaign.ended_by, campaign.ended_at = actor_id, clock.now()
    db.session.flush()
    _record("campaign.ended", campaign, actor_id)
    return campaign


def withdraw_campaign(campaign_id: int, *, reason: str, actor_id: int) -> Campaign:
    """Stop, and take every unused voucher of the campaign back (the runner does it).

    Vouchers tied to a class or used are left alone. Refuses `campaign_reason_required`.
    """
    campaign = get_campaign(campaign_id)
    if campaign.state is CampaignState.WITHDRAWN:
        return campaign
    if not tidy(reason):
        raise Refused(Refusal("campaign_reason_required", field="reason"))
    campaign = _move(campaign_id, CampaignState.WITHDRAWN)
    campaign.return_reason = tidy(reason)
    campaign.ended_by, campaign.ended_at = actor_id, clock.now()
    db.session.flush()
    ask_for_work(campaign, act="withdraw", actor_id=actor_id)
    _record("campaign.withdrawn", campaign, actor_id, reason=campaign.return_reason)
    return campaign
