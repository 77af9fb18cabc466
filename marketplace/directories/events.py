"""What the audit trail says about registers and lists."""

from marketplace.audit.events import register_events
from marketplace.foundation.errors import N_

register_events(
    {
        "assessor.added": N_("Assessment body added"),
        "assessor.changed": N_("Assessment body changed"),
        "assessor.retired": N_("Assessment body taken off the list"),
        "qualification.added": N_("Qualification added"),
        "qualification.changed": N_("Qualification changed"),
        "qualification.retired": N_("Qualification taken off the list"),
        "shortage_edition.discarded": N_("Edition of the in-demand list discarded"),
        "shortage_edition.drafted": N_("Edition of the in-demand list begun"),
        "shortage_edition.entries_added": N_("Entries added to the in-demand list"),
        "shortage_edition.entry_removed": N_("Entry removed from the in-demand list"),
        "shortage_edition.imported": N_("In-demand list imported"),
        "shortage_edition.proposed": N_("Edition of the in-demand list proposed"),
        "shortage_edition.published": N_("Edition of the in-demand list published"),
        "shortage_edition.returned": N_("Edition of the in-demand list returned"),
    },
    subjects={
        "assessor": N_("Assessment body"),
        "qualification": N_("Listed qualification"),
        "shortage_edition": N_("Edition of the in-demand list"),
    },
)
