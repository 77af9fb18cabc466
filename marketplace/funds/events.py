"""What the audit trail says about funds."""

from marketplace.audit.events import register_events
from marketplace.foundation.errors import N_

register_events(
    {
        "fund.created": N_("Fund created"),
        "fund.appropriated": N_("Fund appropriated"),
        "fund.allotted": N_("Money allotted"),
    },
    subjects={"fund": N_("Fund"), "allotment": N_("Allotment")},
)
