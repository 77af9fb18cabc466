"""Campaigns and their people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, false, func, or_, select, true

from marketplace.campaigns.models import Campaign, CampaignMember, OutreachMessage
from marketplace.campaigns.states import CampaignState, MemberOutcome, MessageState
from marketplace.foundation.db import db
from marketplace.foundation.errors import NotFound
from marketplace.foundation.paging import Page, PageRequest
from marketplace.jurisdictions.models import Jurisdiction
from marketplace.people.models import Worker
from marketplace.vouchers.models import Scheme, Voucher

MEMBERS_MAX = 10_000_000
"""More people than a province registers."""


@dataclass(frozen=True, slots=True)
class CampaignItem:
    """A campaign in a list."""

    campaign: Campaign
    place: str
    scheme_code: str
    issued: int


def get_campaign(campaign_id: int) -> Campaign:
    """A campaign, or not found."""
    if (campaign := db.session.get(Campaign, campaign_id)) is None:
        raise NotFound("campaign", campaign_id)
    return campaign


def lock_campaign(campaign_id: int) -> Campaign:
    """A campaign, held until the unit of work ends."""
    campaign = db.session.scalar(
        select(Campaign)
        .where(Campaign.id == campaign_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if campaign is None:
        raise NotFound("campaign", campaign_id)
    return campaign


def find_campaign_in_scope(code: str, paths: Sequence[str]) -> tuple[Campaign, Jurisdiction] | None:
    """A campaign with its place, for an officer of these subtrees."""
    row = db.session.execute(
        select(Campaign, Jurisdiction)
        .join(Jurisdiction, Jurisdiction.id == Campaign.jurisdiction_id)
        .where(Campaign.code == code, _within(paths))
    ).one_or_none()
    return (row[0], row[1]) if row else None


def list_campaigns(paths: Sequence[str], page: PageRequest, *, invites: bool) -> Page[CampaignItem]:
    """The campaigns of some subtrees, or the batches without invitations, the newest first."""
    issued = (
        select(func.count())
        .where(
            CampaignMember.campaign_id == Campaign.id,
            CampaignMember.outcome == MemberOutcome.ISSUED,
        )
        .scalar_subquery()
    )
    wanted = (
        select(Campaign, Jurisdiction.name, Scheme.code, issued)
        .join(Jurisdiction, Jurisdiction.id == Campaign.jurisdiction_id)
        .join(Scheme, Scheme.id == Campaign.scheme_id)
        .where(_within(paths), Campaign.invites.is_(invites))
    )
    counted = wanted.with_only_columns(Campaign.id).subquery()
    total = db.session.scalar(select(func.count()).select_from(counted)) or 0
    rows = db.session.execute(
        wanted.order_by(Campaign.id.desc()).offset(page.offset).limit(page.limit)
    )
    return Page([CampaignItem(*row) for row in rows], total, page.number, page.limit)


def count_campaigns_to_sign(paths: Sequence[str], *, invites: bool) -> int:
    """Campaigns of some subtrees, or batches without invitations, that wait for the second
    officer."""
    wanted = (
        select(func.count())
        .select_from(Campaign)
        .join(Jurisdiction, Jurisdiction.id == Campaign.jurisdiction_id)
        .where(
            Campaign.state == CampaignState.PROPOSED, Campaign.invites.is_(invites), _within(paths)
        )
    )
    return db.session.scalar(wanted) or 0


def count_outcomes(campaign_id: int) -> dict[MemberOutcome, int]:
    """The people of a campaign by what became of them."""
    rows = db.session.execute(
        select(CampaignMember.outcome, func.count())
        .where(CampaignMember.campaign_id == campaign_id)
        .group_by(CampaignMember.outcome)
        .order_by(CampaignMember.outcome)
    )
    return {outcome: count for outcome, count in rows}


def list_refusal_counts(campaign_id: int) -> list[tuple[str, int]]:
    """Why the scheme's rules said no, the most frequent first."""
    rows = db.session.execute(
        select(CampaignMember.refusal_code, func.count())
        .where(CampaignMember.campaign_id == campaign_id, CampaignMember.refusal_code.is_not(None))
        .group_by(CampaignMember.refusal_code)
        .order_by(func.count().desc(), CampaignMember.refusal_code)
        .limit(20)
    )
    return [(str(code), count) for code, count in rows]


def list_member_rows(campaign_id: int) -> Iterator[Any]:
    """Worker, group, outcome, first reason, voucher: by public codes, in the order of the draw,
    read piece by piece."""
    wanted = (
        select(
            Worker.code,
            CampaignMember.arm,
            CampaignMember.outcome,
            CampaignMember.refusal_code,
            Voucher.code,
        )
        .join(Worker, Worker.id == CampaignMember.worker_id)
        .outerjoin(Voucher, Voucher.id == CampaignMember.voucher_id)
        .where(CampaignMember.campaign_id == campaign_id)
        .order_by(CampaignMember.id)
        .limit(MEMBERS_MAX)
    )
    yield from db.session.execute(wanted.execution_options(yield_per=2_000))


def count_waiting_members(campaign_id: int) -> int:
    """How many have not had their turn."""
    return (
        db.session.scalar(
            select(func.count()).where(
                CampaignMember.campaign_id == campaign_id,
                CampaignMember.outcome == MemberOutcome.WAITING,
            )
        )
        or 0
    )


def list_waiting_worker_ids(campaign_id: int, *, limit: int = MEMBERS_MAX) -> Sequence[int]:
    """The numbers of those whose turn has not come, in the order of the draw."""
    return db.session.scalars(
        select(CampaignMember.worker_id)
        .where(
            CampaignMember.campaign_id == campaign_id,
            CampaignMember.outcome == MemberOutcome.WAITING,
        )
        .order_by(CampaignMember.id)
        .limit(limit)
    ).all()


def count_messages(campaign_id: int) -> int:
    """Messages of a campaign so far, invitations and reminders."""
    return (
        db.session.scalar(select(func.count()).where(OutreachMessage.campaign_id == campaign_id))
        or 0
    )


def list_queued_messages(batch: str, *, limit: int) -> Sequence[OutreachMessage]:
    """Text messages of a batch that no gateway has got yet."""
    return db.session.scalars(
        select(OutreachMessage)
        .where(OutreachMessage.state == MessageState.QUEUED, OutreachMessage.batch == batch)
        .order_by(OutreachMessage.id)
        .limit(limit)
    ).all()


def _within(paths: Sequence[str]) -> ColumnElement[bool]:
    if "" in paths:
        return true()
    inside = [Jurisdiction.path.startswith(path, autoescape=True) for path in paths]
    return or_(false(), *inside)
