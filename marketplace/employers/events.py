"""What the audit trail says about referrals."""

from marketplace.audit.events import register_codes, register_events
from marketplace.employers.labels import EVIDENCE_LABELS
from marketplace.foundation.errors import N_

register_events(
    {
        "referral.made": N_("Referred to a vacancy"),
        "referral.withdrawn": N_("Referral taken back"),
        "referral.employed": N_("Employment recorded"),
        "referral.not_employed": N_("Referral ended without employment"),
    },
    subjects={"referral": N_("Referral to a vacancy")},
)
register_codes("kind", EVIDENCE_LABELS)
