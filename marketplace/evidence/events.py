"""What the audit trail says about holds."""

from marketplace.audit.events import register_codes, register_events
from marketplace.evidence import errors as _errors  # noqa: F401  (registers the sentences)
from marketplace.evidence.labels import KIND_LABELS
from marketplace.foundation.errors import N_

register_events(
    {
        "evidence.held": N_("Redemption held back"),
        "evidence.taken": N_("Hold taken on"),
        "evidence.assigned": N_("Hold given to an inspector"),
        "evidence.answered": N_("Hold answered by the institution"),
        "evidence.cleared": N_("Hold cleared"),
        "evidence.upheld": N_("Hold upheld"),
    },
    subjects={"evidence_hold": N_("Hold")},
)
register_codes("finding", KIND_LABELS)
