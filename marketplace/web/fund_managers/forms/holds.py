"""Deciding about a hold."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import SelectField, TextAreaField
from wtforms.validators import InputRequired, Length

from marketplace.people.models import User


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


class AssignHoldForm(FlaskForm):  # type: ignore[misc]
    """Which inspector of the place looks at a hold and decides."""

    inspector = SelectField(_("Inspector"), validators=[InputRequired(_("Choose an inspector."))])

    def __init__(self, inspectors: Sequence[User], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.inspector.choices = [(str(user.id), user.name or user.login) for user in inspectors]
