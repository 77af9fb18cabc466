"""What the audit trail says about assessments by another party."""

from marketplace.assessments import errors as _errors  # noqa: F401  (registers the sentences)
from marketplace.assessments.labels import RESULT_LABELS
from marketplace.audit.events import register_codes, register_events
from marketplace.foundation.errors import N_

register_events(
    {
        "assessment.assigned": N_("Body asked to assess a class"),
        "assessment.canceled": N_("Body no longer to assess a class"),
        "assessment.submitted": N_("Results entered by the assessment body"),
        "assessment.change_proposed": N_("Change of a result proposed"),
        "assessment.change_accepted": N_("Change of a result accepted"),
        "assessment.change_rejected": N_("Change of a result rejected"),
        "assessor.member_added": N_("Person of an assessment body added"),
        "assessor.member_removed": N_("Person of an assessment body removed"),
    },
    subjects={"assessment": N_("Assessment"), "assessor": N_("Assessment body")},
)
register_codes("result", RESULT_LABELS)
