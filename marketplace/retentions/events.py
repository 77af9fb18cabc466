"""What the audit trail says about withheld money."""

from marketplace.audit.events import register_events
from marketplace.foundation.errors import N_

register_events(
    {
        "retention.planned": N_("Withholding planned with a settlement"),
        "retention.held": N_("Shares withheld from a settlement"),
        "retention.dropped": N_("Withholding dropped with its settlement"),
        "retention.released": N_("Withheld share released"),
        "retention.returned": N_("Withheld share returned to the allotments"),
        "retention.warned": N_("Institution warned of a withheld share"),
        "retention.clawed_back": N_("Withheld share taken by a clawback"),
    },
    subjects={"settlement": N_("Settlement"), "retention": N_("Withheld share")},
)
