"""Declaring a category."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import DateField
from wtforms.validators import InputRequired, Optional


class DeclareForm(FlaskForm):  # type: ignore[misc]
    """Since when, until when, and the evidence."""

    valid_from = DateField(
        _("Since when?"),
        validators=[InputRequired(_("Please enter since when."))],
    )
    valid_until = DateField(
        _("Until when? (if it ends)"),
        description=_("Leave empty if you do not know of an end."),
        validators=[Optional()],
    )
    document = FileField(
        _("Photo or PDF of the evidence"),
        description=_("JPEG, PNG or PDF, at most 5 MB. It is kept encrypted."),
        render_kw={"accept": "image/jpeg,image/png,application/pdf"},
    )


class EndForm(FlaskForm):  # type: ignore[misc]
    """The day a category ended."""

    ends_on = DateField(
        _("Last day on which it held"),
        validators=[InputRequired(_("Please enter the day."))],
    )
