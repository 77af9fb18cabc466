"""The words pages use for the lines of a price."""

from marketplace.foundation.errors import N_

PRICE_LINE_LABELS: dict[str, str] = {
    "fee": N_("Course fee"),
    "face_value": N_("Face value of the voucher"),
    "rate": N_("Subsidy rate for this level"),
    "co_pay": N_("Your share by the policy"),
    "free_group": N_("You are spared the share by the policy"),
    "voucher_pays": N_("The voucher pays"),
    "own_share": N_("You pay"),
}
