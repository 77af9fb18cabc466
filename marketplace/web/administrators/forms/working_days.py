"""The calendar of working days, and how long a review may take."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import DateField, IntegerField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange

from marketplace.foundation.office_settings import CLAUSE_LENGTH_MAX

LINES_LENGTH_MAX = 20_000


class CalendarForm(FlaskForm):  # type: ignore[misc]
    """Days that are not what their weekday says, one a line."""

    lines = TextAreaField(
        _("Days, one a line"),
        description=_(
            "Date, then holiday or working (a weekend worked instead), then a name if you like: "
            "2026-10-01,holiday,National Day. A day named again is what you write now."
        ),
        validators=[DataRequired(_("Write at least one day.")), Length(max=LINES_LENGTH_MAX)],
        render_kw={"rows": 6},
    )


class ReviewLimitForm(FlaskForm):  # type: ignore[misc]
    """How many working days the office has for an application, and by which clause."""

    working_days = IntegerField(
        _("Working days for a decision"),
        validators=[
            InputRequired(_("Write a whole number.")),
            NumberRange(1, 250, _("A whole number from %(min)s to %(max)s.", min=1, max=250)),
        ],
        render_kw={"inputmode": "numeric"},
    )
    valid_from = DateField(_("From which day on"), validators=[InputRequired(_("Give the day."))])
    clause = StringField(
        _("Decision or clause"),
        validators=[
            InputRequired(_("Name the decision or clause by which this is set.")),
            Length(max=CLAUSE_LENGTH_MAX),
        ],
    )
