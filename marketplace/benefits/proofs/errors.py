"""Refusals of receipts for assessment fees, and what people are told about theirs."""

from marketplace.foundation.errors import N_, register_refusals
from marketplace.notices.states import register_notice_texts

register_refusals(
    {
        "fee_not_promised": N_("For this training no fee is given back against a receipt."),
        "fee_proof_exists": N_("A receipt for this training is here already."),
        "fee_decided": N_("About the fee of this training it is decided already."),
        "fee_paid_day_wrong": N_(
            "The day of payment lies between the enrollment, %(day)s, and today."
        ),
        "fee_receipt_number_required": N_(
            "Write the whole number of the receipt, at least %(count)s letters or digits."
        ),
        "fee_receipt_used": N_("This receipt was handed in for another training already."),
        "fee_proof_document_required": N_("Add a photo or PDF of the receipt."),
        "fee_proof_decided": N_("Receipt %(proof)s was already decided by another officer."),
        "fee_proof_own": N_("You handed this receipt in, so another officer checks it."),
        "fee_proof_reason_required": N_("Say why: the person will read it."),
    }
)
register_notice_texts(
    {
        "fee_proof.accepted": N_(
            "Your receipt over %(amount)s for “%(title)s” was checked. What is given back of it is "
            "decided by itself."
        ),
        "fee_proof.rejected": N_(
            "Your receipt over %(amount)s for “%(title)s” cannot be used: %(reason)s You can hand "
            "in another one."
        ),
    }
)
