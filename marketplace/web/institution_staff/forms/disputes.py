"""Disputing a line of the account or of a claim."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import RadioField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from marketplace.edge.formats import sentence
from marketplace.settlement.labels import GROUNDS_LABELS
from marketplace.settlement.rules.disputes import WORDS_MAX
from marketplace.web.institution_staff.forms.courses import trimmed


class DisputeMessageForm(FlaskForm):  # type: ignore[misc]
    """Words and, if there is one, a document."""

    body = TextAreaField(
        _("Your message"),
        filters=[trimmed],
        validators=[DataRequired(_("Please write a message.")), Length(max=WORDS_MAX)],
        render_kw={"rows": 4},
    )
    document = FileField(
        _("Photo or PDF"),
        validators=[Optional()],
        description=_("JPEG, PNG or PDF, at most 5 MB. It is kept encrypted."),
        render_kw={"accept": "image/jpeg,image/png,application/pdf"},
    )


class DisputeForm(DisputeMessageForm):
    """What is wrong with the line."""

    grounds = RadioField(
        _("What is wrong?"), validators=[InputRequired(_("Please choose what is wrong."))]
    )

    def __init__(self) -> None:
        super().__init__()
        self.grounds.choices = [(one.value, sentence(text)) for one, text in GROUNDS_LABELS.items()]
