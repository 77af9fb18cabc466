"""A campaign that runs and can be measured, and one that waits for the second signature."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import select

from marketplace.campaigns.channels.null import NullChannel
from marketplace.campaigns.models import CampaignMember
from marketplace.campaigns.operations.drafts import (
    JOB_KIND,
    CampaignContent,
    launch_campaign,
    propose_campaign,
    save_campaign_draft,
)
from marketplace.campaigns.operations.issuing import (
    issue_to_members,
    launch_batch,
    take_in_members,
)
from marketplace.campaigns.operations.messages import mark_messages_sent
from marketplace.campaigns.operations.sightings import note_voucher_seen
from marketplace.campaigns.queries.campaigns import get_campaign, list_queued_messages
from marketplace.campaigns.rules import PopulationRule
from marketplace.campaigns.states import CampaignChannel, MemberOutcome
from marketplace.demo.cast import Cast
from marketplace.demo.history import announce_run, at, finish, teach
from marketplace.foundation.db import db, write_transaction
from marketplace.foundation.errors import Refused
from marketplace.jobs.operations import finish_job, hand_back_job, lease_job
from marketplace.people.states import WorkerCategory
from marketplace.redemption.operations.reserve import reserve_voucher
from marketplace.vouchers.models import Voucher
from marketplace.vouchers.operations.issue import accept_voucher
from marketplace.vouchers.operations.quotes import make_quote

LAUNCHED_DAYS_AGO = 24
PEOPLE_MAX = 40
"""So many go further than being invited; a city's population would take minutes."""
FIRST = PopulationRule(
    categories=(
        WorkerCategory.RURAL_MIGRANT,
        WorkerCategory.REGISTERED_UNEMPLOYED,
        WorkerCategory.LIFTED_FROM_POVERTY,
    ),
    age_min=18,
    age_max=50,
    idle_months=6,
)


def make_campaigns(cast: Cast, *, scheme_id: int, today: date) -> None:
    """Issued by lot three weeks ago; some looked, fewer accepted, a handful are in a class."""
    day = today - timedelta(days=LAUNCHED_DAYS_AGO)
    with at(day - timedelta(days=1)), write_transaction():
        campaign_id = _propose(cast, "冬闲技能行动", scheme_id, FIRST, holdout_percent=20)
    with at(day), write_transaction():
        launch_campaign(campaign_id, actor_id=cast.users["checker"])
    with at(day), write_transaction():
        lease = lease_job()
        drawn = 0
        while count := take_in_members(campaign_id):
            drawn += count
        while issue_to_members(campaign_id):
            pass
        _hand_over(campaign_id)
        if lease is not None and lease.kind == JOB_KIND:
            finish_job(lease, result={"people": drawn})
        elif lease is not None:  # other work waits already: it is the runner's
            hand_back_job(lease)
    _respond(cast, campaign_id, day)
    veterans = PopulationRule(categories=(WorkerCategory.VETERAN, WorkerCategory.SCHOOL_LEAVER))
    with at(today - timedelta(days=1)), write_transaction():
        _propose(cast, "青年和退役军人专项", scheme_id, veterans, holdout_percent=10)


def _propose(
    cast: Cast, title: str, scheme_id: int, rule: PopulationRule, *, holdout_percent: int
) -> int:
    content = CampaignContent(
        title=title,
        scheme_id=scheme_id,
        jurisdiction_id=cast.prefecture_id,
        population=rule,
        holdout_percent=holdout_percent,
        channel=CampaignChannel.IN_APP_AND_TEXT,
    )
    campaign = save_campaign_draft(content, campaign_id=None, actor_id=cast.users["maker"])
    return propose_campaign(campaign.id, actor_id=cast.users["maker"]).id


def _hand_over(campaign_id: int) -> None:
    """The text messages go to the null channel: demo people have no telephones."""
    campaign = get_campaign(campaign_id)
    while queued := list_queued_messages(launch_batch(campaign), limit=500):
        NullChannel().hand_over(launch_batch(campaign), [])
        mark_messages_sent(queued, owner_code=campaign.code)


def _respond(cast: Cast, campaign_id: int, day: date) -> None:
    """Of ten: eight look, six accept, three take a place in a class that has begun since."""
    vouchers = db.session.execute(
        select(Voucher.id, Voucher.worker_id)
        .join(CampaignMember, CampaignMember.voucher_id == Voucher.id)
        .where(
            CampaignMember.campaign_id == campaign_id,
            CampaignMember.outcome == MemberOutcome.ISSUED,
        )
        .order_by(Voucher.id)
        .limit(PEOPLE_MAX)
    ).all()
    run = announce_run(
        cast.schools[3], 0, first_on=day + timedelta(days=8), announced_on=day, capacity=20,
        ground_number=2,
    )  # fmt: skip
    for number, (voucher_id, worker_id) in enumerate(vouchers):
        place = number % 10
        if place < 8:
            with at(day + timedelta(days=1 + place)), write_transaction():
                note_voucher_seen(voucher_id)
        if place < 6:
            with at(day + timedelta(days=2)), write_transaction():
                accept_voucher(voucher_id, worker_id=worker_id, actor_id=None)
        if place < 3:
            run.enrollments |= _enroll(voucher_id, worker_id, run.course_run_id, day)
    teach(run, until=run.last_on)
    finish(run)


def _enroll(voucher_id: int, worker_id: int, course_run_id: int, day: date) -> dict[int, int]:
    with at(day + timedelta(days=3)):
        try:
            with write_transaction():
                quote = make_quote(
                    worker_id, voucher_id=voucher_id, course_run_id=course_run_id, actor_id=None
                )
                held = reserve_voucher(
                    voucher_id, quote_id=quote.id, worker_id=worker_id, actor_id=None
                )
                return {worker_id: held.enrollment_id}
        except Refused:  # learned the same before: the rules are theirs as everybody's
            return {}
