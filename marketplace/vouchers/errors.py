"""Refusals of schemes, vouchers and quotes, and what would change them."""

from marketplace.foundation.errors import N_, register_refusals
from marketplace.notices.states import register_notice_texts

CATEGORY_LABELS: dict[str, str] = {
    "rural_migrant": N_("rural migrant worker"),
    "registered_unemployed": N_("registered unemployed"),
    "graduate_of_year": N_("graduate of this year"),
    "school_leaver": N_("school leaver not in further education"),
    "veteran": N_("veteran"),
    "disabled": N_("person with a disability"),
    "lifted_from_poverty": N_("member of a household lifted from poverty"),
    "hard_to_employ": N_("person who is hard to employ"),
    "enterprise_employee": N_("employee of an enterprise"),
}

STATUS_LABELS: dict[str, str] = {
    "civil_servant": N_("civil servant"),
    "full_time_student": N_("full-time student"),
    "pensioner": N_("pensioner"),
    "deceased": N_("registered as deceased"),
    "imprisoned": N_("serving a sentence"),
}

register_refusals(
    {
        # claims
        "scheme_not_in_force": N_("This kind of voucher is not in force on %(day)s."),
        "scheme_not_open": N_("This voucher is issued by the authority; it cannot be claimed."),
        "remedy_scheme_not_open": N_(
            "Ask your local employment office whether it can issue one to you."
        ),
        "scheme_not_targeted": N_("This voucher is claimed by people themselves, not issued."),
        "scheme_without_quota": N_("This voucher is not given out by enterprise quota."),
        "category_not_verified": N_("This voucher is for: %(categories)s."),
        "remedy_category_not_verified": N_(
            "If one of these describes you, declare it with a document. Once it has been "
            "verified, you can claim."
        ),
        "below_lower_age": N_("You must be at least %(age)s years old."),
        "remedy_below_lower_age": N_("You can claim from %(from_on)s on."),
        "above_upper_age": N_("This voucher ends with the age of %(age)s."),
        "place_outside": N_("You neither live nor work in %(jurisdiction)s."),
        "place_outside_residence": N_("You do not live in %(jurisdiction)s."),
        "place_outside_workplace": N_("You do not work in %(jurisdiction)s."),
        "remedy_place_outside": N_(
            "If your residence or workplace has changed, bring your profile up to date."
        ),
        "person_excluded": N_("Not for: %(statuses)s. A register says this of you."),
        "remedy_claim_from": N_("You can claim from %(from_on)s on."),
        "remedy_person_excluded": N_(
            "If this is no longer so, ask your employment office to correct it."
        ),
        "lifetime_limit_reached": N_(
            "You have had %(count)s vouchers; %(limit)s in all is the most."
        ),
        "category_cap_reached": N_(
            "The money of %(year)s for your category (%(categories)s) is spoken for."
        ),
        "year_limit_reached": N_(
            "You have had %(count)s vouchers this year; %(limit)s is the most."
        ),
        "remedy_year_limit_reached": N_("You can claim again from %(from_on)s on."),
        "other_voucher_live": N_("You already hold a voucher that is not used yet (%(title)s)."),
        "remedy_other_voucher_live": N_("Use it first, or wait until it ends on %(expires_on)s."),
        "no_allotment": N_("No money has been allotted for your place in %(year)s."),
        "remedy_no_money": N_(
            "Look again after the next allotment, or ask your employment office."
        ),
        # quotes and reservations
        "voucher_not_active": N_("The voucher cannot be used now; its state is: %(state)s."),
        "voucher_expired": N_("The voucher ended on %(expires_on)s."),
        "remedy_voucher_expired": N_("Claim a new one."),
        "voucher_not_begun": N_("The voucher can be used from %(valid_from)s on."),
        "voucher_course_not_listed": N_("The course is not in the published list."),
        "voucher_run_not_open": N_("This course run does not take enrollments now."),
        "remedy_choose_another_run": N_("Choose another course run."),
        "remedy_choose_another_course": N_("Choose another course."),
        "institution_not_accredited": N_("The institution is not accredited at present."),
        "institution_not_accredited_for_run": N_(
            "The institution is not accredited for this occupation, level and place on every day "
            "from %(starts_on)s to %(ends_on)s."
        ),
        "institution_stops_during_run": N_(
            "From %(day)s on the institution may not teach: it was suspended or has withdrawn."
        ),
        "remedy_choose_another_institution": N_(
            "Choose a course run of another institution, or ask this one when it will be "
            "accredited again."
        ),
        "enrollment_not_begun": N_("Enrollment opens on %(opens_on)s."),
        "enrollment_over": N_("Enrollment closed on %(closes_on)s."),
        "voucher_run_full": N_("All places of this course run are taken."),
        "no_rate": N_("The voucher pays nothing for a course of this kind and level."),
        "hours_too_few": N_("The course has %(hours)s hours; at least %(limit)s are needed."),
        "hours_unknown": N_("The course does not say how many hours it has; %(limit)s are needed."),
        "trained_before": N_(
            "You have already trained for this occupation and level with support."
        ),
        "remedy_trained_before": N_("Choose a higher level or another occupation."),
        "higher_level_before": N_(
            "You have already trained for a higher level of this occupation with support."
        ),
        "other_subsidy_paid": N_(
            "Another subsidy was paid to you for the certificate of this occupation and level."
        ),
        "trainings_of_year_reached": N_(
            "You have %(count)s trainings with support in %(year)s; %(limit)s is the most for this "
            "course."
        ),
        "remedy_choose_in_demand": N_("Choose a course for an occupation in demand."),
        "remedy_train_next_year": N_("Choose a course that begins from %(from_on)s on."),
        "training_place_outside": N_(
            "You neither live nor work in %(jurisdiction)s, and the course is not there either."
        ),
        "remedy_training_place_outside": N_("Choose a course in %(jurisdiction)s."),
        "course_currency_differs": N_("The course is priced in another currency (%(currency)s)."),
        "course_is_free": N_("The course costs nothing: no voucher is needed."),
        "quote_expired": N_("The quote was valid until %(valid_until)s. Ask for a new one."),
        "quote_signature_wrong": N_("The quote was altered and is not valid."),
        # issue, expiry, revocation
        "voucher_not_due": N_("The voucher is valid until %(expires_on)s."),
        "revocation_reason_required": N_("Say why."),
        "batch_not_finished": N_("The batch is still issuing. Wait until it has finished."),
        "worker_unknown": N_("No job seeker has the code %(code)s."),
        # policy packs
        "scheme_unknown": N_("There is no scheme with the code %(code)s."),
        "pack_empty": N_("Choose a file or paste the text of a policy pack."),
        "pack_not_utf8": N_("The file is not text in UTF-8."),
        "pack_too_large": N_("The file is larger than %(limit)s bytes."),
        "pack_not_yaml": N_("The file is not readable YAML (line %(line)s)."),
        "pack_duplicate_key": N_("%(path)s is written twice."),
        "pack_alias": N_("%(path)s: anchors and aliases are not allowed."),
        "pack_key_missing": N_("%(path)s is missing."),
        "pack_key_unknown": N_("%(path)s is not a known key."),
        "pack_not_a_mapping": N_("%(path)s must hold named values."),
        "pack_not_a_list": N_("%(path)s must be a list with at least one item."),
        "pack_not_text": N_("%(path)s must be a text of 1 to %(limit)s characters (in quotes)."),
        "pack_bad_form": N_("%(path)s does not have the form %(form)s."),
        "pack_not_integer": N_("%(path)s must be a whole number from %(least)s to %(most)s."),
        "pack_not_a_date": N_("%(path)s must be a date like 2026-01-31."),
        "pack_not_a_switch": N_("%(path)s must be true or false."),
        "pack_unknown_value": N_("%(path)s must be one of: %(allowed)s."),
        "pack_listed_twice": N_("%(path)s names %(value)s twice."),
        "pack_ages_reversed": N_("%(path)s: the upper age lies below the lower one."),
        "pack_dates_reversed": N_("valid_until lies before valid_from."),
        "pack_value_missing": N_("A face-value voucher needs face_value_fen."),
        "pack_value_not_allowed": N_("Only a face-value voucher has face_value_fen."),
        "pack_rates_missing": N_("An entitlement voucher needs rates."),
        "pack_rates_not_allowed": N_("A face-value voucher has no rates."),
        "pack_pays_nothing": N_(
            "%(path)s: a sign-in voucher pays nothing and limits nothing, so leave this out."
        ),
        "pack_paid_fee_only": N_(
            "%(path)s is only for an assessment_fee with an amount: nothing else has a receipt."
        ),
        "pack_rate_twice": N_("%(path)s sets the same occupation and level again."),
        "pack_one_way_to_pay": N_("%(path)s needs exactly one of: %(ways)s."),
        "pack_level_and_award": N_(
            "%(path)s names a level and an award; an award is for courses without a level."
        ),
        "pack_part_of_whole": N_(
            "%(path)s: from %(least)s %% of attendance on the whole amount is paid; a part begins "
            "below."
        ),
        "pack_steps_fall": N_("%(path)s: from step to step, rate and percentage rise."),
        "pack_share_of_nothing": N_("%(path)s needs amount_fen and hours_min beside it."),
        "pack_rule_needed": N_("%(path)s needs %(needed)s."),
        "pack_milestones_sum": N_("%(path)s: the shares come to %(sum)s %%, not to 100 %%."),
        "pack_milestone_too_soon": N_(
            "%(path)s: at least %(least)s days, so that evidence can exist by then."
        ),
        "pack_fund_unknown": N_("There is no fund with the code %(code)s."),
        "pack_currency_differs": N_("The fund is kept in %(expected)s, the pack says %(given)s."),
        "pack_jurisdiction_unknown": N_("There is no jurisdiction with the code %(code)s."),
        "pack_fund_changed": N_("A scheme keeps its fund (%(code)s)."),
        "pack_jurisdiction_changed": N_("A scheme keeps its jurisdiction (%(code)s)."),
        "pack_kind_changed": N_("A scheme keeps its kind of value."),
        "pack_backdated": N_(
            "A new version cannot begin before today or before the version it follows (%(day)s)."
        ),
    }
)

register_notice_texts(
    {
        "voucher.expiring": N_(
            "Your training voucher “%(title)s” ends unused on %(expires_on)s. Choose a class "
            "before, and say on its page that you know."
        ),
    }
)
