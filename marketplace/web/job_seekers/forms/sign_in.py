"""Typing the code of the classroom screen."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import StringField
from wtforms.validators import InputRequired, Length


class TypedCodeForm(FlaskForm):  # type: ignore[misc]
    """Six figures; spaces are forgiven."""

    typed_code = StringField(
        _("Code on the screen"),
        validators=[InputRequired(_("Type the six figures on the screen.")), Length(max=20)],
        render_kw={
            "autocomplete": "one-time-code",
            "inputmode": "numeric",
            "maxlength": "20",
        },
    )
