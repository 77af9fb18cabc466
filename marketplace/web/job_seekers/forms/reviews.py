"""A review of one minute: four questions, each answered with one tap."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import RadioField
from wtforms.validators import InputRequired

from marketplace.edge.formats import sentence
from marketplace.reviews.labels import ANSWER_LABELS, QUESTION_LABELS
from marketplace.reviews.states import Question


class ReviewForm(FlaskForm):  # type: ignore[misc]
    """The fields are named like the questions."""

    overall = RadioField(validators=[InputRequired(_("Choose an answer."))])
    teaching = RadioField(validators=[InputRequired(_("Choose an answer."))])
    usefulness = RadioField(validators=[InputRequired(_("Choose an answer."))])
    as_promised = RadioField(validators=[InputRequired(_("Choose an answer."))])

    def __init__(self) -> None:
        super().__init__()
        for question in Question:
            entry = self[question.value]
            entry.label.text = sentence(QUESTION_LABELS[question])
            entry.choices = [
                (str(value), sentence(words)) for value, words in ANSWER_LABELS.items()
            ]
