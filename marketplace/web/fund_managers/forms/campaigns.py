"""Forms of campaigns."""

from __future__ import annotations

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import IntegerField, RadioField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional

from marketplace.campaigns.labels import CHANNEL_LABELS
from marketplace.campaigns.rules import (
    AGE_LEAST,
    AGE_MOST,
    HOLDOUT_LEAST,
    HOLDOUT_MOST,
    IDLE_MONTHS_MAX,
    TITLE_MAX,
)
from marketplace.campaigns.states import CampaignChannel
from marketplace.edge.fields import MultiCheckboxField
from marketplace.edge.formats import sentence
from marketplace.people.labels import CATEGORY_LABELS


class CampaignForm(FlaskForm):  # type: ignore[misc]
    """A campaign: which voucher, for whom, how many are held out, how they are told."""

    title = StringField(
        lazy_gettext("Name of the campaign"),
        validators=[
            DataRequired(lazy_gettext("Give the campaign a name.")),
            Length(max=TITLE_MAX),
        ],
    )
    scheme = SelectField(lazy_gettext("Scheme"), choices=[])
    place = StringField(
        lazy_gettext("Place"),
        validators=[DataRequired(lazy_gettext("Enter a place.")), Length(max=60)],
    )
    categories = MultiCheckboxField(lazy_gettext("Categories of people"), choices=[])
    age_min = IntegerField(
        lazy_gettext("From age"), validators=[Optional(), NumberRange(AGE_LEAST, AGE_MOST)]
    )
    age_max = IntegerField(
        lazy_gettext("To age"), validators=[Optional(), NumberRange(AGE_LEAST, AGE_MOST)]
    )
    occupation = StringField(
        lazy_gettext("Once trained for (code of the occupation)"),
        validators=[Optional(), Length(max=40)],
    )
    idle_months = IntegerField(
        lazy_gettext("No training for so many months"),
        validators=[Optional(), NumberRange(1, IDLE_MONTHS_MAX)],
    )
    holdout_percent = IntegerField(
        lazy_gettext("Held out for comparison (percent)"),
        default=10,
        validators=[
            InputRequired(lazy_gettext("Enter a share; 0 measures nothing.")),
            NumberRange(HOLDOUT_LEAST, HOLDOUT_MOST),
        ],
    )
    channel = RadioField(
        lazy_gettext("How people are told"), choices=[], default=CampaignChannel.IN_APP.value
    )

    def fill_choices(self, schemes: list[tuple[str, str]]) -> None:
        """The schemes of the officer's places, categories and channels in the reader's words."""
        self.scheme.choices = [SelectChoice(code, title) for code, title in schemes]
        self.categories.choices = [
            SelectChoice(category.value, sentence(label))
            for category, label in CATEGORY_LABELS.items()
        ]
        if self.channel is not None:
            self.channel.choices = [
                SelectChoice(channel.value, sentence(label))
                for channel, label in CHANNEL_LABELS.items()
            ]


class BatchForm(CampaignForm):
    """A batch of vouchers: which, and for whom. Nobody is written to and nobody held out."""

    title = StringField(
        lazy_gettext("Name of the batch"),
        validators=[
            DataRequired(lazy_gettext("Give the batch a name.")),
            Length(max=TITLE_MAX),
        ],
    )
    holdout_percent = None
    channel = None


class CampaignReasonForm(FlaskForm):  # type: ignore[misc]
    """Why a campaign is sent back or withdrawn."""

    reason = StringField(
        lazy_gettext("Reason"),
        validators=[DataRequired(lazy_gettext("Say why.")), Length(max=500)],
    )
