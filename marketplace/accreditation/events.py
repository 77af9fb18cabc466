"""What the audit trail says about applications for accreditation."""

from marketplace.audit.events import register_events
from marketplace.foundation.errors import N_

register_events(
    {
        "application.begun": N_("Application begun"),
        "application.document_added": N_("Document added to an application"),
        "application.document_opened": N_("Document of an application opened"),
        "application.document_removed": N_("Document removed from an application"),
        "application.granted": N_("Application granted"),
        "application.legal_saved": N_("Legal facts of an application saved"),
        "application.rejected": N_("Application rejected"),
        "application.returned": N_("Application returned to the institution"),
        "application.scope_added": N_("Scope added to an application"),
        "application.scope_removed": N_("Scope removed from an application"),
        "application.submitted": N_("Application submitted for review"),
        "application.withdrawn": N_("Application withdrawn"),
        "calendar.day_removed": N_("Day removed from the calendar of working days"),
        "calendar.imported": N_("Calendar of working days imported"),
        "review_limit.set": N_("Time limit for reviews set"),
    },
    subjects={
        "application": N_("Application"),
        "review_limit": N_("Time limit for reviews"),
        "calendar": N_("Calendar of working days"),
    },
)
