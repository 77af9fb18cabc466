"""Refusals of sources of money."""

from marketplace.foundation.errors import N_, register_refusals

register_refusals(
    {
        "source_fund_is_own": N_("This fund pays for the scheme already: it is the scheme's own."),
        "source_currency_differs": N_("The fund is kept in %(given)s, the scheme in %(expected)s."),
        "source_priority_taken": N_("Another source of the scheme has the place %(priority)s."),
        "source_priority_range": N_(
            "The place lies between 1 and 99; 50 is the scheme's own fund."
        ),
        "source_fund_taken": N_("This fund is a source of the scheme already."),
        "source_scope_place": N_("There is no place with the code %(code)s."),
        "source_scope_occupation": N_(
            "There is no occupation whose code is %(code)s or begins with it."
        ),
        "source_scope_dates": N_("The last day lies before the first."),
        "source_without_scope": N_(
            "Say what the money may be used for: earmarked money pays within its scope only."
        ),
        "source_decided": N_("This source is decided already."),
        "source_not_in_force": N_("Only a source in force can be ended."),
        "source_basis_required": N_("Say which document earmarks the money."),
        "source_reason_required": N_("Say why."),
    }
)
