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
        "employer.recorded": N_("Employer recorded"),
        "employer.member_recorded": N_("Login recorded that acts for an employer"),
        "employer.member_ended": N_("Login acts no longer for an employer"),
        "employer_agreement.recorded": N_("Employer's share recorded"),
        "employer_agreement.ended": N_("Employer's share ended"),
    },
    subjects={
        "employer": N_("Employer"),
        "referral": N_("Referral to a vacancy"),
        "employer_agreement": N_("Agreement with an employer"),
    },
)
register_codes("kind", EVIDENCE_LABELS)
