"""What the audit trail says about pledges."""

from marketplace.audit.events import register_events
from marketplace.foundation.errors import N_

register_events(
    {
        "pledge.made": N_("Pledge for a class made"),
        "pledge.withdrawn": N_("Pledge withdrawn"),
        "pledge.offered": N_("Place held for a pledge"),
        "pledge.converted": N_("Pledge became an enrollment"),
        "pledge.declined": N_("Held place declined"),
        "pledge.lapsed": N_("Pledge ended without an enrollment"),
        "pledge.offer_withdrawn": N_("Held place taken back by the institution"),
        "employer_group.announced": N_("Group of an employer announced"),
        "employer_group.ended": N_("Group of an employer ended"),
    },
    subjects={"pledge": N_("Pledge"), "employer_group": N_("Group of an employer")},
)
