"""What the audit trail says about enterprise quotas."""

from marketplace.audit.events import register_events
from marketplace.foundation.errors import N_

register_events(
    {
        "quota.proposed": N_("Enterprise quota proposed"),
        "quota.raise_proposed": N_("More places of an enterprise quota proposed"),
        "quota.granted": N_("Enterprise quota granted"),
        "quota.raised": N_("Enterprise quota raised"),
        "quota.step_refused": N_("Second signature under an enterprise quota refused"),
        "quota.lowered": N_("Enterprise quota lowered"),
        "quota.withdrawn": N_("Enterprise quota withdrawn"),
        "quota.ended": N_("Enterprise quota ended"),
        "quota.people_named": N_("People named under an enterprise quota"),
        "quota.look_up_missed": N_("Somebody named who is not registered so"),
    },
    subjects={"quota": N_("Enterprise quota")},
)
