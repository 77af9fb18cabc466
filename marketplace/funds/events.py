"""What the audit trail says about funds."""

from marketplace.audit.events import register_events
from marketplace.foundation.errors import N_

register_events(
    {
        "fund.created": N_("Fund created"),
        "fund.appropriated": N_("Fund appropriated"),
        "fund.allotted": N_("Money allotted"),
        "fund_lot.expired": N_("Lot expired, its rest frozen"),
        "lot_return.prepared": N_("Return of frozen money prepared"),
        "lot_return.approved": N_("Return of frozen money approved"),
        "lot_return.rejected": N_("Return of frozen money rejected"),
        "bank_account.opened": N_("Bank account of ours first used"),
        "bank_account.placed": N_("Bank account of ours given to a place"),
    },
    subjects={
        "fund": N_("Fund"),
        "allotment": N_("Allotment"),
        "fund_lot": N_("Lot of money"),
        "lot_return": N_("Return of frozen money"),
        "bank_account": N_("Bank account"),
    },
)
