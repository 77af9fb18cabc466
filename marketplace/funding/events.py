"""What the audit trail says about sources of money."""

from marketplace.audit.events import register_events
from marketplace.foundation.errors import N_

register_events(
    {
        "funding_source.proposed": N_("Source of money proposed"),
        "funding_source.approved": N_("Source of money approved"),
        "funding_source.rejected": N_("Source of money rejected"),
        "funding_source.ended": N_("Source of money ended"),
    },
    subjects={"funding_source": N_("Source of money")},
)
