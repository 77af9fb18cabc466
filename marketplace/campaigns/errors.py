"""Refusals of campaigns."""

from marketplace.foundation.errors import N_, register_refusals

register_refusals(
    {
        "campaign_title_missing": N_("Give the campaign a name of at most %(limit)s characters."),
        "campaign_scheme_not_targeted": N_(
            "Vouchers of this scheme are claimed by people themselves; a campaign needs a scheme "
            "whose vouchers may be issued."
        ),
        "campaign_place_outside_scheme": N_("The scheme does not hold in %(place)s."),
        "campaign_ages": N_("Ages are whole years from %(least)s to %(most)s, the lower first."),
        "campaign_idle_months": N_("Months without training are a number from 1 to %(most)s."),
        "campaign_holdout": N_("The group for comparison is %(least)s to %(most)s percent."),
        "campaign_occupation_unknown": N_("There is no occupation with the code %(code)s."),
        "campaign_empty": N_("Nobody fulfils these conditions now."),
        "campaign_state_forbids": N_("This cannot be done with a campaign that is: %(state)s."),
        "campaign_not_running": N_("Only a running campaign sends messages."),
        "campaign_reason_required": N_("Say why."),
    }
)
