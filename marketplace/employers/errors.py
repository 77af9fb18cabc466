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
        "employer_name_needed": N_("Enter the name of the employer as in its licence."),
        "employer_unknown": N_("No employer has the code or number %(code)s."),
        "employer_login_unknown": N_("There is no login %(login)s."),
        "employer_login_taken": N_("This login already acts for an employer, or has an office."),
        "employer_document_needed": N_("Enter the number of the employer's letter."),
        "agreement_employer_needed": N_("Name the employer that pays."),
        "agreement_share_needed": N_(
            "Enter either a percentage from 1 to 100 or an amount the employer pays, not both."
        ),
        "agreement_document_needed": N_("Enter the number of the document the employer signed."),
        "agreement_day_needed": N_("Enter the day it was signed; it cannot lie ahead."),
        "agreement_until_wrong": N_("A standing consent ends between today and %(day)s."),
        "agreement_over": N_("This agreement has already ended."),
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
        "employer.member_recorded": N_(
            "You act for %(employer)s from now on: name its people for vouchers of its quotas."
        ),
        "referral.employed": N_("It was recorded that you work as “%(title)s”. Congratulations!"),
        "referral.not_employed": N_("It was recorded that “%(title)s” did not work out."),
    }
)
