"""For what an officer opens somebody's training record."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import StringField
from wtforms.validators import InputRequired, Length

from marketplace.web.fund_managers.forms.reviews import trimmed


class OpenRecordForm(FlaskForm):  # type: ignore[misc]
    """The purpose, which the person reads."""

    purpose = StringField(
        _("Purpose"),
        filters=[trimmed],
        validators=[
            InputRequired(_("State for what you need to see this record.")),
            Length(max=200),
        ],
        render_kw={"maxlength": 200, "autocomplete": "off"},
    )
