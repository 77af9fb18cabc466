"""The officer's answer to a late filing."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import TextAreaField
from wtforms.validators import Length, Optional

from marketplace.web.fund_managers.forms.reviews import trimmed


class LateFilingAnswerForm(FlaskForm):  # type: ignore[misc]
    """What the institution reads; needed for a no."""

    reason = TextAreaField(
        _("Answer to the institution"),
        filters=[trimmed],
        validators=[Optional(), Length(max=500)],
        render_kw={"rows": 3},
    )
