"""Refusals about certificates and links, and what the holder is told."""

from marketplace.foundation.errors import N_, register_refusals
from marketplace.notices.states import register_notice_texts

register_refusals(
    {
        "certificate_ended": N_("This certificate has already ended."),
        "change_open": N_("A change of this certificate already waits for a second person."),
        "change_decided": N_("This proposal was decided in the meantime."),
        "reason_of_other_change": N_("This reason does not go with this change."),
        "nothing_to_correct": N_(
            "The record says the same as the certificate. Correct the record first: name, "
            "attendance or result."
        ),
        "certificate_of_own": N_("You cannot decide about your own certificate."),
        "change_of_own_institution": N_(
            "Somebody who works for this institution cannot decide about its certificates."
        ),
        "share_without_training": N_("Choose at least one training."),
        "share_without_label": N_("Say for whom the link is, so that you recognise it later."),
        "share_too_long": N_("A link lasts at least 1 and at most %(days)s days."),
        "too_many_shares": N_(
            "You have %(limit)s links that work. End one before you make another."
        ),
        "too_many_trainings": N_("A link shows at most %(limit)s trainings."),
        "purpose_of_look": N_("State for what you need to see this record."),
        "pdf_engine_missing": N_(
            "This machine cannot make PDF files: the text layout library (Pango) is not "
            "installed. Print the page from your browser, or take JSON or CSV."
        ),
        "pdf_too_large": N_(
            "The PDF could not be made within the limits of this machine. Print the page from "
            "your browser, or take JSON or CSV."
        ),
        "pdf_font_missing": N_(
            "This machine has no font with Chinese characters, so the PDF would be unreadable. "
            "Print the page from your browser, or take JSON or CSV."
        ),
    }
)

register_notice_texts(
    {
        "certificate.issued": N_("Your certificate for “%(title)s” is ready: %(number)s."),
        "certificate.voided": N_(
            "Your certificate %(number)s for “%(title)s” was made void by two people. "
            "Reason: %(reason)s"
        ),
        "certificate.replaced": N_(
            "Your certificate for “%(title)s” was corrected. The new edition is %(number)s."
        ),
    }
)
