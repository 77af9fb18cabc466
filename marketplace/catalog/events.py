"""What the audit trail says about occupations, courses and classes."""

from marketplace.audit.events import register_events
from marketplace.foundation.errors import N_

register_events(
    {
        "catalog_policy.set": N_("Rules for the catalog set"),
        "course.relisted": N_("Course listed again"),
        "course_run.changed": N_("Class changed"),
        "course_run.late_filing_asked": N_("Consent to a late filing asked for"),
        "course_run.late_filing_consented": N_("Late filing consented to"),
        "course_run.late_filing_refused": N_("Late filing refused"),
        "synonym.saved": N_("Everyday word saved"),
        "synonym.retired": N_("Everyday word retired"),
        "course.drafted": N_("Course drafted"),
        "course.revised": N_("Course revised"),
        "course.submitted": N_("Course submitted for review"),
        "course.listed": N_("Course listed"),
        "course.returned": N_("Course returned to the institution"),
        "course.delisted": N_("Course taken off the list"),
        "course.released": N_("Course of an import released"),
        "course.kept_out": N_("Course of an import kept out"),
        "course_run.filed": N_("Class filed"),
        "course_run.opened": N_("Class opened for enrollment"),
        "course_run.started": N_("Class started"),
        "course_run.finished": N_("Class finished"),
        "course_run.claimed": N_("Class claimed"),
        "course_run.canceled": N_("Class called off"),
        "institution.released": N_("Institution of an import released"),
        "institution.kept_out": N_("Institution of an import kept out"),
        "import.requested": N_("Import requested"),
    },
    subjects={
        "catalog_policy": N_("Rules for the catalog"),
        "synonym": N_("Everyday word"),
        "course": N_("Course"),
        "course_run": N_("Class"),
        "institution": N_("Institution"),
        "job": N_("Job"),
    },
)
