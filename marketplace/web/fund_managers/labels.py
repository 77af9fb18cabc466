"""Words and tones of money states, as fund officers read them."""

from marketplace.foundation.errors import N_

SETTLEMENT_LABELS = {
    "prepared": (N_("Waits for the second signature"), "waiting"),
    "approved": (N_("Approved"), "done"),
    "rejected": (N_("Sent back"), "decision"),
}

BATCH_LABELS = {
    "prepared": (N_("Waits for the second signature"), "waiting"),
    "approved": (N_("Signed, to be sent"), "waiting"),
    "sent": (N_("Sent to the bank"), "done"),
    "rejected": (N_("Sent back"), "decision"),
}

PAYOUT_LABELS = {
    "prepared": (N_("Prepared"), "waiting"),
    "approved": (N_("Signed"), "waiting"),
    "sent": (N_("At the bank"), "waiting"),
    "confirmed": (N_("Paid"), "done"),
    "returned": (N_("Returned by the bank"), "decision"),
}

ANSWER_LABELS = {
    "accepted": (N_("Accepted, waits for the statement"), "waiting"),
    "pending": (N_("The bank still looks at it"), "waiting"),
    "restored": (N_("Refused, owed again"), "decision"),
    "known": (N_("Refused, owed again since before"), "done"),
}

LINE_LABELS = {
    "imported": (N_("Not yet looked at"), "waiting"),
    "found": (N_("Found its payout, being booked"), "waiting"),
    "matched": (N_("Matched"), "done"),
    "break": (N_("Difference"), "decision"),
    "explained": (N_("Explained"), "done"),
    "set_aside": (N_("Set aside, not counted"), "neutral"),
}

SET_ASIDE_LABELS = {
    "proposed": (N_("Waits for its second signature"), "decision"),
    "signed": (N_("Set aside, not counted"), "neutral"),
    "returned": (N_("Sent back"), "neutral"),
    "withdrawn": (N_("Withdrawn"), "neutral"),
}

UNDOING_LABELS = {
    "proposed": (N_("Waits for its second signature"), "decision"),
    "signed": (N_("Undone"), "neutral"),
    "returned": (N_("Sent back"), "neutral"),
    "withdrawn": (N_("Withdrawn"), "neutral"),
}

MATCH_LABELS = {
    "reference_and_amount": N_("By the machine: our reference and the amount"),
    "returned_payment": N_("By the machine: our reference, and the money came back"),
    "confirmed_payment": N_("By an officer, from a suggestion"),
    "confirmed_return": N_("By an officer: the payment came back"),
    "confirmed_together": N_("By an officer: several payouts in one sum"),
    "confirmed_parts": N_("By an officer: one payout in several sums"),
}

CHAIN_LABELS = {
    "first": (N_("First of this account"), "neutral"),
    "continues": (N_("Follows the one before"), "done"),
    "overlaps": (N_("Overlaps the one before"), "waiting"),
    "gap": (N_("One before it is missing"), "decision"),
}

BREAK_LABELS = {
    "open": (N_("Open"), "decision"),
    "explained": (N_("Explained"), "done"),
    "resolved": (N_("Resolved by a later statement"), "done"),
    "set_aside": (N_("Set aside with its statement"), "neutral"),
}

CAUSE_LABELS = {
    "no_such_payout": N_("The reference on the line belongs to no payout of ours."),
    "no_reference": N_("Money left the bank account without a reference of ours."),
    "unknown_credit": N_("Money came in that belongs to no payout."),
    "amount_differs": N_("The reference is right, but the amount differs."),
    "other_currency": N_("The reference is right, but the currency differs."),
    "already_matched": N_("This payout was already matched to another line."),
    "payout_already_returned": N_("The payout had already come back."),
    "payout_not_sent": N_("The bank paid a payout that we have not sent."),
    "return_before_payment": N_(
        "Money came back, but the line of its payment is missing: import the earlier statement."
    ),
    "period_closed": N_("The accounting period of the booking day is closed."),
    "match_undone": N_(
        "It was tied to the payout it names until two officers undid that. Nothing ties them again "
        "by itself."
    ),
}

SUGGESTION_LABELS = {
    "payment": N_("Payment of one payout"),
    "return": N_("Return of one payout"),
    "together": N_("Several payouts in one sum"),
    "parts": N_("One payout in several sums"),
}

REASON_LABELS = {
    "amount_equal": N_("The amount is the same to the fen."),
    "name_equal": N_("The name is the payee’s: %(found)s."),
    "name_like": N_("The name is much like the payee’s: %(found)s for %(expected)s."),
    "name_missing": N_("The bank gives no name; the payee is %(expected)s."),
    "name_differs": N_("The name is another: %(found)s instead of %(expected)s."),
    "days_apart": N_("%(days)s days lie between the file and the bank’s booking."),
    "several_alike": N_("%(count)s payouts would fit: only one of them can be right."),
    "contested": N_("Another suggestion claims the same line or payout."),
    "sum_of_batch": N_("It is the sum of the %(count)s open payouts of batch %(batch)s."),
    "sum_of_payee": N_("It is the sum of the %(count)s payouts of batch %(batch)s to %(name)s."),
    "batch_named": N_("The bank names batch %(batch)s."),
    "parts_with_reference": N_(
        "%(count)s lines carry the payout’s reference and add up to its amount."
    ),
    "match_undone": N_("They were tied before, until two officers undid it. Look why first."),
    "parts_to_payee": N_("%(count)s lines to %(name)s add up to the payout."),
}

RAIL_LABELS = {
    "bank_file": N_("Bank file"),
    "null": N_("Trial channel (no money moves)"),
    "stripe": N_("Stripe transfer"),
}

