"""What the audit trail says about computing ratings."""

from marketplace.audit.events import register_events
from marketplace.foundation.errors import N_

register_events(
    {
        "ratings.computed": N_("Ratings computed"),
    },
)
