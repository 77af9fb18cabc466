"""Refusals of reconciliation, and what can be wrong with a statement file."""

from marketplace.foundation.errors import N_, register_refusals

register_refusals(
    {
        "statement_file_empty": N_("The statement file is empty."),
        "statement_file_too_large": N_("The file is too large for a bank statement."),
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
        "explanation_required": N_("Please explain the difference in a few words."),
        "break_already_closed": N_("This difference is already closed."),
    }
)
