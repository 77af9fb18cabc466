"""Refusals of payouts."""

from marketplace.foundation.errors import N_, register_refusals

register_refusals(
    {
        "movement_not_open": N_("%(movement)s is not an open difference any more."),
        "movement_not_proposed": N_("%(movement)s waits for no signature any more."),
        "movement_kind_needed": N_("Choose what the line is."),
        "nothing_to_pay": N_("Choose at least one approved settlement to pay."),
        "settlement_not_approved": N_(
            "Settlement %(settlement)s of %(institution)s has no second signature yet."
        ),
        "settlement_netted": N_(
            "Settlement %(settlement)s of %(institution)s is kept back for what is owed; nothing "
            "is left to pay."
        ),
        "already_in_payout": N_(
            "Settlement %(settlement)s of %(institution)s is already being paid as %(payout)s."
        ),
        "no_verified_payout_account": N_(
            "%(institution)s has no payee account verified by two people."
        ),
        "payout_account_held": N_(
            "The payee account of %(institution)s was changed; money may go there from %(day)s."
        ),
        "institution_payment_held": N_(
            "%(institution)s is suspended or barred; payments to it are held."
        ),
        "payout_account_changed": N_(
            "The payee account of %(institution)s changed after the batch was prepared. Reject "
            "the batch and prepare it again."
        ),
        "batch_pays_own_entry": N_(
            "You noted the bank account of somebody that batch %(batch)s pays, so another officer "
            "signs it."
        ),
        "no_benefit_to_pay": N_("Choose at least one benefit that can be paid."),
        "benefit_not_due": N_("Benefit %(benefit)s is not due."),
        "benefit_netted": N_(
            "All of benefit %(benefit)s is kept back for what the person has to give back."
        ),
        "benefit_already_in_payout": N_("Benefit %(benefit)s is already being paid as %(payout)s."),
        "benefit_without_account": N_(
            "The person of benefit %(benefit)s has named no bank account yet."
        ),
        "benefit_account_held": N_(
            "The account for benefit %(benefit)s was changed; money may go there from %(day)s."
        ),
        "batch_mixes_currencies": N_("One batch pays in one currency."),
        "batch_already_decided": N_("Batch %(batch)s was already decided by another officer."),
        "batch_not_approved": N_("Batch %(batch)s has no second signature yet."),
        "batch_already_sent": N_("Batch %(batch)s was already sent; it cannot be rejected."),
        "payer_unknown": N_(
            "This deployment has not named the paying bank account. Set PAYER_NAME, "
            "PAYER_ACCOUNT and PAYER_BANK_CODE."
        ),
        "payout_not_sent": N_("Payout %(payout)s is not on its way to the bank."),
        "other_attempt": N_("The reference %(reference)s is not the present try of %(payout)s."),
        "batch_without_file": N_("Batch %(batch)s was not sent yet, so there is no file."),
        "no_such_batch": N_("There is no payout batch %(batch)s."),
        "status_report_empty": N_("The status report is empty."),
        "status_report_too_large": N_("The file is too large for a status report."),
        "status_report_with_dtd": N_("The file contains a document type; such files are refused."),
        "status_report_damaged": N_("The file is damaged: it is not well-formed XML."),
        "status_report_unknown": N_("The file is no pain.002 status report."),
        "status_report_without_id": N_("The report has no message identification."),
        "status_report_amount": N_("The amount is missing or not a positive number."),
        "answer_amount_differs": N_(
            "The report names another amount for %(reference)s than we sent. Nothing of it was "
            "taken."
        ),
        "answer_sum_differs": N_(
            "The report names another count or sum for %(batch)s than we sent. Nothing of it was "
            "taken."
        ),
        "answer_other_batch": N_(
            "%(reference)s was sent with %(batch)s, not with the file the report answers. Nothing "
            "of it was taken."
        ),
        "answer_contradicts": N_(
            "The report says two things about %(reference)s. Nothing of it was taken."
        ),
        "answer_reference_unknown": N_("%(reference)s belongs to no payout of ours."),
        "answer_status_unknown": N_("The status %(status)s is not one we know."),
        "answer_file_unknown": N_("The report answers %(message)s, which is no file of ours."),
        "answer_after_confirmation": N_(
            "Payout %(payout)s was confirmed by a bank statement: only a statement brings it back."
        ),
        "answer_after_return": N_(
            "Payout %(payout)s had already come back; this answer is too late."
        ),
        "answer_before_sending": N_(
            "Payout %(payout)s is not on its way as %(reference)s, so the bank cannot answer it."
        ),
        "payout_moved_on": N_(
            "Payout %(payout)s has moved on since the bank line: it came back, is being paid "
            "again, or counts as confirmed by another line."
        ),
        "stripe_not_configured": N_(
            "This deployment has no key for Stripe. Set STRIPE_API_KEY, or choose another channel."
        ),
        "stripe_other_decimals": N_(
            "%(currency)s is not counted in hundredths by Stripe. Choose another channel."
        ),
        "no_connected_account": N_(
            "%(institution)s has no Stripe account signed by two people. Choose another channel, "
            "or let the institution name one."
        ),
        "connected_account_unknown": N_(
            "Stripe knows no account %(account)s connected to this agency."
        ),
        "connected_account_inactive": N_(
            "The Stripe account %(account)s cannot receive transfers yet. The institution has to "
            "finish its registration there."
        ),
        "stripe_silent": N_("Stripe did not answer. Try again in a few minutes."),
        "nothing_on_its_way": N_("No payout of batch %(batch)s waits for Stripe."),
        "other_rail": N_("Batch %(batch)s goes through another channel (%(rail)s)."),
    }
)
