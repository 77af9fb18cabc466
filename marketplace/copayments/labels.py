"""Words for co-payments."""

from __future__ import annotations

from collections.abc import Mapping

from marketplace.copayments.states import (
    PART_EARNED,
    HandoverState,
    Party,
    PaymentChannel,
    PaymentState,
)
from marketplace.enrollment.labels import EXIT_REASON_LABELS
from marketplace.foundation.errors import N_

END_REASON_LABELS: Mapping[str, str] = {
    **{reason.value: label for reason, label in EXIT_REASON_LABELS.items()},
    PART_EARNED: N_("The voucher paid a part"),
}
PARTY_LABELS = {Party.WORKER: N_("the learner"), Party.EMPLOYER: N_("the employer")}
CHANNEL_LABELS = {
    PaymentChannel.COUNTER: N_("At the institution"),
    PaymentChannel.ONLINE: N_("Over the internet"),
}
PAYMENT_LABELS = {
    PaymentState.PENDING: N_("Under way"),
    PaymentState.SUCCEEDED: N_("Paid"),
    PaymentState.FAILED: N_("Not paid"),
}
REFUND_LABELS = {
    PaymentState.PENDING: N_("To be given back"),
    PaymentState.SUCCEEDED: N_("Given back"),
    PaymentState.FAILED: N_("Could not be given back"),
}
PAYMENT_TONES = {
    PaymentState.PENDING: "waiting",
    PaymentState.SUCCEEDED: "done",
    PaymentState.FAILED: "decision",
}
HANDOVER_LABELS = {
    HandoverState.PREPARED: (N_("Waits for the second signature"), "waiting"),
    HandoverState.APPROVED: (N_("Signed, to be transferred"), "waiting"),
    HandoverState.PAID: (N_("Paid"), "done"),
    HandoverState.REJECTED: (N_("Sent back"), "decision"),
}
