"""The form of a source of money: which fund, in which place, for what."""

from __future__ import annotations

import re

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import DateField, IntegerField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional

from marketplace.edge.fields import MultiCheckboxField
from marketplace.edge.formats import sentence
from marketplace.funding.rules import Scope
from marketplace.people.labels import CATEGORY_LABELS
from marketplace.vouchers.labels import LEVEL_LABELS

_BETWEEN = re.compile(r"[\s,，、;；]+")


class FundingSourceForm(FlaskForm):  # type: ignore[misc]
    """Which fund pays for a scheme, and for what its money is earmarked."""

    fund = SelectField(lazy_gettext("Fund"), choices=[])
    priority = IntegerField(
        lazy_gettext("Place in the order"),
        default=10,
        validators=[
            InputRequired(lazy_gettext("Enter a number from 1 to 99.")),
            NumberRange(1, 99, message=lazy_gettext("Enter a number from 1 to 99.")),
        ],
    )
    categories = MultiCheckboxField(lazy_gettext("Only for people of these categories"), choices=[])
    levels = MultiCheckboxField(lazy_gettext("Only for these skill levels"), choices=[])
    occupations = StringField(
        lazy_gettext("Only for these occupations (codes)"),
        validators=[Optional(), Length(max=500)],
    )
    places = StringField(
        lazy_gettext("Only for people of these places (codes)"),
        validators=[Optional(), Length(max=500)],
    )
    first_on = DateField(lazy_gettext("From"), validators=[Optional()])
    last_on = DateField(lazy_gettext("Until"), validators=[Optional()])
    basis = StringField(
        lazy_gettext("Document that earmarks the money"),
        validators=[
            DataRequired(lazy_gettext("Say which document earmarks the money.")),
            Length(max=200),
        ],
    )

    def fill_choices(self, funds: list[tuple[str, str]]) -> None:
        """The funds that may be chosen, categories and levels in the reader's words."""
        self.fund.choices = [SelectChoice(code, f"{name} ({code})") for code, name in funds]
        self.categories.choices = [
            SelectChoice(category.value, sentence(label))
            for category, label in CATEGORY_LABELS.items()
        ]
        self.levels.choices = [
            SelectChoice(str(level), sentence(label)) for level, label in LEVEL_LABELS.items()
        ]

    def scope(self) -> Scope:
        """What was asked for, once valid."""
        return Scope(
            categories=frozenset(self.categories.data or ()),
            occupations=_codes(self.occupations.data),
            levels=frozenset(int(level) for level in self.levels.data or ()),
            places=frozenset(_codes(self.places.data)),
            first_on=self.first_on.data,
            last_on=self.last_on.data,
        )


def _codes(text: str | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys(code for code in _BETWEEN.split(text or "") if code))
