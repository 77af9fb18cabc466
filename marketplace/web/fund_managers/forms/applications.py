"""Deciding about an application for accreditation, and about standing."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import DateField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length, Optional

from marketplace.accreditation.states import Step
from marketplace.web.fund_managers.forms.reviews import DecisionReasonForm, trimmed


def _reason(label: str) -> TextAreaField:
    return TextAreaField(
        label,
        filters=[trimmed],
        validators=[Optional(), Length(max=500)],
        render_kw={"rows": 2},
    )


class ReturnApplicationForm(FlaskForm):  # type: ignore[misc]
    """What is wrong, part by part; empty where nothing is."""

    legal = _reason(_("Legal facts"))
    sites = _reason(_("Sites and rooms"))
    trainers = _reason(_("Trainers"))
    scope = _reason(_("What is applied for"))
    documents = _reason(_("Documents"))
    declaration = _reason(_("Declaration of truth"))

    def to_reasons(self) -> dict[Step, str]:
        """The parts that were found wanting."""
        return {step: self[step.value].data for step in Step if self[step.value].data}


class GrantApplicationForm(FlaskForm):  # type: ignore[misc]
    """By which decision the institution is accredited."""

    decision = StringField(
        _("Decision or clause"),
        filters=[trimmed],
        validators=[DataRequired(_("Name the decision or clause.")), Length(max=200)],
    )


class RejectApplicationForm(DecisionReasonForm):
    """Why and by which clause it is not."""

    clause = StringField(
        _("Decision or clause"),
        filters=[trimmed],
        validators=[DataRequired(_("Name the decision or clause.")), Length(max=200)],
    )


class StandingForm(DecisionReasonForm):
    """Why, by which clause, and from which day on."""

    clause = StringField(
        _("Decision or clause"),
        filters=[trimmed],
        validators=[DataRequired(_("Name the decision or clause.")), Length(max=200)],
    )
    effective_on = DateField(_("Takes effect on"), validators=[Optional()])
