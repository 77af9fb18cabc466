"""Refusals of pledges."""

from marketplace.foundation.errors import N_, register_refusals

register_refusals(
    {
        "pledge_window": N_("The first day lies before the last, from today to %(last)s."),
        "pledge_exists": N_("You have already pledged for this occupation."),
        "pledges_too_many": N_("%(limit)s pledges at once are the most; withdraw one first."),
        "pledges_too_few": N_("Fewer than %(least)s people wait for such a class."),
        "pledge_run_not_open": N_("Only a class that takes enrollments today can be offered."),
        "pledge_offer_over": N_("The place is no longer held for you."),
        "group_people": N_("A group has %(least)s to %(most)s people."),
        "group_employer_missing": N_("Name the employer, in at most %(most)s characters."),
        "group_uscc_invalid": N_("This is not a valid unified social credit code."),
        "group_not_found": N_(
            "No open group has this code. Ask your employer, or stand in line without it."
        ),
        "group_full": N_("As many people have joined as the employer announced: %(people)s."),
        "group_ended": N_("This group has ended already."),
    }
)
