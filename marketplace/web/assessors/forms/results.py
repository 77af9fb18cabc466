"""The day of an assessment; a change of one result."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import DateField, IntegerField, RadioField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from marketplace.assessments.labels import RESULT_LABELS
from marketplace.assessments.rules import SCORE_MAX
from marketplace.edge.formats import sentence


class ResultsForm(FlaskForm):  # type: ignore[misc]
    """When the class was assessed; the results are two fields per learner beside it."""

    assessed_on = DateField(
        _("Day of the assessment"), validators=[InputRequired(_("Say on which day it was."))]
    )


class ChangeResultForm(FlaskForm):  # type: ignore[misc]
    """What is right, and why the result was wrong."""

    result = RadioField(_("Right is"), validators=[InputRequired(_("Choose what is right."))])
    score = IntegerField(
        _("Score"),
        validators=[Optional(), NumberRange(0, SCORE_MAX, _("A whole number from 0 to 100."))],
        render_kw={"inputmode": "numeric"},
    )
    reason = TextAreaField(
        _("Reason"),
        validators=[InputRequired(_("State why the result was wrong.")), Length(max=500)],
        render_kw={"rows": 3, "maxlength": 500},
    )

    def __init__(self) -> None:
        super().__init__()
        self.result.choices = [(kind.value, sentence(text)) for kind, text in RESULT_LABELS.items()]
