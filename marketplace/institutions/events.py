"""What the audit trail says about institutions."""

from marketplace.audit.events import register_events
from marketplace.foundation.errors import N_

register_events(
    {
        "institution.registered": N_("Institution registered"),
        "institution.suspended": N_("Institution suspended"),
        "institution.barred": N_("Institution barred"),
        "institution.reinstated": N_("Institution reinstated"),
        "institution.withdrawn": N_("Institution withdrawn"),
        "institution.standing_applied": N_("The announced standing took effect"),
        "institution.member_added": N_("Staff member added"),
        "institution.member_removed": N_("Staff member removed"),
        "accreditation.granted": N_("Accreditation granted"),
        "accreditation.revoked": N_("Accreditation revoked"),
        "payout_account.proposed": N_("Payee account proposed"),
        "payout_account.verified": N_("Payee account verified"),
        "payout_account.refused": N_("Payee account refused"),
    },
    subjects={"institution": N_("Institution")},
)
