"""Words for lines of the Stripe balance."""

from marketplace.foundation.errors import N_
from marketplace.payouts.states import MovementKind, MovementState

KIND_LABELS = {
    MovementKind.PAYMENT: N_("Co-payment received"),
    MovementKind.REFUND: N_("Co-payment given back"),
    MovementKind.TRANSFER: N_("Transfer to an institution"),
    MovementKind.TRANSFER_BACK: N_("Transfer taken back"),
    MovementKind.FEE: N_("Stripe fees"),
    MovementKind.BANK: N_("Between Stripe and the bank"),
    MovementKind.OTHER: N_("Something else"),
}
STATE_LABELS = {
    MovementState.BREAK: (N_("Difference"), "decision"),
    MovementState.PROPOSED: (N_("Waits for the second signature"), "waiting"),
    MovementState.MATCHED: (N_("Matched"), "done"),
    MovementState.BOOKED: (N_("Booked"), "done"),
    MovementState.EXPLAINED: (N_("Explained"), "done"),
}
CAUSE_LABELS = {
    "unknown_payment": N_("No co-payment of ours has this payment."),
    "unknown_refund": N_("No refund of ours has this number."),
    "unknown_transfer": N_("No payout of ours has this transfer."),
    "unknown_transfer_back": N_("No payout of ours has this transfer."),
    "amount_differs": N_("Our books hold another amount."),
    "other_currency": N_("Our books hold another currency."),
    "not_booked_here": N_("Our books do not hold it as done yet; the runner tries again."),
    "already_matched": N_("Another line is matched to the same payment already."),
    "unknown_kind": N_("A kind of line that is not booked by itself."),
}
