"""What the audit trail says about campaigns."""

from marketplace.audit.events import register_events
from marketplace.foundation.errors import N_

register_events(
    {
        "campaign.saved": N_("Campaign or batch prepared"),
        "campaign.proposed": N_("Campaign or batch sent for the second signature"),
        "campaign.sent_back": N_("Campaign or batch sent back"),
        "campaign.launched": N_("Campaign or batch launched"),
        "campaign.discarded": N_("Campaign or batch discarded"),
        "campaign.members_drawn": N_("Its people drawn"),
        "campaign.vouchers_issued": N_("Its vouchers issued"),
        "campaign.ended": N_("Campaign ended"),
        "campaign.withdrawn": N_("Campaign or batch withdrawn"),
        "campaign.vouchers_revoked": N_("Its unused vouchers revoked"),
        "campaign.reminder_asked": N_("Reminder of the campaign asked for"),
        "campaign.text_messages_handed_over": N_("Text messages handed to the gateway"),
        "scheme.reminder_asked": N_("Reminder of voucher holders asked for"),
    },
    subjects={"campaign": N_("Campaign")},
)
