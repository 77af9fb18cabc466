"""What I wait for."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import DateField, RadioField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length

from marketplace.edge.formats import sentence
from marketplace.pledges.labels import HOURS_LABELS
from marketplace.pledges.states import PledgeHours


class JoinGroupForm(FlaskForm):  # type: ignore[misc]
    """The code of my employer's group."""

    code = StringField(
        _("Code from your employer"),
        validators=[DataRequired(_("Enter the code.")), Length(max=20)],
    )


class PledgeForm(FlaskForm):  # type: ignore[misc]
    """An occupation, a place of mine, when."""

    occupation = SelectField(_("What I want to learn"), choices=[])
    place = SelectField(_("Where I want to learn"), choices=[])
    starts_from = DateField(_("Earliest first day"), validators=[InputRequired(_("Enter a day."))])
    starts_until = DateField(_("Latest first day"), validators=[InputRequired(_("Enter a day."))])
    hours = RadioField(_("When I can learn"), choices=[], default=PledgeHours.ANY.value)

    def fill_choices(
        self, occupations: list[tuple[int, str]], places: list[tuple[int, str]]
    ) -> None:
        """What is taught, and the places I live and work in with the city around them."""
        self.occupation.choices = [SelectChoice(str(key), title) for key, title in occupations]
        self.place.choices = [SelectChoice(str(key), name) for key, name in places]
        self.hours.choices = [
            SelectChoice(hours.value, sentence(label)) for hours, label in HOURS_LABELS.items()
        ]
