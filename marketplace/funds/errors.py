"""Refusals of funds and allotments."""

from marketplace.foundation.errors import N_, register_refusals

register_refusals(
    {
        "fund_code_taken": N_("There is already a fund with the code %(code)s."),
        "amount_not_positive": N_("The amount must be more than 0."),
        "fund_currency_differs": N_("This fund is kept in %(expected)s, not in %(given)s."),
        "allotment_exceeds_fund": N_(
            "Only %(available)s of the fund is not allotted yet; %(wanted)s was asked for."
        ),
        "allotment_exceeds_parent": N_(
            "The upper allotment has only %(available)s left; %(wanted)s was asked for."
        ),
        "allotment_parent_of_other_fund": N_("The upper allotment belongs to another fund."),
        "allotment_parent_of_other_year": N_(
            "The upper allotment is for %(expected)s, this one for %(given)s."
        ),
        "allotment_not_below_parent": N_(
            "%(jurisdiction)s does not lie below %(parent)s, which passes the money on."
        ),
        "allotment_has_other_parent": N_(
            "%(jurisdiction)s already has an allotment for %(year)s from another source."
        ),
        "lot_expired_already": N_("The last day of use has passed already."),
        "lot_outlives_source": N_(
            "The money it is taken from may be used until %(source_day)s, not until %(day)s."
        ),
        "lot_nothing_frozen": N_("Nothing of this lot is frozen."),
        "lot_return_waiting": N_("A return of this lot waits for its second signature."),
        "lot_return_decided": N_("This return is decided already."),
        "lot_reason_required": N_("Say why the money stays where it is."),
        "jurisdiction_retired": N_("The code of %(jurisdiction)s is no longer in use."),
        "bank_account_elsewhere": N_(
            "The account %(code)s belongs to another place. Enter your own office's name for "
            "the account this statement is about."
        ),
        "fiscal_year_out_of_range": N_("The fiscal year must lie between 2000 and 2100."),
    }
)
