"""Words for suggestions as people read them; translated at the edge."""

from __future__ import annotations

from collections.abc import Mapping

from marketplace.foundation.errors import N_
from marketplace.recommendation.states import SuggestionReason

REASON_TEXTS: Mapping[SuggestionReason, str] = {
    SuggestionReason.WANTED: N_("It is the work you said you want: %(occupation)s."),
    SuggestionReason.NEAR_WANTED: N_("It is close to the work you said you want: %(occupation)s."),
    SuggestionReason.NEXT_LEVEL: N_("It is the next level of what you have learned."),
    SuggestionReason.NEAR_LEARNED: N_("It builds on what you have learned: %(occupation)s."),
    SuggestionReason.IN_DEMAND: N_("Workers are in demand where you live: %(occupation)s."),
    SuggestionReason.SAME_COUNTY: N_("It is taught in the county where you live or work."),
    SuggestionReason.SAME_CITY: N_("It is taught in your city."),
    SuggestionReason.ONLINE: N_("You can learn it online, from home."),
    SuggestionReason.OUTSIDE_WORK_HOURS: N_("All lessons are in the evening or at the weekend."),
    SuggestionReason.EMPLOYED: N_("%(count)s of %(of)s who completed it were in work afterwards."),
    SuggestionReason.STARS: N_("The institution has %(stars)s of 5 stars."),
    SuggestionReason.COMPANIONS: N_("%(count)s people in a situation like yours completed it."),
    SuggestionReason.NOTHING_TO_PAY: N_("Your voucher pays all of it."),
    SuggestionReason.STARTS_SOON: N_("It begins soon, on %(day)s."),
}
REASON_NAMES: Mapping[SuggestionReason, str] = {
    SuggestionReason.WANTED: N_("the work you said you want"),
    SuggestionReason.NEAR_WANTED: N_("close to the work you said you want"),
    SuggestionReason.NEXT_LEVEL: N_("the next level of what you have learned"),
    SuggestionReason.NEAR_LEARNED: N_("close to what you have learned"),
    SuggestionReason.IN_DEMAND: N_("on the local list of occupations in demand"),
    SuggestionReason.SAME_COUNTY: N_("in your county"),
    SuggestionReason.SAME_CITY: N_("in your city"),
    SuggestionReason.ONLINE: N_("taught online"),
    SuggestionReason.OUTSIDE_WORK_HOURS: N_("outside working hours, if you are in work"),
    SuggestionReason.EMPLOYED: N_("in work afterwards (share of those who completed)"),
    SuggestionReason.STARS: N_("stars of the institution"),
    SuggestionReason.COMPANIONS: N_("completed by people in a situation like yours"),
    SuggestionReason.NOTHING_TO_PAY: N_("nothing to pay"),
    SuggestionReason.STARTS_SOON: N_("begins within a month"),
}
