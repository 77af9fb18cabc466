"""Refusals and messages of schemes in the making."""

from marketplace.foundation.errors import N_, register_refusals
from marketplace.notices.states import register_notice_texts

register_refusals(
    {
        "draft_state_forbids": N_("This cannot be done with a draft that is: %(state)s."),
        "draft_place_outside": N_("The scheme holds in %(place)s, which is not your area."),
        "draft_scheme_fixed": N_("A draft stays with its scheme (%(code)s)."),
        "draft_open_already": N_("Scheme %(code)s has an open draft already: %(draft)s."),
        "draft_changes_nothing": N_("The draft says the same as the version it follows."),
        "draft_outdated": N_(
            "Version %(number)s was published meanwhile. Look at the differences and save the "
            "draft again."
        ),
        "draft_not_replayed": N_("Nobody has replayed the past under this content yet."),
        "remedy_replay_first": N_("Replay a past period; it shows who gains and who loses."),
        "draft_own_work": N_("Who wrote or submitted a draft does not decide it."),
        "draft_not_yours": N_(
            "Only who wrote or submitted a draft takes it back; others return it with a reason."
        ),
        "draft_reason_required": N_("Say what has to change."),
        "draft_reason_too_long": N_("Say it in at most %(limit)s characters."),
        "replay_dates_reversed": N_("The last day lies before the first."),
        "replay_too_long": N_("A replay covers at most %(years)s years."),
        "replay_ahead": N_("Only days that have passed can be replayed; the last is %(day)s."),
        "draft_unknown": N_("There is no draft with the code %(code)s."),
        "officer_unknown": N_(
            "There is no fund officer or administrator with the login %(login)s."
        ),
    }
)

register_notice_texts(
    {
        "draft.submitted": N_(
            "A draft of the scheme “%(title)s” waits for the decision of a second officer."
        ),
        "draft.returned": N_("Your draft of “%(title)s” was returned: %(reason)s"),
        "draft.published": N_(
            "Your draft of “%(title)s” is published as version %(number)s; it holds from "
            "%(day)s on."
        ),
    }
)
