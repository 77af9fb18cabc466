"""What proves an employment."""

from __future__ import annotations

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import DateField, RadioField, StringField
from wtforms.validators import InputRequired, Length, Optional

from marketplace.employers.labels import EVIDENCE_LABELS
from marketplace.employers.states import EmploymentEvidence
from marketplace.web.fund_managers.forms.reviews import trimmed

PROOFS = tuple(kind for kind in EmploymentEvidence if kind != EmploymentEvidence.SELF_DECLARED)


class RecordEmploymentForm(FlaskForm):  # type: ignore[misc]
    """Since when, and what proves it."""

    started_on = DateField(
        _("First day of work"), validators=[InputRequired(_("Please fill in the day."))]
    )
    evidence = RadioField(_("What proves it?"), validators=[InputRequired(_("Please choose one."))])
    note = StringField(
        _("Number or day of the document"),
        filters=[trimmed],
        validators=[Optional(), Length(max=200)],
        render_kw={"maxlength": 200, "autocomplete": "off"},
    )

    def __init__(self) -> None:
        super().__init__()
        self.evidence.choices = [(kind.value, gettext(EVIDENCE_LABELS[kind])) for kind in PROOFS]
