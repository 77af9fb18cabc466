"""Refusals of assessments by another party, and what people are told."""

from marketplace.foundation.errors import N_, register_refusals
from marketplace.notices.states import register_notice_texts

register_refusals(
    {
        "assessor_not_listed": N_(
            "This body is not in the directory of assessment bodies for this occupation and "
            "level today."
        ),
        "choose_listed_assessor": N_("Choose a body of the directory."),
        "assessor_is_trainer": N_(
            "The body that assesses is another one than the institution that trains."
        ),
        "assessment_there_already": N_("A body was already asked to assess this class."),
        "assessment_results_recorded": N_(
            "Results of this class are recorded already; a body cannot be asked any more."
        ),
        "assessment_state": N_("This is not possible any more: %(state)s."),
        "assessment_cancel_reason": N_("State why the body is not to assess."),
        "assessor_taught_class": N_(
            "You taught this class or work for its institution: somebody else enters the results."
        ),
        "assessment_day_wrong": N_(
            "The day of the assessment is from the last lesson (%(first)s) until today."
        ),
        "assessment_nobody": N_("Enter the result of at least one learner."),
        "assessment_not_of_class": N_("A result is for nobody of this class. Nothing is kept."),
        "assessment_score_wrong": N_("A score is a whole number from 0 to 100."),
        "assessment_change_open": N_("A change of this result waits for its decision."),
        "assessment_change_same": N_("This is what is entered already."),
        "assessment_change_reason": N_("State why the result was wrong."),
        "assessment_change_decided": N_("This change was decided already."),
        "assessor_member_elsewhere": N_(
            "This login works for another body, or for a training institution."
        ),
        "result_is_assessors": N_(
            "The assessment body entered another result (%(result)s). Its result counts."
        ),
        "results_awaited": N_("The assessment body has not entered its results yet."),
        "ask_assessor": N_("The body corrects a wrong result; a second person decides about it."),
    }
)

register_notice_texts(
    {
        "assessment.assigned": N_("You are asked to assess class %(run)s of %(institution)s."),
        "assessment.submitted": N_(
            "The assessment body entered its results for class %(run)s: %(count)s learners."
        ),
        "assessment.change_accepted": N_(
            "A result of class %(run)s was changed by two people: %(reason)s"
        ),
        "assessment.change_rejected": N_(
            "A change of a result of class %(run)s was rejected: %(reason)s"
        ),
    }
)
