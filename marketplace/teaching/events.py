"""What the audit trail says about sites, rooms and trainers."""

from marketplace.audit.events import register_events
from marketplace.foundation.errors import N_

register_events(
    {
        "room.added": N_("Room added"),
        "room.closed": N_("Room closed"),
        "site.closed": N_("Site closed"),
        "site.registered": N_("Site registered"),
        "site.reopened": N_("Site opened again"),
        "site.revised": N_("Site described anew"),
        "trainer.added": N_("Trainer added"),
        "trainer.ended": N_("Trainer left"),
        "trainer.qualified": N_("Trainer's qualification added"),
    },
)
