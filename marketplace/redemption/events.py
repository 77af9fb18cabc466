"""What the audit trail says about the use of vouchers."""

from marketplace.audit.events import register_codes, register_events
from marketplace.enrollment.labels import EXIT_REASON_LABELS
from marketplace.foundation.errors import N_

register_events(
    {
        "voucher.reserved": N_("Voucher reserved"),
        "voucher.released": N_("Reservation released"),
        "voucher.redeemed": N_("Voucher redeemed"),
        "voucher.used_up": N_("Sign-in voucher used up: training recorded, nothing paid"),
        "voucher.redemption_reversed": N_("Redemption reversed"),
        "voucher.looked_up": N_("Voucher looked up by its code"),
        "voucher.look_up_missed": N_("Looked for a voucher that is not there"),
    },
    subjects={"voucher": N_("Voucher"), "institution": N_("Institution")},
)
register_codes("voucher.released", EXIT_REASON_LABELS)
