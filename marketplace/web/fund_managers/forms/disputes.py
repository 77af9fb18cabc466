"""Deciding about a disputed entry, and taking a redemption back."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import IntegerField, RadioField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange

from marketplace.edge.formats import sentence
from marketplace.enrollment.labels import ATTENDANCE_LABELS
from marketplace.enrollment.online_rules import DAY_SECONDS_MAX
from marketplace.web.fund_managers.forms.reviews import trimmed

MINUTES_MAX = DAY_SECONDS_MAX // 60


class DecideDisputeForm(FlaskForm):  # type: ignore[misc]
    """What is true, and why."""

    state = RadioField(
        _("At this lesson the learner was"),
        validators=[InputRequired(_("Please choose what is true."))],
        validate_choice=True,
    )
    reason = TextAreaField(
        _("Reason"),
        filters=[trimmed],
        validators=[DataRequired(_("Give the reason: both sides read it.")), Length(max=500)],
        render_kw={"rows": 3},
    )

    def __init__(self) -> None:
        super().__init__()
        self.state.choices = [
            (state.value, sentence(text)) for state, text in ATTENDANCE_LABELS.items()
        ]


class DecideOnlineDisputeForm(FlaskForm):  # type: ignore[misc]
    """How long the learner learned online on the day, and why."""

    minutes = IntegerField(
        _("Minutes that count on this day"),
        validators=[
            InputRequired(_("Write a whole number.")),
            NumberRange(
                0, MINUTES_MAX, _("A whole number from %(min)s to %(max)s.", min=0, max=MINUTES_MAX)
            ),
        ],
        render_kw={"inputmode": "numeric"},
    )
    reason = TextAreaField(
        _("Reason"),
        filters=[trimmed],
        validators=[DataRequired(_("Give the reason: both sides read it.")), Length(max=500)],
        render_kw={"rows": 3},
    )


class ReverseRedemptionForm(FlaskForm):  # type: ignore[misc]
    """Why a redemption is taken back."""

    reason = TextAreaField(
        _("Reason"),
        filters=[trimmed],
        validators=[
            DataRequired(_("Give the reason: the learner and the institution read it.")),
            Length(max=500),
        ],
        render_kw={"rows": 3},
    )
