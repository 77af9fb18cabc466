"""What the audit trail says about visits."""

from marketplace.audit.events import register_codes, register_events
from marketplace.foundation.errors import N_
from marketplace.inspections import errors as _errors  # noqa: F401  (registers the sentences)
from marketplace.inspections.labels import OBSERVATION_LABELS, VISIT_KIND_LABELS

register_events(
    {
        "inspection.planned": N_("Visit planned"),
        "inspection.canceled": N_("Visit canceled"),
        "inspection.begun": N_("Visit begun on site"),
        "inspection.document_added": N_("Photo or document added to a visit"),
        "inspection.document_opened": N_("Photo or document of a visit opened"),
        "inspection.submitted": N_("Visit submitted"),
        "inspection.answered": N_("Institution answered about a visit"),
    },
    subjects={"inspection_visit": N_("Visit of an inspector")},
)
register_codes("visit_kind", VISIT_KIND_LABELS)
register_codes("observations", OBSERVATION_LABELS)
