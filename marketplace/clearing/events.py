"""What the audit trail says about clearing between regions."""

from marketplace.audit.events import register_events
from marketplace.foundation.errors import N_

register_events(
    {
        "clearing.prepared": N_("Clearing of regions prepared"),
        "clearing.signed": N_("Clearing of regions signed by a first officer"),
        "clearing.approved": N_("Clearing of regions approved"),
        "clearing.rejected": N_("Clearing of regions sent back"),
    },
    subjects={"clearing": N_("Clearing of regions")},
)
