"""Refusals of planning and carrying out visits, and what people are told."""

from marketplace.foundation.errors import N_, register_refusals
from marketplace.notices.states import register_notice_texts

register_refusals(
    {
        "visit_day_past": N_("A visit is planned for today or a later day."),
        "visit_day_without_lesson": N_("The class has no lesson on %(day)s."),
        "visit_class_canceled": N_("The class was canceled."),
        "visit_state": N_("This is not possible any more: the visit is %(state)s."),
        "visit_of_another": N_("This visit is another inspector's."),
        "visit_not_begun": N_("Begin the visit on site first."),
        "visit_no_lesson_now": N_(
            "This lesson is from %(starts_at)s to %(ends_at)s; a visit begins during it, or up to "
            "%(minutes)s minutes before."
        ),
        "choose_lesson_of_now": N_("Choose a lesson that is held now."),
        "head_count_wrong": N_("The number of people is a whole number from 0 to %(limit)s."),
        "head_count_below_seen": N_(
            "%(seen)s learners are ticked, but only %(heads)s people were counted."
        ),
        "seen_not_of_class": N_("A ticked learner does not belong to this class. Nothing is kept."),
        "observation_missing": N_("Choose at least one observation, also when all is in order."),
        "observation_contradicts": N_(
            "“Everything in order” cannot stand beside an observation against the institution."
        ),
        "comment_missing": N_("Say in the comment what was seen."),
        "visit_documents_too_many": N_("A visit takes %(limit)s photos or documents at most."),
        "visit_answer_late": N_("An answer was possible until %(day)s."),
        "visit_cancel_reason": N_("State why the visit is canceled."),
    }
)

register_notice_texts(
    {
        "inspection.announced": N_(
            "An inspector will visit class %(run)s on %(day)s. Please have the sheets at hand."
        ),
        "inspection.called_off": N_("The visit to class %(run)s on %(day)s is canceled."),
        "inspection.submitted": N_(
            "An inspector visited class %(run)s. Read the result; you can answer until %(day)s."
        ),
        "inspection.answered": N_("The institution answered about visit %(visit)s."),
    }
)
