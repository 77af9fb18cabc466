"""Why the institution objects."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import TextAreaField
from wtforms.validators import DataRequired, Length

from marketplace.web.institution_staff.forms.courses import trimmed


class AppealForm(FlaskForm):  # type: ignore[misc]
    """What is wrong with a fact, or with the counts behind the stars."""

    reason = TextAreaField(
        _("Reason"),
        filters=[trimmed],
        validators=[
            DataRequired(_("Say what is wrong, and how it can be seen.")),
            Length(max=1000),
        ],
        render_kw={"rows": 5},
    )
