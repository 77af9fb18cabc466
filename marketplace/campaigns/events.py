"""What the audit trail says about campaigns."""

from marketplace.audit.events import register_events
from marketplace.foundation.errors import N_

register_events(
    {
        "campaign.saved": N_("Campaign prepared"),
        "campaign.proposed": N_("Campaign sent for the second signature"),
        "campaign.sent_back": N_("Campaign sent back"),
        "campaign.launched": N_("Campaign launched"),
        "campaign.discarded": N_("Campaign discarded"),
        "campaign.members_drawn": N_("People of the campaign drawn"),
        "campaign.vouchers_issued": N_("Vouchers of the campaign issued"),
        "campaign.ended": N_("Campaign ended"),
        "campaign.withdrawn": N_("Campaign withdrawn"),
        "campaign.vouchers_revoked": N_("Unused vouchers of the campaign revoked"),
        "campaign.reminder_asked": N_("Reminder of the campaign asked for"),
        "campaign.text_messages_handed_over": N_("Text messages handed to the gateway"),
        "scheme.reminder_asked": N_("Reminder of voucher holders asked for"),
    },
    subjects={"campaign": N_("Campaign")},
)
