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
        "retention.deadline_prepared": N_("Another last day for a withheld share proposed"),
        "retention.deadline_approved": N_("Last day of a withheld share changed"),
        "retention.deadline_rejected": N_("Another last day for a withheld share sent back"),
        "retention.clawed_back": N_("Withheld share taken by a clawback"),
    },
    subjects={"settlement": N_("Settlement"), "retention": N_("Withheld share")},
)
