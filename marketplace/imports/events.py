"""What the audit trail says about imports."""

from marketplace.audit.events import register_codes, register_events
from marketplace.foundation.errors import N_
from marketplace.imports.labels import COUNT_LABELS, KIND_LABELS, SOURCE_LABELS

register_events(
    {
        "import.finished": N_("Import finished"),
        "import.failed": N_("Import failed"),
        "import.preview_applied": N_("Import applied after its preview"),
        "import.preview_discarded": N_("Preview of an import discarded"),
    },
    subjects={"import_run": N_("Import")},
)
register_codes("kind", KIND_LABELS)
register_codes("source", SOURCE_LABELS)
register_codes("counts", COUNT_LABELS)
