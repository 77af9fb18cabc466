"""What the audit trail says about payouts."""

from marketplace.audit.events import register_events
from marketplace.foundation.errors import N_

register_events(
    {
        "payout.confirmed": N_("Payout confirmed by the bank"),
        "payout.returned": N_("Payout returned by the bank"),
        "payout.confirmation_undone": N_("Payout on its way again: its bank line was another’s"),
        "payout.transfer_doubted": N_("Payout kept open: what Stripe shows does not fit"),
        "payout.transfer_refused": N_("Stripe refused a transfer; nothing was paid"),
        "stripe.balance_read": N_("Stripe balance read"),
        "stripe.movement_owned": N_("Difference at Stripe taken on"),
        "stripe.movement_explained": N_("Difference at Stripe explained"),
        "stripe.movement_signed": N_("Explanation of a difference at Stripe signed"),
        "stripe.movement_returned": N_("Explanation of a difference at Stripe sent back"),
        "payout_batch.asked_again": N_("Stripe asked again about a payout batch"),
        "payout_batch.prepared": N_("Payout batch prepared"),
        "payout_batch.approved": N_("Payout batch approved"),
        "payout_batch.rejected": N_("Payout batch rejected"),
        "payout_batch.answered": N_("Status report of the bank taken in"),
        "payout_batch.sent": N_("Payout batch sent to the bank"),
    },
    subjects={
        "payout": N_("Payout"),
        "payout_batch": N_("Payout batch"),
        "stripe_movement": N_("Line of the Stripe balance"),
        "stripe_balance": N_("Stripe balance"),
    },
)
