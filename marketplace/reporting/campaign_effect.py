"""What a campaign changed: those it invited beside those held out, counted as they were drawn."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, case, distinct, func, select

from marketplace.campaigns.models import Campaign, CampaignMember
from marketplace.campaigns.states import Arm
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.reporting.funnel import reached
from marketplace.reporting.funnel_steps import Difference, FunnelStep, difference_of
from marketplace.standing.rules.formula import Counts
from marketplace.vouchers.models import Voucher

MEASURED = (
    FunnelStep.CLAIMED,
    FunnelStep.RESERVED,
    FunnelStep.ATTENDED,
    FunnelStep.REDEEMED,
)


@dataclass(frozen=True, slots=True)
class EffectLine:
    """One step: people of each group who reached it with any voucher of the scheme."""

    step: FunnelStep
    treated: Counts
    held_out: Counts
    difference: Difference | None


def get_campaign_effect(campaign: Campaign) -> list[EffectLine]:
    """Both groups from the day of the launch on, step by step.

    Everybody drawn counts in their group, also those who were refused or held a voucher already:
    leaving them out of one group only would make the campaign look better than it is.
    """
    assert campaign.launched_at is not None, "only launched campaigns are measured"
    launched_on = clock.local_date(campaign.launched_at)
    theirs = and_(
        Voucher.worker_id == CampaignMember.worker_id,
        Voucher.scheme_id == campaign.scheme_id,
        Voucher.issued_on >= launched_on,
    )
    rows = db.session.execute(
        select(
            CampaignMember.arm,
            func.count(distinct(CampaignMember.worker_id)).label("people"),
            *(_people_at(reached(step)).label(step.value) for step in MEASURED),
        )
        .select_from(CampaignMember)
        .outerjoin(Voucher, theirs)
        .where(CampaignMember.campaign_id == campaign.id)
        .group_by(CampaignMember.arm)
        .order_by(CampaignMember.arm)
    ).all()
    by_arm = {row.arm: row for row in rows}

    def counts(arm: Arm, step: FunnelStep) -> Counts:
        row = by_arm.get(arm)
        return Counts(int(getattr(row, step.value)), int(row.people)) if row else Counts(0, 0)

    lines = []
    for step in MEASURED:
        treated, held_out = counts(Arm.TREATED, step), counts(Arm.HELD_OUT, step)
        lines.append(EffectLine(step, treated, held_out, difference_of(treated, held_out)))
    return lines


def _people_at(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.count(distinct(case((condition, CampaignMember.worker_id))))
