"""Refusals of payouts."""

from marketplace.foundation.errors import N_, register_refusals

register_refusals(
    {
        "nothing_to_pay": N_("Choose at least one approved settlement to pay."),
        "settlement_not_approved": N_(
            "Settlement %(settlement)s of %(institution)s has no second signature yet."
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
