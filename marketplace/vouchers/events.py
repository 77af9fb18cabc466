"""What the audit trail says about schemes, quotes and vouchers."""

from marketplace.audit.events import register_events
from marketplace.foundation.errors import N_

register_events(
    {
        "scheme.published": N_("Scheme published"),
        "quote.made": N_("Price quoted"),
        "voucher.claimed": N_("Voucher claimed"),
        "voucher.issued": N_("Voucher issued"),
        "voucher.accepted": N_("Voucher accepted"),
        "voucher.expired": N_("Voucher expired"),
        "voucher.revoked": N_("Voucher revoked"),
    },
    subjects={
        "scheme": N_("Scheme"),
        "quote": N_("Quote"),
        "voucher": N_("Voucher"),
    },
)
