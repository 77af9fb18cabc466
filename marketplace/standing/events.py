"""What the audit trail says about files, ratings and appeals."""

from marketplace.audit.events import register_events
from marketplace.foundation.errors import N_

register_events(
    {
        "appeal.filed": N_("Appeal filed"),
        "appeal.rejected": N_("Appeal rejected"),
        "appeal.upheld": N_("Appeal upheld"),
        "rating.computed": N_("Rating of an institution changed"),
        "rating_policy.loaded": N_("Rating policy loaded"),
        "standing.corrected": N_("Fact of a file corrected"),
        "standing.recorded": N_("Fact entered in a file"),
        "standing.withdrawn": N_("Fact of a file withdrawn"),
    },
    subjects={
        "rating_policy": N_("Rating policy"),
    },
)
