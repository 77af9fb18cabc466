"""What the audit trail says about periods and seals."""

from marketplace.audit.events import register_events
from marketplace.foundation.errors import N_

register_events(
    {
        "period.closing": N_("Closing of a month begun"),
        "period.closed": N_("Month closed"),
        "ledger.sealed": N_("Entries sealed in a block"),
    },
    subjects={"period": N_("Period"), "seal_block": N_("Sealed block")},
)
