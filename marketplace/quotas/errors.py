"""Refusals of enterprise quotas."""

from marketplace.foundation.errors import N_, register_refusals
from marketplace.notices.states import register_notice_texts

register_refusals(
    {
        "quota_scheme_pooled": N_(
            "Several funds pay for this scheme. A quota is given out of one allotment only."
        ),
        "quota_one_size": N_("Enter either a number of places or an amount, not both."),
        "quota_amount_for_value_only": N_(
            "Only a face-value voucher is granted by amount. Enter a number of places."
        ),
        "quota_amount_uneven": N_(
            "Each voucher is worth %(value)s: the amount must be a multiple of it, for example "
            "%(nearest)s."
        ),
        "quota_places_needed": N_("Enter a number of places from 1 to %(limit)s."),
        "quota_day_passed": N_("The last day to name people lies before today."),
        "quota_beyond_year": N_(
            "The allotment is for %(year)s: the last day can be %(day)s at the latest."
        ),
        "quota_beyond_scheme": N_("The scheme holds until %(day)s; the quota cannot end later."),
        "quota_beyond_days": N_(
            "Employers name their people within %(days)s days: the last day can be %(day)s at the "
            "latest."
        ),
        "quota_allotment_wrong": N_(
            "This allotment does not pay for the scheme: it is of another fund, year or place."
        ),
        "quota_employer_limit": N_(
            "This employer has %(given)s places of this scheme in %(year)s; with %(wanted)s more "
            "it would pass the %(limit)s the policy allows."
        ),
        "quota_money_short": N_("The allotment has %(available)s left; %(wanted)s are needed."),
        "quota_step_open": N_("A change of this quota waits for its second signature already."),
        "quota_step_over": N_("This change has been decided already."),
        "quota_not_in_force": N_("The quota is not in force."),
        "quota_over": N_("The last day to name people was %(day)s."),
        "quota_reason_needed": N_("Say why."),
        "quota_fewer_places": N_("Only %(left)s places are unused; no more can be taken back."),
        "quota_full": N_("All %(places)s places of the quota are taken."),
        "remedy_quota_full": N_(
            "A place is free again when somebody refuses, or a voucher ends unused. The office can "
            "raise the quota."
        ),
        "quota_document_needed": N_("Enter the number or day of the employer's list."),
        "quota_nobody_named": N_("Name at least one person: a number and a name."),
        "quota_too_many_named": N_("Name at most %(limit)s people at a time."),
        "quota_line_unreadable": N_(
            "Line %(line)s does not hold a number and a name, separated by a comma or a space."
        ),
        "quota_person_unknown": N_("Nobody is registered with this number and this name."),
        "remedy_quota_person_unknown": N_(
            "Compare number and name with the identity card; the person must have registered."
        ),
        "quota_holds_voucher": N_("The person holds an unused voucher of this scheme already."),
        "quota_not_verified_employee": N_(
            "The person is not verified as an employee of an enterprise today."
        ),
        "remedy_quota_not_verified_employee": N_(
            "The person declares it with a document; an officer verifies it."
        ),
        "quota_not_on_record": N_(
            "Nothing on record says that the person works for this employer."
        ),
        "quota_not_due": N_("The quota can be used until %(day)s."),
        "quota_unknown": N_("There is no quota with the code %(code)s."),
    }
)
register_notice_texts(
    {
        "quota.named": N_(
            "Your employer %(employer)s offers you a training voucher: “%(title)s”. Whether you "
            "accept or refuse it is for you alone to decide."
        ),
    }
)
