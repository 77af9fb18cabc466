"""My setting for suggestions."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import RadioField, SelectField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired

from marketplace.recommendation.states import SuggestionState


class SuggestionPreferenceForm(FlaskForm):  # type: ignore[misc]
    """Whether I want suggestions and invitations, and which work I want."""

    state = RadioField(
        _("Suggestions and invitations"),
        choices=[
            SelectChoice(
                SuggestionState.ON.value, _("Yes, show me suggestions and send me invitations")
            ),
            SelectChoice(SuggestionState.OFF.value, _("No, I will look for courses myself")),
        ],
        validators=[InputRequired(_("Choose one of the two."))],
    )
    occupation = SelectField(_("The work I want"), choices=[], default="")
