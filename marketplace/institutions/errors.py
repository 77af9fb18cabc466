"""Refusals of the institutions room, and what it tells people."""

from marketplace.foundation.errors import N_, register_refusals
from marketplace.notices.states import register_notice_texts

register_refusals(
    {
        "uscc_invalid": N_(
            "The unified social credit code is not valid: it has 18 characters and a check "
            "character (GB 32100). Copy it from the business license."
        ),
        "uscc_taken": N_("An institution with this unified social credit code is registered."),
        "source_key_taken": N_("An institution with this source number is registered."),
        "reason_missing": N_("Give the reason: it is recorded and shown to those concerned."),
        "institution_state_forbids": N_(
            "This is not possible: the institution is %(state)s at present."
        ),
        "standing_before_last": N_(
            "The last decision took effect on %(day)s; a later one cannot begin before it."
        ),
        "standing_too_far": N_("A decision takes effect within %(limit)s days."),
        "accreditation_dates": N_("The accreditation ends before it begins."),
        "level_unknown": N_(
            "A skill level is a number from 5 (beginner) to 1 (senior technician)."
        ),
        "already_member": N_("This person already works for the institution."),
        "last_manager": N_("An institution keeps at least one manager."),
        "payout_holder_differs": N_(
            "The payee must be the institution itself: %(name)s. Subsidy is not paid to persons "
            "or third parties."
        ),
        "payout_number_invalid": N_("A bank account number has 8 to 30 digits."),
        "payout_number_check": N_(
            "This card number has a typing error: its check digit does not fit."
        ),
        "bank_code_invalid": N_("The bank's CNAPS code has 12 digits. The bank can tell it."),
        "connected_account_invalid": N_(
            "A Stripe account begins with acct_ and goes on with letters and digits."
        ),
        "payout_account_decided": N_("This payee account was decided on already."),
        # What would close a gap in the accreditation: the nearest first
        "gap_other_sites": N_(
            "It is accredited for this at other sites only: %(sites)s. Hold the class there, or "
            "apply for this site."
        ),
        "gap_dates": N_(
            "It is accredited for this from %(from_day)s to %(until_day)s. Choose days within, or "
            "have the accreditation extended."
        ),
        "gap_begins": N_(
            "It is accredited for this from %(from_day)s on. Choose a later first day, or have the "
            "accreditation extended."
        ),
        "gap_levels": N_(
            "It is accredited for this occupation at other levels only: %(levels)s. Apply for this "
            "level."
        ),
        "gap_occupation": N_(
            "It is not accredited for this occupation at all. Apply for it under Accreditation."
        ),
    }
)

register_notice_texts(
    {
        "institution.standing_changed": N_(
            "%(name)s is %(state)s from %(day)s on. Reason: %(reason)s"
        ),
        "payout_account_proposed": N_(
            "A new payee account %(number)s was proposed for %(name)s in place of %(old)s. Nothing "
            "is paid there yet. If you did not agree to this, tell the fund officer today."
        ),
        "payout_account_refused": N_(
            "The proposed payee account %(number)s was refused: %(reason)s Subsidy is paid as "
            "before."
        ),
        "payout_account_verified": N_(
            "The payee account %(number)s was verified. Subsidy is paid there from %(day)s on. If "
            "you did not ask for this, tell the fund officer at once."
        ),
    }
)
