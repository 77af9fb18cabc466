"""Refusals about vacancies and referrals, problems of their files, notices."""

from marketplace.foundation.errors import N_, register_refusals
from marketplace.imports.problems import register_problems
from marketplace.notices.states import register_notice_texts

register_refusals(
    {
        "vacancy_closed": N_("This vacancy is not open any more."),
        "already_referred": N_("You are already referred to this vacancy."),
        "consent_needed": N_("Nobody is referred without their consent: tick the box to give it."),
        "referral_ended": N_("This referral has already ended."),
        "employment_in_future": N_("The first day of work lies ahead; record it when it has come."),
        "employment_before_referral": N_("The first day of work lies before the referral."),
        "proof_of_work_needed": N_("Say what proves it: number or day of the document."),
    }
)
register_problems(
    {
        "vacancy_wages_swapped": N_("The lowest wage was above the highest; they were swapped."),
        "vacancy_openings_odd": N_("“%(before)s” openings were taken as one."),
    }
)
register_notice_texts(
    {
        "referral.employed": N_("It was recorded that you work as “%(title)s”. Congratulations!"),
        "referral.not_employed": N_("It was recorded that “%(title)s” did not work out."),
    }
)
