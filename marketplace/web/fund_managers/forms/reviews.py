"""Reasons and accreditation, as officers give them."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import DateField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, Length, Optional

from marketplace.catalog.rules import LEVEL_WORDS
from marketplace.edge.formats import sentence


def trimmed(text: str | None) -> str:
    """What was typed, without what cannot be seen at its ends."""
    return (text or "").replace("\0", "").strip()


class DecisionReasonForm(FlaskForm):  # type: ignore[misc]
    """Why something is sent back, stopped or taken up again."""

    reason = TextAreaField(
        _("Reason"),
        filters=[trimmed],
        validators=[
            DataRequired(_("Give the reason: the institution reads it.")),
            Length(max=500),
        ],
        render_kw={"rows": 3},
    )


class AccreditInstitutionForm(FlaskForm):  # type: ignore[misc]
    """What an institution may teach, from when to when, by which clause."""

    occupation_code = StringField(
        _("Occupation code"), filters=[trimmed], validators=[Optional(), Length(max=30)]
    )
    level = SelectField(_("Skill level"), default="")
    valid_from = DateField(_("From"), validators=[DataRequired(_("Give the first day."))])
    valid_until = DateField(_("Until"), validators=[Optional()])
    clause = StringField(
        _("Decision or clause"), filters=[trimmed], validators=[Optional(), Length(max=200)]
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        levels = [SelectChoice(str(n), sentence(text)) for n, text in LEVEL_WORDS.items()]
        self.level.choices = [SelectChoice("", _("Any level")), *levels]
