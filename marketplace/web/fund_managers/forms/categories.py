"""Deciding about a declared category."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import DateField, RadioField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from marketplace.edge.formats import sentence
from marketplace.people.labels import DECISION_REASON_LABELS


class VerifyForm(FlaskForm):  # type: ignore[misc]
    """Until when the category holds."""

    valid_until = DateField(
        _("Holds until (empty: no end)"),
        validators=[Optional()],
    )


class RefuseForm(FlaskForm):  # type: ignore[misc]
    """Why it is not confirmed."""

    reason_code = RadioField(
        _("Why is it not confirmed?"),
        validators=[InputRequired(_("Please choose a reason."))],
        validate_choice=True,
    )
    reason = TextAreaField(
        _("In your words (the person reads this)"),
        validators=[Length(max=500)],
        render_kw={"rows": "3"},
    )

    def __init__(self) -> None:
        super().__init__()
        self.reason_code.choices = [
            (code.value, sentence(text)) for code, text in DECISION_REASON_LABELS.items()
        ]


class PurposeForm(FlaskForm):  # type: ignore[misc]
    """For what purpose an ID number is opened."""

    purpose = StringField(
        _("For what purpose? (the person can read this)"),
        validators=[DataRequired(_("Please state the purpose.")), Length(max=200)],
    )
