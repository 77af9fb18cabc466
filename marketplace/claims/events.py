"""What the audit trail says about claims."""

from marketplace.audit.events import register_events
from marketplace.foundation.errors import N_

register_events(
    {
        "claim.assembled": N_("Claim put together"),
        "claim.submitted": N_("Claim submitted"),
        "claim.checked": N_("Claim checked"),
        "claim.noticed": N_("Claim publicised"),
        "claim.approved": N_("Claim approved"),
        "claim.settled": N_("Claim settled"),
        "claim.returned": N_("Claim returned"),
        "claim.rejected": N_("Claim rejected"),
        "claim.line_returned": N_("Line of a claim returned"),
        "claim.line_rejected": N_("Line of a claim rejected"),
        "claim.objection_recorded": N_("Objection to a claim recorded"),
        "claim.objection_resolved": N_("Objection to a claim answered"),
        "objection.filed": N_("Objection from the public taken in"),
        "objection.taken": N_("Objection from the public taken over"),
        "objection.upheld": N_("Objection from the public upheld"),
        "objection.dismissed": N_("Objection from the public dismissed"),
        "objection.objector_opened": N_("Name and contact of whoever objected opened"),
        "claim_policy.set": N_("Rules of claims set"),
    },
    subjects={"claim": N_("Claim"), "claim_policy": N_("Rules of claims")},
)
