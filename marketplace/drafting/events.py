"""What the audit trail says about schemes in the making."""

from marketplace.audit.events import register_events
from marketplace.foundation.errors import N_

register_events(
    {
        "scheme_draft.saved": N_("Draft of a scheme saved"),
        "scheme_draft.submitted": N_("Draft submitted for the second signature"),
        "scheme_draft.taken_back": N_("Submitted draft taken back"),
        "scheme_draft.returned": N_("Draft returned"),
        "scheme_draft.published": N_("Draft published as a version"),
        "scheme_draft.discarded": N_("Draft discarded"),
        "policy_replay.started": N_("Replay of the past started"),
        "policy_replay.finished": N_("Replay of the past finished"),
    },
    subjects={
        "scheme_draft": N_("Draft of a scheme"),
        "policy_replay": N_("Replay of the past"),
    },
)
