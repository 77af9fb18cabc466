"""Entering a fact into a file, withdrawing one, deciding an appeal."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import DateField, IntegerField, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional

from marketplace.edge.formats import sentence
from marketplace.foundation import clock
from marketplace.standing.labels import COMPONENT_LABELS, KIND_LABELS
from marketplace.standing.states import RECORDABLE
from marketplace.web.fund_managers.forms.reviews import trimmed

COUNT_MAX = 100_000


class RecordStandingForm(FlaskForm):  # type: ignore[misc]
    """What happened, when, by which decision, and what proves it."""

    kind = SelectField(_("Kind of fact"), validators=[InputRequired()])
    happened_on = DateField(_("Day of the fact"), validators=[DataRequired(_("Give the day."))])
    clause = StringField(
        _("Decision or clause"),
        filters=[trimmed],
        validators=[DataRequired(_("Give the decision or clause.")), Length(max=1000)],
    )
    evidence = TextAreaField(
        _("What was found, and what proves it"),
        description=_("The institution reads it. Do not name learners."),
        filters=[trimmed],
        validators=[DataRequired(_("Say what was found and what proves it.")), Length(max=1000)],
        render_kw={"rows": 4},
    )

    def __init__(self) -> None:
        super().__init__()
        self.kind.choices = [
            SelectChoice(kind.value, sentence(KIND_LABELS[kind])) for kind in RECORDABLE
        ]
        if self.happened_on.data is None and not self.is_submitted():
            self.happened_on.data = clock.today()


class WithdrawStandingForm(FlaskForm):  # type: ignore[misc]
    """Why a fact does not count any more."""

    reason = TextAreaField(
        _("Reason"),
        filters=[trimmed],
        validators=[
            DataRequired(_("Give the reason: the institution reads it.")),
            Length(max=1000),
        ],
        render_kw={"rows": 3},
    )


class DecideAppealForm(FlaskForm):  # type: ignore[misc]
    """The reasons of the decision; for counts, which component is mended by how much."""

    reason = TextAreaField(
        _("Reasons of the decision"),
        filters=[trimmed],
        validators=[
            DataRequired(_("Give the reason: the institution reads it.")),
            Length(max=1000),
        ],
        render_kw={"rows": 4},
    )
    component = RadioField(_("Component to mend"), validators=[Optional()])
    successes = IntegerField(
        _("Good results: more or fewer by"),
        default=0,
        validators=[Optional(), NumberRange(-COUNT_MAX, COUNT_MAX)],
    )
    trials = IntegerField(
        _("Learners: more or fewer by"),
        default=0,
        validators=[Optional(), NumberRange(-COUNT_MAX, COUNT_MAX)],
    )

    def __init__(self) -> None:
        super().__init__()
        self.component.choices = [
            SelectChoice(component.value, sentence(text))
            for component, text in COMPONENT_LABELS.items()
        ]
