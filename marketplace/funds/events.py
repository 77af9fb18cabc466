"""What the audit trail says about funds."""

from marketplace.audit.events import register_events
from marketplace.foundation.errors import N_

register_events(
    {
        "fund.created": N_("Fund created"),
        "fund.appropriated": N_("Fund appropriated"),
        "fund.allotted": N_("Money allotted"),
        "bank_account.opened": N_("Bank account of ours first used"),
        "bank_account.placed": N_("Bank account of ours given to a place"),
    },
    subjects={
        "fund": N_("Fund"),
        "allotment": N_("Allotment"),
        "bank_account": N_("Bank account"),
    },
)
