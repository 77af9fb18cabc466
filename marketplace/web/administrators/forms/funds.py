"""Forms of funds. Each carries a key of its own, so that sending it twice books once."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import DateField, HiddenField, IntegerField, StringField
from wtforms.validators import (
    DataRequired,
    InputRequired,
    Length,
    NumberRange,
    Optional,
    Regexp,
    ValidationError,
)

from marketplace.foundation.ids import new_code
from marketplace.foundation.money import Money, fen_from_text

AMOUNT_HELP = lazy_gettext("In yuan, like 1234.50; no separators, at most two decimals.")


class CreateFundForm(FlaskForm):  # type: ignore[misc]
    """A new, empty fund."""

    code = StringField(
        lazy_gettext("Code"),
        validators=[
            DataRequired(lazy_gettext("Enter a code.")),
            Length(max=40),
            Regexp(
                r"^[A-Za-z0-9][A-Za-z0-9-]*$",
                message=lazy_gettext("Letters, digits and hyphens only, like BC-SKILL."),
            ),
        ],
    )
    name = StringField(
        lazy_gettext("Name of the fund"),
        validators=[DataRequired(lazy_gettext("Enter a name.")), Length(max=120)],
    )
    purpose = StringField(
        lazy_gettext("Purpose"),
        validators=[DataRequired(lazy_gettext("Say what the money is for.")), Length(max=500)],
    )


class AmountForm(FlaskForm):  # type: ignore[misc]
    """An amount of money, read strictly."""

    key = HiddenField(validators=[DataRequired(), Length(min=8, max=40)])
    amount = StringField(
        lazy_gettext("Amount"),
        description=AMOUNT_HELP,
        validators=[DataRequired(lazy_gettext("Enter an amount."))],
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.key.data = self.key.data or new_code("FORM", 17)

    def validate_amount(self, entry: StringField) -> None:
        """A plain decimal above 0; 1,000 or 1e3 or ￥5 are not guessed at."""
        try:
            fen = fen_from_text(entry.data.strip())
        except ValueError as error:
            raise ValidationError(
                lazy_gettext("This is not an amount. Write it like 1234.50, without separators.")
            ) from error
        if fen <= 0:
            raise ValidationError(lazy_gettext("The amount must be more than 0."))

    def money(self, currency: str) -> Money:
        """The amount, once valid."""
        return Money(fen_from_text(self.amount.data.strip()), currency)


class AppropriateFundForm(AmountForm):
    """How much is put into a fund, and until when it may be allotted."""

    expires_on = DateField(lazy_gettext("Last day of use"), validators=[Optional()])


class AllotFundForm(AmountForm):
    """How much a place is given for a year."""

    fiscal_year = IntegerField(
        lazy_gettext("Fiscal year"),
        validators=[
            InputRequired(lazy_gettext("Enter a year.")),
            NumberRange(2000, 2100, message=lazy_gettext("Enter a year like 2026.")),
        ],
    )
    expires_on = DateField(lazy_gettext("Last day of use"), validators=[Optional()])
