"""The words of a review."""

from marketplace.foundation.errors import N_
from marketplace.reviews.states import Question

QUESTION_LABELS: dict[Question, str] = {
    Question.OVERALL: N_("How was the training as a whole?"),
    Question.TEACHING: N_("How well was it taught?"),
    Question.USEFULNESS: N_("How useful is it for your work?"),
    Question.AS_PROMISED: N_("Was it as the course page promised?"),
}
ANSWER_LABELS: dict[int, str] = {
    5: N_("5, very good"),
    4: N_("4, good"),
    3: N_("3, fair"),
    2: N_("2, poor"),
    1: N_("1, very poor"),
}
