"""Taking back from people: the clawback, a repayment with its receipt, the answer to a dispute."""

from __future__ import annotations

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import DateField, IntegerField, RadioField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, Optional, ValidationError

from marketplace.benefits.clawbacks.rules import WORDS_MAX
from marketplace.edge.amount_form import TypedAmountForm
from marketplace.foundation.instalments import INSTALMENTS_MAX
from marketplace.web.fund_managers.forms.reviews import trimmed


class ClawbackFromPersonForm(TypedAmountForm):
    """How much, in how many parts, why and by which rule."""

    amount = StringField(
        _("Amount"),
        validators=[InputRequired(_("Please enter the amount.")), Length(max=20)],
        render_kw={"inputmode": "decimal"},
    )
    instalments = IntegerField(
        _("Monthly instalments"),
        default=1,
        validators=[
            InputRequired(_("Please enter how many instalments.")),
        ],
        description=_("How fast later benefits are kept back; paying earlier is always possible."),
    )
    reason = TextAreaField(
        _("Reason"),
        filters=[trimmed],
        validators=[DataRequired(_("Please say why.")), Length(max=1_000)],
        description=_("The person reads it."),
        render_kw={"rows": 3},
    )
    clause = StringField(
        _("Rule that says so"),
        filters=[trimmed],
        validators=[DataRequired(_("Please name the rule.")), Length(max=300)],
    )

    def validate_instalments(self, entry: IntegerField) -> None:
        """A number out of range; what is no number has been told already."""
        if entry.data is not None and not 1 <= entry.data <= INSTALMENTS_MAX:
            raise ValidationError(_("Between 1 and 36 monthly instalments."))


class RepaymentForm(TypedAmountForm):
    """What a person paid in at the treasury or the counter."""

    amount = StringField(
        _("Amount"),
        validators=[InputRequired(_("Please enter the amount.")), Length(max=20)],
        render_kw={"inputmode": "decimal"},
    )
    paid_on = DateField(_("Paid in on"), validators=[InputRequired(_("Please enter the day."))])
    receipt = StringField(
        _("Number of the receipt"),
        filters=[trimmed],
        validators=[DataRequired(_("Please enter the number.")), Length(max=100)],
    )
    document = FileField(
        _("Receipt as a photo or PDF"),
        validators=[FileRequired(_("Please choose a file."))],
        description=_("JPEG, PNG or PDF, at most 5 MB. It is kept encrypted."),
        render_kw={"accept": "image/jpeg,image/png,application/pdf"},
    )


class DisputeAnswerForm(FlaskForm):  # type: ignore[misc]
    """What the office answers a person who disputes a clawback."""

    verdict = RadioField(_("Decision"), validators=[InputRequired(_("Please choose."))])
    answer = TextAreaField(
        _("Answer"),
        filters=[trimmed],
        validators=[DataRequired(_("Please write an answer.")), Length(max=WORDS_MAX)],
        render_kw={"rows": 4},
    )
    clause = StringField(
        _("Rule, when it stays"), filters=[trimmed], validators=[Optional(), Length(max=300)]
    )

    def __init__(self) -> None:
        super().__init__()
        self.verdict.choices = [
            ("accepted", gettext("The person is right: what is left is waived")),
            ("rejected", gettext("It stays as it was decided")),
        ]
