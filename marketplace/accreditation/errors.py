"""Refusals of applications for accreditation, and what their people are told."""

from marketplace.foundation.errors import N_, register_refusals
from marketplace.notices.states import register_notice_texts

register_refusals(
    {
        "application_state_forbids": N_(
            "This is not possible: the application is %(state)s at present."
        ),
        "application_open": N_(
            "An application of this institution is open already. Finish or withdraw it first."
        ),
        "application_own": N_(
            "You work for this institution. Please leave the decision to a colleague."
        ),
        "institution_cannot_apply": N_(
            "The institution is %(state)s at present and cannot apply. Contact the fund office."
        ),
        "already_staff": N_(
            "Your login works for an institution already. Register another one with a login of its "
            "own."
        ),
        "officer_cannot_apply": N_(
            "Your login decides about institutions. Apply with a login that does not."
        ),
        # The checklist
        "legal_uscc_missing": N_("The unified social credit code is missing."),
        "legal_uscc_invalid": N_(
            "The unified social credit code is not valid: its check character does not fit."
        ),
        "legal_uscc_taken": N_("Another institution is registered with this code."),
        "legal_form_missing": N_("The legal form is missing."),
        "legal_representative_missing": N_("The legal representative is missing."),
        "legal_address_missing": N_("The registered address is missing."),
        "legal_contact_missing": N_("A telephone number for questions is missing."),
        "site_missing": N_("No site in use is registered."),
        "site_without_room": N_("The site %(name)s has no room in use."),
        "trainer_missing": N_("No trainer is registered."),
        "scope_missing": N_("Nothing is applied for yet."),
        "scope_past": N_("%(what)s: the wanted period is over."),
        "scope_site_closed": N_("%(what)s: the site is closed."),
        "scope_without_trainer": N_("No trainer has a qualification in force for %(what)s."),
        "document_missing": N_("A document is missing: %(kind)s."),
        "declaration_missing": N_("The declaration is not confirmed."),
        # Steps
        "scope_dates": N_("The wanted period ends before it begins."),
        "scope_taken": N_("This is applied for already."),
        "scope_too_many": N_("An application asks for %(limit)s things at most."),
        "documents_too_many": N_("An application holds %(limit)s documents at most."),
        "occupation_not_found": N_("No occupation has this code."),
        "site_not_found": N_("This site is not registered."),
        "return_without_reason": N_("Give a reason for at least one part of the application."),
        "clause_missing": N_("Name the decision or clause: the institution reads it."),
        "jurisdiction_missing": N_("Choose the county or city where the institution is."),
        # Policy
        "review_days_range": N_("A limit has between 1 and 250 working days."),
        "review_day_taken": N_("A limit is in force from this day already."),
        "calendar_empty": N_("The file names no day."),
        "calendar_too_long": N_("Name at most %(limit)s days at once."),
        "calendar_row": N_(
            "Line %(number)s: write a date, and working or holiday, separated by a comma."
        ),
    }
)

register_notice_texts(
    {
        "application_submitted": N_(
            "The application %(code)s was handed in. It is to be decided by %(day)s."
        ),
        "application_returned": N_(
            "The application %(code)s was returned with %(count)s reasons. The clock stands still "
            "until you hand it in again."
        ),
        "application_granted": N_(
            "The application %(code)s was granted: %(name)s is accredited for what it asked."
        ),
        "application_rejected": N_("The application %(code)s was rejected: %(reason)s"),
    }
)
