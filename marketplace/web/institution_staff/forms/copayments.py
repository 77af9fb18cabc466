"""Money taken and given back at the counter, and what an employer has signed."""

from __future__ import annotations

from datetime import date

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import DateField, IntegerField, SelectField, StringField
from wtforms.validators import DataRequired, Length, NumberRange, Optional, ValidationError

from marketplace.copayments.labels import PARTY_LABELS
from marketplace.copayments.states import Party
from marketplace.employers.operations.agreements import AgreementWish
from marketplace.foundation.money import fen_from_text
from marketplace.web.institution_staff.forms.courses import trimmed

AMOUNT = {"inputmode": "decimal", "autocomplete": "off"}


class CounterPaymentForm(FlaskForm):  # type: ignore[misc]
    """Who paid how much, and the receipt they got."""

    party = SelectField(_("Paid by"))
    amount = StringField(
        _("Amount"),
        filters=[trimmed],
        validators=[DataRequired(_("Enter an amount above zero.")), Length(max=20)],
        render_kw=AMOUNT,
    )
    receipt_number = StringField(
        _("Number of the receipt"),
        filters=[trimmed],
        validators=[DataRequired(_("Enter the number of the receipt.")), Length(max=60)],
        render_kw={"autocomplete": "off"},
    )

    def __init__(self) -> None:
        super().__init__()
        self.party.choices = [
            (party.value, gettext(PARTY_LABELS[party])) for party in (Party.WORKER, Party.EMPLOYER)
        ]

    def validate_amount(self, entry: StringField) -> None:
        check_amount(entry)


class HandBackForm(FlaskForm):  # type: ignore[misc]
    """The receipt the payer signed when the money went back."""

    receipt_number = StringField(
        _("Number of the receipt"),
        filters=[trimmed],
        validators=[DataRequired(_("Enter the number of the receipt.")), Length(max=60)],
        render_kw={"autocomplete": "off"},
    )


class AgreementForm(FlaskForm):  # type: ignore[misc]
    """What the employer signed: its share, the document, and whether it stands."""

    employer_name = StringField(
        _("Employer"),
        filters=[trimmed],
        validators=[DataRequired(_("Name the employer that pays.")), Length(max=200)],
    )
    uscc = StringField(
        _("Unified social credit code"),
        filters=[trimmed],
        validators=[Optional(), Length(max=40)],
        render_kw={"autocapitalize": "characters", "spellcheck": "false"},
    )
    percent = IntegerField(
        _("Share in percent of what the voucher leaves over"),
        validators=[Optional(), NumberRange(1, 100, _("Enter a percentage from 1 to 100."))],
        render_kw={"inputmode": "numeric"},
    )
    fixed_amount = StringField(
        _("or a fixed amount"),
        filters=[trimmed],
        validators=[Optional(), Length(max=20)],
        render_kw=AMOUNT,
    )
    document_number = StringField(
        _("Number of the signed document"),
        filters=[trimmed],
        validators=[
            DataRequired(_("Enter the number of the document the employer signed.")),
            Length(max=100),
        ],
        render_kw={"autocomplete": "off"},
    )
    signed_on = DateField(
        _("Signed on"),
        validators=[DataRequired(_("Enter the day it was signed; it cannot lie ahead."))],
    )
    standing_until = DateField(_("Holds for later classes here until"), validators=[Optional()])

    def validate_fixed_amount(self, entry: StringField) -> None:
        check_amount(entry)

    def wish(self) -> AgreementWish:
        """The form as the operation takes it."""
        signed_on: date | None = self.signed_on.data
        return AgreementWish(
            employer_name=self.employer_name.data,
            uscc=self.uscc.data or None,
            percent=self.percent.data,
            amount_fen=fen_from_text(self.fixed_amount.data) if self.fixed_amount.data else None,
            document_number=self.document_number.data,
            signed_on=signed_on,
            standing_until=self.standing_until.data,
        )


def check_amount(entry: StringField) -> None:
    """An amount in yuan with at most two decimals, above zero."""
    if not entry.data:
        return
    try:
        fen = fen_from_text(entry.data)
    except ValueError as error:
        raise ValidationError(
            gettext("Enter an amount in yuan with at most two decimals.")
        ) from error
    if fen <= 0:
        raise ValidationError(gettext("Enter an amount above zero."))
