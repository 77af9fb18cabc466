"""What the audit trail says about receipts for assessment fees."""

from marketplace.audit.events import register_events
from marketplace.foundation.errors import N_

register_events(
    {
        "fee_proof.handed_in": N_("Receipt for an assessment fee handed in"),
        "fee_proof.accepted": N_("Receipt for an assessment fee checked"),
        "fee_proof.rejected": N_("Receipt for an assessment fee not accepted"),
    },
    subjects={"fee_proof": N_("Receipt for an assessment fee")},
)
