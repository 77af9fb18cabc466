"""What the audit trail says about periods."""

from marketplace.audit.events import register_events
from marketplace.foundation.errors import N_

register_events(
    {
        "period.closing": N_("Closing of a month begun"),
        "period.closed": N_("Month closed"),
    },
    subjects={"period": N_("Period")},
)
