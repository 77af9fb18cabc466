"""Refusals of reconciliation, what can be wrong with a statement file, and what to know of it."""

from marketplace.foundation.errors import N_, register_refusals

register_refusals(
    {
        "proposal_needs_stripe_line": N_(
            "No movement between Stripe and the bank fits this line: read the Stripe balance first."
        ),
        "statement_file_empty": N_("The statement file is empty."),
        "statement_file_too_large": N_("The file is too large for a bank statement."),
        "statement_of_other_account": N_(
            "The statement is of account %(found)s, but those taken in under this name are of "
            "%(expected)s. Choose its own name, or a new one where the bank changed the number."
        ),
        "unknown_format": N_("Unknown format: this is not a bank statement we can read yet."),
        "not_xml": N_("The file is damaged: it is not well-formed XML."),
        "xml_with_dtd": N_("The file contains a document type; such files are refused."),
        "xml_too_deep": N_("The file is nested too deeply to be a bank statement."),
        "too_many_entries": N_("The file has too many entries for one statement."),
        "no_statement": N_("The file contains no statement."),
        "no_opening_balance": N_("The statement has no opening balance."),
        "no_closing_balance": N_("The statement has no closing balance."),
        "opening_currency_differs": N_(
            "The opening balance is in %(found)s, but the statement is in %(expected)s."
        ),
        "closing_currency_differs": N_(
            "The closing balance is in %(found)s, but the statement is in %(expected)s."
        ),
        "entry_currency_differs": N_(
            "The entry is in %(found)s, but the statement is in %(expected)s."
        ),
        "does_not_add_up": N_(
            "Opening balance plus entries does not give the closing balance; the difference is "
            "%(difference)s."
        ),
        "amount_not_valid": N_("The amount is missing or not a positive number."),
        "amount_finer_than_fen": N_("The amount has parts smaller than one fen."),
        "amount_too_large": N_("The amount is larger than any single amount can be."),
        "no_direction": N_("The entry does not say whether money came or went."),
        "no_booking_date": N_("The entry has no booking date."),
        "other_format": N_("The file is %(found)s, not %(wanted)s."),
        "pdf_statement": N_(
            "A PDF cannot be proved line by line. Ask the bank for XLS, CSV, MT940 or camt.053."
        ),
        "unknown_layout": N_(
            "The table has no header that we know: a column for the day and one for the amount, or "
            "one each for what came and what went."
        ),
        "row_swallows_others": N_(
            "A cell of this row swallows the rows below it: a quotation mark is never closed."
        ),
        "totals_differ": N_(
            "The bank states a total of %(stated)s, but the entries give %(found)s."
        ),
        "count_differs": N_("The bank counts %(stated)s entries, but the file has %(found)s."),
        "entry_not_readable": N_("The entry cannot be read: it is not written as field 61 is."),
        "entry_after_closing": N_("The entry stands behind the closing balance."),
        "both_directions": N_("The row says that money came and went at once."),
        "balance_not_readable": N_("The balance of this row cannot be read."),
        "balances_not_readable": N_(
            "No balance can be read, so nothing proves that all lines are there."
        ),
        "balances_missing": N_(
            "The file states no balances, so nothing proves that all lines are there."
        ),
        "no_lines": N_("The table has a header, but no line and no balance."),
        "running_balance_differs": N_(
            "The balance after this row should be %(expected)s, but is %(found)s: a row is "
            "missing, doubled or changed."
        ),
        "opening_balance_differs": N_(
            "The bank states an opening balance of %(stated)s, but the rows begin with %(found)s."
        ),
        "closing_balance_differs": N_(
            "The bank states a closing balance of %(stated)s, but the rows end with %(found)s."
        ),
        "notification_without_balances": N_(
            "This message carries no balances: its lines can be matched, but not be proved. The "
            "statement of the day does that."
        ),
        "details_differ": N_(
            "The details add up to %(details)s, but the entry is %(entry)s; it is taken as one "
            "line."
        ),
        "details_count_differs": N_(
            "The bank announces %(stated)s details of the entry, but there are %(found)s."
        ),
        "lines_not_in_order": N_(
            "The rows are out of order; their balances link all of them without a gap."
        ),
        "statement_sheet_ignored": N_("The sheet “%(value)s” was not read: only the first one is."),
        "statement_sheet_hidden": N_("The hidden sheet “%(value)s” was not read."),
        "statement_rows_hidden": N_(
            "%(value)s hidden rows of the sheet were read like the others."
        ),
        "statement_cells_merged_across": N_("Cells are merged across columns: %(value)s."),
        "chain_gap": N_(
            "The statement before this one (%(code)s) closes with %(closing)s: one between them is "
            "missing."
        ),
        "lines_known": N_("%(count)s lines are known from earlier statements and not used twice."),
        "statement_already_aside": N_("This statement is set aside already."),
        "statement_lines_matched": N_(
            "%(count)s of its lines are tied to payouts (such as %(line)s): propose and sign the "
            "undoing of each match first."
        ),
        "statement_lines_explained": N_(
            "%(count)s of its lines are explained (such as difference %(difference)s): propose and "
            "sign the reversal of each first."
        ),
        "statement_month_closed": N_(
            "It belongs to a month that is closed (%(periods)s): what was proved with it stays."
        ),
        "setting_aside_waits": N_(
            "An officer has already proposed to set this statement aside. It waits for its second "
            "signature."
        ),
        "setting_aside_decided": N_("No proposal to set this statement aside waits any more."),
        "setting_aside_of_another": N_("Only the officer who proposed it withdraws it."),
        "match_not_there": N_("This line is tied to no payout."),
        "match_explained": N_(
            "This line is explained (difference %(difference)s), not tied to a payout: propose and "
            "sign the reversal of the explanation there."
        ),
        "match_brought_back": N_(
            "This line brought payouts back (%(payouts)s). They are owed again and may have been "
            "paid anew; the bank’s next line settles it, not an undoing."
        ),
        "match_moved_on": N_(
            "Payouts have moved on since (%(payouts)s): they came back, are being paid again, or "
            "count as confirmed by another line."
        ),
        "match_built_upon": N_(
            "Differences are settled, or about to be, by naming these payouts (%(differences)s): "
            "reverse or withdraw that first."
        ),
        "match_clawed_back": N_(
            "What was paid is being taken back from the person (%(clawbacks)s): only what was paid "
            "can be taken back, so the payment stays."
        ),
        "match_month_closed": N_(
            "The line or its entry belongs to a month that is closed (%(periods)s): what was "
            "proved with it stays."
        ),
        "undoing_waits": N_(
            "An officer has already proposed to undo this match. It waits for its second signature."
        ),
        "undoing_decided": N_("No proposal to undo this match waits any more."),
        "undoing_of_another": N_("Only the officer who proposed the undoing withdraws it."),
        "nothing_chosen": N_("Choose at least one suggestion."),
        "suggestion_gone": N_(
            "A suggestion no longer holds: a line or payout was matched in the meantime."
        ),
        "suggestion_not_sure": N_(
            "Suggestions that are not sure are confirmed one by one, after a look at each."
        ),
        "explanation_required": N_("Please explain the difference in a few words."),
        "break_already_closed": N_("This difference is already closed."),
        "proposal_waits": N_(
            "Another officer has already proposed an entry for this difference. It waits for its "
            "second signature."
        ),
        "proposal_gone": N_("A chosen entry no longer stands like this. Look again."),
        "proposals_differ": N_(
            "Entries signed together are of one kind, so that the signature says what it signs."
        ),
        "proposal_other_direction": N_("This does not fit the direction of the money on the line."),
        "proposal_needs_clawback": N_(
            "Please name the clawback that is paid back, by its code (BC-…); it must be one of "
            "your region, in the currency of the line."
        ),
        "proposal_needs_payout": N_(
            "Please name the payout that this is about; it must be one of your region, in the "
            "currency of the line."
        ),
        "proposal_needs_place": N_(
            "The bank account belongs to no region, so it cannot pay or receive for one."
        ),
        "proposal_already_decided": N_("This proposed entry is already decided."),
        "proposal_of_another": N_("Only the officer who proposed an entry withdraws it."),
        "proposal_not_posted": N_("Only what was posted can be reversed, and only once."),
        "return_not_reversible": N_(
            "A returned payment is owed again and may have been paid anew. The bank’s next line "
            "settles it, not a reversal."
        ),
        "proposal_amount_differs": N_(
            "The line does not have the amount of payout %(payout)s, so it cannot be its return."
        ),
        "proposal_return_known": N_(
            "Payout %(payout)s has already come back with another line of the bank."
        ),
    }
)
