"""My contact data."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import StringField
from wtforms.validators import InputRequired, Length


class PhoneForm(FlaskForm):  # type: ignore[misc]
    """A new telephone number."""

    phone = StringField(
        _("New telephone number"),
        validators=[InputRequired(_("Please enter your telephone number.")), Length(max=60)],
        render_kw={"autocomplete": "tel", "inputmode": "tel"},
    )
