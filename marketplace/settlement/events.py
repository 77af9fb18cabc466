"""What the audit trail says about settlements."""

from marketplace.audit.events import register_events
from marketplace.foundation.errors import N_

register_events(
    {
        "settlement.prepared": N_("Settlement prepared"),
        "settlement.approved": N_("Settlement approved"),
        "settlement.rejected": N_("Settlement rejected"),
    },
    subjects={"settlement": N_("Settlement")},
)
