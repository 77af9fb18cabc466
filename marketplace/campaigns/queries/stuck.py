"""Vouchers that wait for their holder, by the step at which they wait."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, and_, select

from marketplace.campaigns.models import CampaignMember, VoucherSighting
from marketplace.campaigns.states import MemberOutcome, StuckStep
from marketplace.foundation.db import db
from marketplace.people.models import Worker
from marketplace.recommendation.queries.preferences import wants_no_approach
from marketplace.vouchers.models import Voucher
from marketplace.vouchers.queries.vouchers import paid_within
from marketplace.vouchers.states import VoucherState


@dataclass(frozen=True, slots=True)
class Holders:
    """Whose vouchers are meant: of a campaign, or of a scheme within an officer's subtrees."""

    scheme_id: int
    campaign_id: int | None = None
    paths: tuple[str, ...] = ("",)


def list_stuck_vouchers(
    holders: Holders, step: StuckStep, *, on: date, after_id: int, limit: int
) -> Sequence[Voucher]:
    """Vouchers still valid that wait at a step, whose holders may be approached."""
    return db.session.scalars(
        select(Voucher)
        .join(Worker, Worker.id == Voucher.worker_id)
        .where(
            Voucher.id > after_id,
            Voucher.scheme_id == holders.scheme_id,
            Voucher.expires_on >= on,
            waits_at(step),
            _of(holders),
            ~wants_no_approach(),
        )
        .order_by(Voucher.id)
        .limit(limit)
    ).all()


def list_unused_voucher_ids(campaign_id: int, *, limit: int) -> Sequence[int]:
    """Vouchers of a campaign that are neither tied to a class nor used nor over."""
    return db.session.scalars(
        select(Voucher.id)
        .join(CampaignMember, CampaignMember.voucher_id == Voucher.id)
        .where(
            CampaignMember.campaign_id == campaign_id,
            CampaignMember.outcome == MemberOutcome.ISSUED,
            Voucher.state.in_((VoucherState.OFFERED, VoucherState.ACTIVE)),
        )
        .order_by(Voucher.id)
        .limit(limit)
    ).all()


def was_seen() -> ColumnElement[bool]:
    """The condition on a query of vouchers that the holder has opened its page."""
    return (
        select(VoucherSighting.id)
        .where(VoucherSighting.voucher_id == Voucher.id)
        .correlate(Voucher)
        .exists()
    )


def waits_at(step: StuckStep) -> ColumnElement[bool]:
    """The condition on a query of vouchers that one waits at a step."""
    if step is StuckStep.NOT_RESERVED:
        return Voucher.state == VoucherState.ACTIVE
    seen = was_seen()
    return and_(
        Voucher.state == VoucherState.OFFERED, ~seen if step is StuckStep.NOT_SEEN else seen
    )


def _of(holders: Holders) -> ColumnElement[bool]:
    if holders.campaign_id is None:
        return paid_within(holders.paths)
    return (
        select(CampaignMember.id)
        .where(
            CampaignMember.voucher_id == Voucher.id,
            CampaignMember.campaign_id == holders.campaign_id,
        )
        .correlate(Voucher)
        .exists()
    )
