"""The form of an employer's group."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import DateField, IntegerField, RadioField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional

from marketplace.edge.formats import sentence
from marketplace.pledges.labels import HOURS_LABELS
from marketplace.pledges.rules import EMPLOYER_GROUP, EMPLOYER_NAME_MAX
from marketplace.pledges.states import PledgeHours


class EmployerGroupForm(FlaskForm):  # type: ignore[misc]
    """Which employer would send how many people to learn what, where and when."""

    employer_name = StringField(
        _("Employer"),
        validators=[DataRequired(_("Name the employer.")), Length(max=EMPLOYER_NAME_MAX)],
    )
    uscc = StringField(
        _("Unified social credit code"), validators=[Optional(), Length(min=18, max=18)]
    )
    people = IntegerField(
        _("How many people"),
        validators=[InputRequired(_("Enter a number.")), NumberRange(*EMPLOYER_GROUP)],
    )
    occupation = SelectField(_("What they would learn"), choices=[])
    place = StringField(_("Place"), validators=[DataRequired(_("Enter a place.")), Length(max=60)])
    starts_from = DateField(_("Earliest first day"), validators=[InputRequired(_("Enter a day."))])
    starts_until = DateField(_("Latest first day"), validators=[InputRequired(_("Enter a day."))])
    hours = RadioField(_("When they can learn"), choices=[], default=PledgeHours.ANY.value)

    def fill_choices(self, occupations: list[tuple[int, str]]) -> None:
        """What is taught, and the hours in the reader's words."""
        self.occupation.choices = [SelectChoice(str(key), title) for key, title in occupations]
        self.hours.choices = [
            SelectChoice(hours.value, sentence(label)) for hours, label in HOURS_LABELS.items()
        ]
