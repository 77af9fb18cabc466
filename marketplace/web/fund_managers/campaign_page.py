"""The page of one campaign: before it is launched what it would do, afterwards what it did."""

from __future__ import annotations

from flask import render_template
from flask_login import current_user

from marketplace.audit.events import EVENT_TEXTS
from marketplace.audit.queries import list_events_of
from marketplace.campaigns import labels
from marketplace.campaigns.models import Campaign
from marketplace.campaigns.operations.drafts import work_key
from marketplace.campaigns.queries.campaigns import (
    count_messages,
    count_outcomes,
    list_refusal_counts,
)
from marketplace.campaigns.queries.preview import get_preview
from marketplace.campaigns.rules import (
    MESSAGES_DAYS,
    MESSAGES_MAX,
    population_from,
)
from marketplace.campaigns.states import CampaignState
from marketplace.foundation import clock
from marketplace.foundation.paging import PageRequest
from marketplace.jobs.labels import JOB_STATE_LABELS, JOB_STATE_TONES
from marketplace.jobs.models import Job
from marketplace.jobs.queries import find_job_by_dedupe_key
from marketplace.jobs.states import JobState
from marketplace.jurisdictions.models import Jurisdiction
from marketplace.people.labels import CATEGORY_LABELS
from marketplace.people.queries import list_user_names
from marketplace.reporting.campaign_effect import get_campaign_effect
from marketplace.reporting.funnel import FunnelScope, count_stuck, get_funnel
from marketplace.reporting.funnel_steps import STEP_HELP, STEP_LABELS
from marketplace.vouchers.queries.schemes import get_scheme
from marketplace.web.fund_managers.forms.campaigns import CampaignReasonForm

UNSIGNED = (CampaignState.DRAFT, CampaignState.PROPOSED)
LAUNCHED = (CampaignState.RUNNING, CampaignState.ENDED, CampaignState.WITHDRAWN)


def campaign_page(campaign: Campaign, place: Jurisdiction, form: CampaignReasonForm) -> str:
    """Everything an officer of the place sees of a campaign."""
    job = _job(campaign)
    launched = campaign.state in LAUNCHED
    signers = {number for number in (campaign.proposed_by, campaign.launched_by) if number}
    scope = FunnelScope(campaign_id=campaign.id)
    return render_template(
        "fund_managers/show_campaign.html",
        campaign=campaign,
        place=place,
        scheme=get_scheme(campaign.scheme_id),
        rule=population_from(campaign.population),
        category_labels=CATEGORY_LABELS,
        labels=labels,
        form=form,
        preview=get_preview(campaign, place, on=clock.today())
        if campaign.state in UNSIGNED
        else None,
        outcomes=count_outcomes(campaign.id),
        refusals=list_refusal_counts(campaign.id),
        messages=count_messages(campaign.id),
        messages_max=MESSAGES_MAX,
        messages_days=MESSAGES_DAYS,
        funnel=get_funnel(scope) if launched else None,
        step_labels=STEP_LABELS,
        step_help=STEP_HELP,
        stuck=count_stuck(scope) if launched else {},
        effect=get_campaign_effect(campaign) if launched else None,
        names=list_user_names(signers),
        is_own=campaign.proposed_by == current_user.user_id,
        job=job,
        is_working=job is not None and job.state in (JobState.QUEUED, JobState.RUNNING),
        job_labels=JOB_STATE_LABELS,
        job_tones=JOB_STATE_TONES,
        events=list_events_of("campaign", campaign.code, PageRequest(size=20)),
        event_words=EVENT_TEXTS,
    )


def _job(campaign: Campaign) -> Job | None:
    act = "withdraw" if campaign.state is CampaignState.WITHDRAWN else "launch"
    return find_job_by_dedupe_key(work_key(campaign.code, act))
