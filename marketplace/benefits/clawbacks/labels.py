"""Words for clawbacks from people, for the office and for the person."""

from __future__ import annotations

from marketplace.benefits.clawbacks.states import (
    BenefitClawbackState,
    ClawbackDisputeState,
    RepaymentKind,
    RepaymentState,
)
from marketplace.foundation.errors import N_

CLAWBACK_LABELS: dict[BenefitClawbackState, tuple[str, str]] = {
    BenefitClawbackState.PREPARED: (N_("Waits for the second signature"), "waiting"),
    BenefitClawbackState.APPROVED: (N_("To be given back"), "decision"),
    BenefitClawbackState.REJECTED: (N_("Sent back"), "neutral"),
}
SETTLED = (N_("Given back"), "done")
REPAYMENT_KIND_LABELS: dict[RepaymentKind, str] = {
    RepaymentKind.BANK: N_("Paid to our bank account"),
    RepaymentKind.DEPOSIT: N_("Paid in with a receipt"),
    RepaymentKind.WAIVER: N_("Waiver"),
}
REPAYMENT_LABELS: dict[RepaymentState, tuple[str, str]] = {
    RepaymentState.PREPARED: (N_("Waits for the second signature"), "waiting"),
    RepaymentState.BOOKED: (N_("Booked"), "done"),
    RepaymentState.REJECTED: (N_("Sent back"), "neutral"),
    RepaymentState.REVERSED: (N_("Taken back"), "neutral"),
}
DISPUTE_LABELS: dict[ClawbackDisputeState, tuple[str, str]] = {
    ClawbackDisputeState.OPEN: (N_("Waits for the fund office"), "waiting"),
    ClawbackDisputeState.ACCEPTED: (N_("Accepted"), "done"),
    ClawbackDisputeState.REJECTED: (N_("Rejected with reasons"), "decision"),
}
