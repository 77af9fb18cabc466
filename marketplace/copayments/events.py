"""What the audit trail says about co-payments."""

from marketplace.audit.events import register_codes, register_events
from marketplace.copayments.labels import CHANNEL_LABELS, END_REASON_LABELS, PARTY_LABELS
from marketplace.foundation.errors import N_

register_events(
    {
        "copayment.opened": N_("Co-payment opened"),
        "copayment.shared": N_("Co-payment divided with the employer"),
        "copayment.ended": N_("Co-payment ended"),
        "copayment.payment_begun": N_("Payment of a co-payment begun"),
        "copayment.received": N_("Co-payment received"),
        "copayment.payment_failed": N_("Co-payment not paid"),
        "copayment.passed_on": N_("Co-payment passed on to the institution"),
        "copayment.refunded": N_("Co-payment given back"),
        "handover.prepared": N_("Handover of co-payments prepared"),
        "handover.approved": N_("Handover of co-payments signed"),
        "handover.rejected": N_("Handover of co-payments sent back"),
        "handover.paid": N_("Handover of co-payments paid"),
        "copayment.doubted": N_("Co-payment at Stripe differs from ours"),
    },
    subjects={"copayment": N_("Co-payment"), "handover": N_("Handover of co-payments")},
)
register_codes("copayment.ended", END_REASON_LABELS)
register_codes("party", PARTY_LABELS)
register_codes("channel", CHANNEL_LABELS)
