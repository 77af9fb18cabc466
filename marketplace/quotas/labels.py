"""The words pages use for quotas."""

from __future__ import annotations

from marketplace.foundation.errors import N_
from marketplace.quotas.states import NamingOutcome, QuotaStepKind, QuotaStepState
from marketplace.vouchers.states import QuotaState

QUOTA_STATE_LABELS: dict[QuotaState, str] = {
    QuotaState.PROPOSED: N_("Waits for the second signature"),
    QuotaState.IN_FORCE: N_("In force"),
    QuotaState.ENDED: N_("Over by its last day"),
    QuotaState.WITHDRAWN: N_("Withdrawn by the office"),
    QuotaState.REFUSED: N_("Not granted"),
}
QUOTA_STATE_TONES: dict[QuotaState, str] = {
    QuotaState.PROPOSED: "decision",
    QuotaState.IN_FORCE: "done",
    QuotaState.ENDED: "neutral",
    QuotaState.WITHDRAWN: "neutral",
    QuotaState.REFUSED: "neutral",
}
STEP_LABELS: dict[QuotaStepKind, str] = {
    QuotaStepKind.GRANT: N_("Grant"),
    QuotaStepKind.RAISE: N_("Raise"),
    QuotaStepKind.LOWER: N_("Lower"),
    QuotaStepKind.WITHDRAW: N_("Withdraw"),
    QuotaStepKind.END: N_("End by its date"),
}
STEP_STATE_LABELS: dict[QuotaStepState, str] = {
    QuotaStepState.PROPOSED: N_("Waits for the second signature"),
    QuotaStepState.SIGNED: N_("Done"),
    QuotaStepState.REFUSED: N_("Not signed"),
}
STEP_STATE_TONES: dict[QuotaStepState, str] = {
    QuotaStepState.PROPOSED: "decision",
    QuotaStepState.SIGNED: "done",
    QuotaStepState.REFUSED: "neutral",
}
OUTCOME_LABELS: dict[NamingOutcome, str] = {
    NamingOutcome.NOT_GIVEN: N_("No voucher given"),
    NamingOutcome.OFFERED: N_("Offered, the person decides"),
    NamingOutcome.ACCEPTED: N_("Accepted"),
    NamingOutcome.RESERVED: N_("Enrolled in a class"),
    NamingOutcome.REDEEMED: N_("Training completed and paid"),
    NamingOutcome.ENDED: N_("Ended, the place is free again"),
}
OUTCOME_TONES: dict[NamingOutcome, str] = {
    NamingOutcome.NOT_GIVEN: "decision",
    NamingOutcome.OFFERED: "waiting",
    NamingOutcome.ACCEPTED: "waiting",
    NamingOutcome.RESERVED: "waiting",
    NamingOutcome.REDEEMED: "done",
    NamingOutcome.ENDED: "neutral",
}
