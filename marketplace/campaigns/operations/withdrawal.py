"""Taking the unused vouchers of a withdrawn campaign back."""

from __future__ import annotations

from marketplace.audit.operations import record_event
from marketplace.campaigns.queries.campaigns import get_campaign
from marketplace.campaigns.queries.stuck import list_unused_voucher_ids
from marketplace.campaigns.states import CampaignState
from marketplace.vouchers.operations.lifecycle import revoke_voucher

REVOKED_AT_ONCE = 50


def withdraw_vouchers(campaign_id: int) -> int:
    """Revoke the next unused vouchers, each by the vouchers room's own act; 0 when none is left.

    What is reserved for a class or used stays. Entries for face value: voucher.revoked.
    """
    campaign = get_campaign(campaign_id)
    if campaign.state is not CampaignState.WITHDRAWN:
        return 0
    unused = list_unused_voucher_ids(campaign_id, limit=REVOKED_AT_ONCE)
    for voucher_id in unused:
        revoke_voucher(
            voucher_id, reason=campaign.return_reason or campaign.title, actor_id=campaign.ended_by
        )
    if unused:
        record_event(
            "campaign.vouchers_revoked",
            subject_kind="campaign",
            subject_code=campaign.code,
            actor_id=campaign.ended_by,
            details={"vouchers": len(unused)},
        )
    return len(unused)
