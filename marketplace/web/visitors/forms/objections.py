"""What anybody may say against a publicised claim."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import RadioField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from marketplace.claims.labels import OBJECTION_GROUNDS_LABELS
from marketplace.claims.operations.objections import PERSON_MAX
from marketplace.claims.rules.objections import STATEMENT_MAX
from marketplace.edge.formats import sentence


class ObjectionForm(FlaskForm):  # type: ignore[misc]
    """Grounds and words; a name and a way to call back only if one likes."""

    grounds = RadioField(
        _("What is wrong?"), validators=[InputRequired(_("Please choose what is wrong."))]
    )
    statement = TextAreaField(
        _("What do you know, and how?"),
        validators=[DataRequired(_("Please write what you know.")), Length(max=STATEMENT_MAX)],
        render_kw={"rows": 6},
    )
    name = StringField(
        _("Your name"),
        validators=[Optional(), Length(max=PERSON_MAX)],
        render_kw={"autocomplete": "name"},
    )
    contact = StringField(
        _("How can we reach you?"), validators=[Optional(), Length(max=PERSON_MAX)]
    )

    def __init__(self) -> None:
        super().__init__()
        self.grounds.choices = [
            (grounds.value, sentence(text)) for grounds, text in OBJECTION_GROUNDS_LABELS.items()
        ]


class ReceiptForm(FlaskForm):  # type: ignore[misc]
    """The receipt that was shown when an objection was taken in."""

    receipt = StringField(
        _("Receipt"),
        validators=[DataRequired(_("Please enter the receipt.")), Length(max=40)],
        render_kw={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"},
    )
