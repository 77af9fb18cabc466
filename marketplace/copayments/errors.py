"""Refusals about co-payments, and the words of their notices."""

from marketplace.foundation.errors import N_, register_refusals
from marketplace.notices.states import register_notice_texts

register_refusals(
    {
        "copayment_amount_needed": N_("Enter an amount above zero."),
        "copayment_too_much": N_("Only %(open)s is still to be paid here."),
        "copayment_nothing_open": N_("Nothing is to be paid here any more."),
        "copayment_receipt_needed": N_("Enter the number of the receipt."),
        "copayment_receipt_used": N_("Receipt %(number)s is already recorded for another payment."),
        "copayment_pending": N_(
            "A payment over the internet is under way. Wait until it has succeeded or failed."
        ),
        "copayment_paid_already": N_(
            "So much has been paid already that the share cannot be divided anew this way."
        ),
        "copayment_over": N_("The learner has left the class; this co-payment is closed."),
        "copayment_not_counter": N_(
            "This was paid over the internet and goes back the same way by itself."
        ),
        "copayment_nothing_back": N_("Nothing of this payment is to be given back."),
        "copayment_nothing_earned": N_("There is nothing to pass on to this institution."),
        "handover_institution_held": N_(
            "%(institution)s is suspended or barred, so nothing is paid to it."
        ),
        "handover_no_account": N_("%(institution)s has no verified payee account."),
        "handover_account_held": N_(
            "The payee account of %(institution)s can be paid from %(day)s on."
        ),
        "handover_account_changed": N_(
            "The payee account has changed since the handover was prepared. Send it back."
        ),
        "handover_decided": N_("Handover %(handover)s is already decided."),
        "handover_not_approved": N_(
            "Handover %(handover)s waits for the second signature, or is over."
        ),
        "handover_changed": N_(
            "What is in keeping has changed since handover %(handover)s was prepared. Send it back."
        ),
        "handover_reference_used": N_(
            "Reference %(reference)s is already recorded for handover %(handover)s."
        ),
        "copayment_reference_needed": N_("Enter the bank's reference of the transfer."),
    }
)
register_notice_texts(
    {
        "copayment.refund_due": N_(
            "You left “%(title)s”: %(amount)s of what you paid comes back to you."
        ),
        "copayment.part_back": N_(
            "Your voucher paid a part for “%(title)s”, and so do you: %(amount)s of what you paid "
            "comes back to you."
        ),
        "copayment.received": N_("Your payment of %(amount)s for “%(title)s” has arrived."),
    }
)
