"""What became of the people of a campaign, written in bulk from what the batch decided."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import bindparam, select, update

from marketplace.campaigns.models import CampaignMember
from marketplace.campaigns.queries.campaigns import count_waiting_members
from marketplace.campaigns.states import MemberOutcome
from marketplace.foundation.db import db, table_of
from marketplace.vouchers.models import Voucher
from marketplace.vouchers.queries.slices import SliceDecision

_member = table_of(CampaignMember)
_SETTLE = (
    update(_member)
    .where(
        _member.c.campaign_id == bindparam("of_campaign"),
        _member.c.worker_id == bindparam("of_worker"),
        _member.c.outcome == MemberOutcome.WAITING,
    )
    .values(
        outcome=bindparam("new_outcome"),
        voucher_id=bindparam("new_voucher_id"),
        refusal_code=bindparam("new_refusal_code"),
    )
)


def settle_members(campaign_id: int, batch_id: int, decision: SliceDecision) -> Sequence[Voucher]:
    """Note each member's voucher or first reason; the vouchers that were issued to them."""
    given = [worker_id for worker_id, _allotment, _category in decision.vouchers]
    vouchers: list[Voucher] = []
    for start in range(0, len(given), 1_000):
        wanted = select(Voucher).where(
            Voucher.batch_id == batch_id, Voucher.worker_id.in_(given[start : start + 1_000])
        )
        vouchers += db.session.scalars(wanted.order_by(Voucher.id))
    rows = [
        _row(campaign_id, voucher.worker_id, MemberOutcome.ISSUED, voucher_id=voucher.id)
        for voucher in vouchers
    ]
    rows += [
        _row(campaign_id, worker_id, MemberOutcome.REFUSED, code=code)
        if code
        else _row(campaign_id, worker_id, MemberOutcome.HELD_ALREADY)
        for worker_id, code in decision.without.items()
    ]
    if rows:
        db.session.execute(_SETTLE, rows)
    return vouchers


def refuse_waiting_members(campaign_id: int, code: str) -> int:
    """The scheme issues nothing any more: everybody who waits is refused for that; how many."""
    count = count_waiting_members(campaign_id)
    db.session.execute(
        update(CampaignMember)
        .where(
            CampaignMember.campaign_id == campaign_id,
            CampaignMember.outcome == MemberOutcome.WAITING,
        )
        .values(outcome=MemberOutcome.REFUSED, refusal_code=code)
    )
    return count


def _row(
    campaign_id: int,
    worker_id: int,
    outcome: MemberOutcome,
    *,
    voucher_id: int | None = None,
    code: str | None = None,
) -> dict[str, object]:
    return {
        "of_campaign": campaign_id,
        "of_worker": worker_id,
        "new_outcome": outcome,
        "new_voucher_id": voucher_id,
        "new_refusal_code": code,
    }
