"""Deciding about a hold."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import TextAreaField
from wtforms.validators import InputRequired, Length


class DecideHoldForm(FlaskForm):  # type: ignore[misc]
    """The reason; the button says which way."""

    reason = TextAreaField(
        _("Reason"),
        validators=[
            InputRequired(_("State the reason: both sides will read it.")),
            Length(max=1000),
        ],
        render_kw={"rows": 4, "maxlength": 1000},
    )
