"""Refusals of reviewing, and what learners are told."""

from marketplace.foundation.errors import N_, register_refusals
from marketplace.notices.states import register_notice_texts

register_refusals(
    {
        "review_before_end": N_("You can review this training once its result is recorded."),
        "review_too_late": N_("This training could be reviewed until %(day)s."),
        "review_given": N_("You have reviewed this training already."),
        "review_answers": N_("Answer every question with 1 to 5."),
    }
)

register_notice_texts(
    {
        "review.asked": N_(
            "How was “%(title)s”? One minute of yours helps others to choose. It changes nothing "
            "about your result or your voucher."
        ),
        "review.reminded": N_(
            "You can still review “%(title)s” until %(day)s. We do not ask again."
        ),
    }
)
