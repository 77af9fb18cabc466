"""What institutions are told about money withheld from them."""

from marketplace.foundation.errors import N_, register_refusals
from marketplace.notices.states import register_notice_texts

register_refusals(
    {
        "retention_not_held": N_("Share %(share)s is not withheld any more."),
        "deadline_waits": N_("Another last day for share %(share)s waits for its signature."),
        "deadline_same": N_("%(day)s is its last day already."),
        "deadline_past": N_("The new last day must be today or later."),
        "deadline_before_evidence": N_("Evidence counts from %(day)s only; choose a later day."),
        "deadline_too_far": N_("At most until %(day)s, three years after the first last day."),
        "deadline_reason_required": N_("Say why: the institution will read it."),
        "deadline_decided": N_("This was already decided by another officer."),
        "deadline_changed_since": N_("The last day was changed meanwhile. Propose it again."),
    }
)
register_notice_texts(
    {
        "retention.warned": N_(
            "%(amount)s of “%(title)s” (%(run)s) is withheld until evidence is there, and goes "
            "back to the fund after %(day)s (%(count)s shares). See what is missing."
        ),
        "retention.released": N_(
            "%(amount)s withheld of “%(title)s” (%(run)s) is released (%(count)s shares). It is "
            "paid with the next settlement."
        ),
        "retention.deadline_approved": N_(
            "For a withheld share of “%(title)s” (%(run)s), %(amount)s, evidence counts until "
            "%(day)s now: %(reason)s"
        ),
        "retention.returned": N_(
            "%(amount)s withheld of “%(title)s” (%(run)s) went back to the fund, because no "
            "evidence came in time (%(count)s shares)."
        ),
    }
)
