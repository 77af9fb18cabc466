"""Being referred, and saying that one works."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import BooleanField, DateField
from wtforms.validators import InputRequired


class ReferralForm(FlaskForm):  # type: ignore[misc]
    """The consent, given anew for each vacancy."""

    consent = BooleanField(
        _("I want to be referred to this vacancy, and my fund office may see that and ask me later")
    )


class EmploymentForm(FlaskForm):  # type: ignore[misc]
    """From which day."""

    started_on = DateField(
        _("First day of work"), validators=[InputRequired(_("Please fill in the day."))]
    )
