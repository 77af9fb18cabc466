"""What the audit trail says about suggestions."""

from marketplace.audit.events import register_events
from marketplace.foundation.errors import N_

register_events(
    {
        "worker.suggestions_on": N_("Suggestions and invitations wanted"),
        "worker.suggestions_off": N_("Suggestions and invitations not wanted"),
        "worker.wanted_work_changed": N_("Wanted work changed"),
    }
)
