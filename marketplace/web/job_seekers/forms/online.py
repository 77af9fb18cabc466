"""Saying that the online hours of a day are wrong."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import DateField, IntegerField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange

from marketplace.enrollment.online_rules import DAY_SECONDS_MAX

MINUTES_MAX = DAY_SECONDS_MAX // 60


class OnlineDisputeForm(FlaskForm):  # type: ignore[misc]
    """Which day, how long the learner learned, and what is wrong."""

    day = DateField(_("Which day is wrong?"), validators=[InputRequired(_("Give the day."))])
    minutes = IntegerField(
        _("How many minutes did you learn online on that day?"),
        validators=[
            InputRequired(_("Write a whole number.")),
            NumberRange(
                0, MINUTES_MAX, _("A whole number from %(min)s to %(max)s.", min=0, max=MINUTES_MAX)
            ),
        ],
        render_kw={"inputmode": "numeric"},
    )
    reason = TextAreaField(
        _("What is wrong with these hours?"),
        validators=[InputRequired(_("Please say what is wrong.")), Length(max=500)],
        render_kw={"rows": 3, "maxlength": 500},
    )
