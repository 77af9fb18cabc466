"""Deciding about a changed result; people of an assessment body."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import StringField, TextAreaField
from wtforms.validators import InputRequired, Length


class DecideResultChangeForm(FlaskForm):  # type: ignore[misc]
    """The reason; the button says which way."""

    reason = TextAreaField(
        _("Reason"),
        validators=[
            InputRequired(_("State the reason: both sides will read it.")),
            Length(max=500),
        ],
        render_kw={"rows": 3, "maxlength": 500},
    )


class AddAssessorMemberForm(FlaskForm):  # type: ignore[misc]
    """Who enters results for a body."""

    login = StringField(
        _("Login"),
        validators=[InputRequired(_("Type the login of the person.")), Length(max=100)],
        render_kw={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"},
    )
