"""Refusals of the books."""

from marketplace.foundation.errors import N_, register_refusals

register_refusals(
    {
        "entry_differs": N_("This event was already booked with other amounts."),
        "balance_too_low": N_("Not enough money: %(available)s left, %(wanted)s needed."),
        "period_closed": N_("The accounting period of %(day)s is closed."),
        "already_reversed": N_("This entry was already reversed."),
        "period_not_over": N_("The accounting period %(period)s is not over yet."),
        "anchor_unreadable": N_(
            "%(name)s holds no head of a sealed block: it is JSON with height and head."
        ),
        "reversal_of_reversal": N_("A reversal cannot itself be reversed."),
    }
)
