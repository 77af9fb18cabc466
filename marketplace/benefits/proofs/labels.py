"""Words for receipts."""

from marketplace.benefits.proofs.states import FeeProofState
from marketplace.foundation.errors import N_

PROOF_LABELS: dict[FeeProofState, tuple[str, str]] = {
    FeeProofState.HANDED_IN: (N_("Being checked"), "waiting"),
    FeeProofState.ACCEPTED: (N_("Checked"), "done"),
    FeeProofState.REJECTED: (N_("Not accepted"), "decision"),
}
