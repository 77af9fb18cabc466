"""Forms of enterprise quotas."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import DateField, Field, IntegerField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length, Optional, ValidationError

from marketplace.foundation.money import fen_from_text
from marketplace.quotas.rules import QuotaSize


def _reason() -> StringField:
    return StringField(
        lazy_gettext("Reason"),
        validators=[DataRequired(lazy_gettext("Say why.")), Length(max=500)],
    )


class SizeForm(FlaskForm):  # type: ignore[misc]
    """How many vouchers: places, or an amount for vouchers with a face value."""

    places = IntegerField(lazy_gettext("Number of vouchers"), validators=[Optional()])
    amount = StringField(
        lazy_gettext("Or an amount in yuan, for face-value vouchers"),
        validators=[Optional(), Length(max=20)],
    )

    def validate_amount(self, entry: Field) -> None:
        """An amount as people type it."""
        try:
            fen_from_text(entry.data.strip())
        except ValueError as error:
            raise ValidationError(
                lazy_gettext("This is not an amount. Write it like 1234.50, without separators.")
            ) from error

    def size(self) -> QuotaSize:
        """What was asked for."""
        typed = (self.amount.data or "").strip()
        return QuotaSize(self.places.data, fen_from_text(typed) if typed else None)


class GrantQuotaForm(SizeForm):
    """A new quota."""

    scheme_ids: Mapping[str, int] = {}
    """Of the schemes that can be chosen, by code."""

    scheme = SelectField(lazy_gettext("Scheme"), choices=[])
    allotment = SelectField(lazy_gettext("Allotment that pays"), choices=[])
    uscc = StringField(
        lazy_gettext("Credit code of the employer"),
        validators=[
            DataRequired(lazy_gettext("Enter the 18 characters of its licence.")),
            Length(max=30),
        ],
    )
    name = StringField(
        lazy_gettext("Name of the employer"), validators=[Optional(), Length(max=200)]
    )
    ends_on = DateField(
        lazy_gettext("Last day to name people"),
        validators=[InputRequired(lazy_gettext("Enter a day."))],
    )
    reason = _reason()

    def fill_choices(
        self, schemes: list[tuple[str, str]], allotments: list[tuple[str, str]]
    ) -> None:
        """What the officer may grant, and out of what."""
        self.scheme.choices = [SelectChoice(code, title) for code, title in schemes]
        self.allotment.choices = [SelectChoice(code, title) for code, title in allotments]


class RaiseQuotaForm(SizeForm):
    """More places."""

    reason = _reason()


class LowerQuotaForm(FlaskForm):  # type: ignore[misc]
    """Unused places that are taken back."""

    places = IntegerField(
        lazy_gettext("Places to take back"),
        validators=[InputRequired(lazy_gettext("Enter a number."))],
    )
    reason = _reason()


class QuotaReasonForm(FlaskForm):  # type: ignore[misc]
    """Why a step is not signed, or the quota withdrawn."""

    reason = _reason()


class MemberForm(FlaskForm):  # type: ignore[misc]
    """A login that acts for the employer."""

    login = StringField(
        lazy_gettext("Login of the person"),
        validators=[DataRequired(lazy_gettext("Enter the login.")), Length(max=60)],
    )
    document_number = StringField(
        lazy_gettext("Number of the employer's letter"),
        validators=[
            DataRequired(lazy_gettext("Enter the number of the employer's letter.")),
            Length(max=100),
        ],
    )
