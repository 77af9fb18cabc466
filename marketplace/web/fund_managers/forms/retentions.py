"""Another last day for a withheld share."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import DateField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length

from marketplace.web.fund_managers.forms.reviews import trimmed


class DeadlineForm(FlaskForm):  # type: ignore[misc]
    """Until when evidence counts, and why."""

    due_by = DateField(
        _("Evidence counts until"), validators=[InputRequired(_("Please enter the day."))]
    )
    reason = TextAreaField(
        _("Reason"),
        filters=[trimmed],
        validators=[DataRequired(_("Please say why.")), Length(max=1_000)],
        description=_("The institution reads it."),
        render_kw={"rows": 3},
    )
