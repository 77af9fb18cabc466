"""Refusals of closing a month."""

from marketplace.foundation.errors import N_, register_refusals

register_refusals(
    {
        "statements_missing": N_(
            "Bank account %(bank_account)s: no statement reaches the last day, %(day)s."
        ),
        "statements_gap": N_(
            "Bank account %(bank_account)s: a statement is missing between %(first)s and %(last)s."
        ),
        "no_bank_account": N_(
            "%(count)s payouts were sent, yet no bank account is known whose statements show them."
        ),
        "differences_open": N_("%(count)s differences up to the last day are not explained."),
        "lines_not_matched": N_("%(count)s lines of statements were not looked at yet."),
        "earlier_months_open": N_("%(period)s is not closed yet; months close one after another."),
        "seals_broken": N_("The seals do not agree with the books: %(count)s findings."),
        "invariants_broken": N_(
            "The checks of the books found %(count)s violations. Run ledger check for the list."
        ),
        "month_not_over": N_("The month ends on %(day)s; it can close after that."),
        "books_of_others": N_(
            "The books hold money of places outside your office; an office above all of them "
            "closes the month."
        ),
    }
)
