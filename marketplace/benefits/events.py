"""What the audit trail says about benefits."""

from marketplace.audit.events import register_codes, register_events
from marketplace.benefits.clawbacks import events as _clawbacks  # noqa: F401
from marketplace.benefits.labels import KIND_LABELS
from marketplace.benefits.proofs import events as _proofs  # noqa: F401
from marketplace.foundation.errors import N_

register_events(
    {
        "benefit.due": N_("Benefit decided: due"),
        "benefit.unfunded": N_("Benefit decided: the allotment cannot carry it yet"),
        "benefit.declined": N_("Benefit decided: nothing is due"),
        "benefit.withdrawn": N_("Benefit withdrawn"),
        "worker_bank_account.named": N_("Bank account for benefits named"),
    },
    subjects={"benefit": N_("Benefit")},
)
register_codes("benefit_kind", KIND_LABELS)