STRIPE_BATCH_LABELS = BATCH_LABELS | {"sent": (N_("Handed to Stripe"), "done")}

STRIPE_PAYOUT_LABELS = PAYOUT_LABELS | {
    "sent": (N_("On its way through Stripe"), "waiting"),
    "returned": (N_("Returned by Stripe"), "decision"),
}

TRANSFER_PROBLEM_LABELS = {
    "REVERSED": N_("The transfer was taken back at Stripe; it is owed again."),
    "no_answer": N_("Stripe did not answer; it is asked again."),
    "stripe_failed": N_("Stripe had a fault; it is asked again."),
    "too_many_requests": N_("Stripe asked us to wait; it is asked again."),
    "same_request_under_way": N_("Stripe is still at work on it."),
    "unreadable_answer": N_("Stripe's answer could not be read; it is asked again."),
    "key_refused": N_("Stripe turned our key away. An administrator has to look at it."),
    "key_of_another_request": N_("Stripe knows this reference with other details. Look there."),
    "balance_insufficient": N_("The agency's balance at Stripe does not cover it. Top it up."),
    "second_transfer": N_("Stripe shows more than one transfer with this reference. Look there."),
    "amount_differs": N_("The reference is right, but the amount differs."),
    "currency_differs": N_("The reference is right, but the currency differs."),
    "payee_differs": N_("The reference is right, but the money went to another account."),
    "partly_reversed": N_("A part of it was taken back at Stripe."),
    "paid_after_return": N_("It had come back, and now Stripe shows it as paid."),
    "payout_not_sent": N_("Stripe shows a transfer for a payout that we have not sent."),
    "period_closed": N_("The accounting period of the booking day is closed."),
}

PERIOD_LABELS = {
    "open": (N_("Takes entries"), "neutral"),
    "closing": (N_("Waits for the second signature"), "waiting"),
    "closed": (N_("Closed"), "done"),
}

PROPOSAL_LABELS = {
    "proposed": (N_("Waits for the second signature"), "waiting"),
    "posted": (N_("Signed and booked"), "done"),
    "returned": (N_("Sent back"), "decision"),
    "withdrawn": (N_("Withdrawn"), "neutral"),
    "reversed": (N_("Reversed by a second entry"), "neutral"),
}

PROPOSAL_KIND_LABELS = {
    "bank_fee": N_("Fee of the bank"),
    "interest": N_("Interest of the bank"),
    "unknown_receipt": N_("Receipt that belongs to nobody yet"),
    "receipt_paid_back": N_("Receipt that was nobody’s, paid back"),
    "unknown_payment": N_("Payment that is not ours, to be recovered"),
    "payment_recovered": N_("Payment that was not ours, recovered"),
    "duplicate_payment": N_("Paid twice: the institution gives it back"),
    "person_repaid": N_("A person gives back a benefit that was taken back"),
    "overpayment_repaid": N_("The institution gave back what was paid twice"),
    "returned_payment": N_("A payout came back: owed to the institution again"),
    "region_clearing": N_("Clearing with other regions"),
    "stripe_bank": N_("Between Stripe and the bank"),
    "no_entry": N_("Nothing to book"),
    "reversal": N_("Reversal of what was booked"),
}

PROPOSAL_REASON_LABELS = {
    "came_back": N_("Amount and name are those of one payout that was paid."),
    "paid_before": N_("The payout on the line was paid by an earlier line."),
    "names_clawback": N_("The bank’s text names this clawback from a person."),
    "says_fee": N_("The bank’s text says “%(word)s”."),
    "says_interest": N_("The bank’s text says “%(word)s”."),
    "stripe_named": N_(
        "The bank’s text names “%(number)s”: line %(movement)s of the Stripe balance."
    ),
    "stripe_says": N_(
        "The bank’s text names Stripe, and line %(movement)s of the Stripe balance moved this "
        "amount %(days)s days apart."
    ),
    "stripe_amount": N_(
        "Line %(movement)s of the Stripe balance moved this amount %(days)s days apart. The "
        "bank’s text does not name it, so look at it."
    ),
    "waits_for_stripe": N_(
        "The bank’s text names Stripe, but no line of the Stripe balance fits: read the balance, "
        "then look again."
    ),
    "handover_paid": N_(
        "The bank’s text names handover %(handover)s, which is in the books already."
    ),
    "handover_not_recorded": N_(
        "The bank’s text names handover %(handover)s: record first that it was paid."
    ),
    "nobody_claims_receipt": N_("No payout fits, so the money is kept until its owner is known."),
    "nobody_claims_payment": N_("No payout fits, so the bank is asked to give it back."),
    "waits_for_payment_line": N_("Nothing to book: import the statement with the payment first."),
    "waits_for_sending": N_(
        "Nothing to book: the bank paid before we sent. Find out why, then send the batch."
    ),
    "amount_asks_the_bank": N_("Nothing to propose: ask the bank why the amount is another."),
    "currency_asks_the_bank": N_("Nothing to propose: ask the bank why the currency is another."),
    "month_asks_an_officer": N_(
        "The month of the booking day is closed. An officer decides which entry of today it is."
    ),
    "undoing_asks_an_officer": N_(
        "Nothing to propose: two officers untied this line from the payout it names. Find the "
        "right one among the suggested matches, set its statement aside, or say what it is."
    ),
}

CLEARING_LABELS = {
    "prepared": (N_("Waits for the first signature"), "waiting"),
    "signed": (N_("Waits for the second signature"), "waiting"),
    "approved": (N_("Approved and booked"), "done"),
    "rejected": (N_("Sent back"), "decision"),
}
