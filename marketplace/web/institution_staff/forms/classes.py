"""Attendance, results, look-ups: forms that work standing up, without JavaScript."""

from __future__ import annotations

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from marketplace.enrollment.labels import ATTENDANCE_LABELS, ATTENDANCE_REASON_LABELS
from marketplace.enrollment.states import AttendanceReason

SHEET_REASONS = tuple(
    reason for reason in ATTENDANCE_REASON_LABELS if reason is not AttendanceReason.MISTAKE
)


class AttendanceSheetForm(FlaskForm):  # type: ignore[misc]
    """How the presence marked on the sheet was proved; the marks are one field per learner."""

    reason = SelectField(_("How was presence proved?"))

    def __init__(self) -> None:
        super().__init__()
        self.reason.choices = [
            (reason.value, gettext(ATTENDANCE_REASON_LABELS[reason])) for reason in SHEET_REASONS
        ]


class VoucherCodeForm(FlaskForm):  # type: ignore[misc]
    """The code on the learner's voucher, scanned or typed."""

    voucher_code = StringField(
        _("Voucher code"),
        validators=[InputRequired(_("Scan or type the code.")), Length(max=60)],
        render_kw={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"},
    )


class CorrectAttendanceForm(FlaskForm):  # type: ignore[misc]
    """What is true, and why the entry was wrong."""

    state = SelectField(_("The learner was"))
    reason = SelectField(_("Reason"))

    def __init__(self) -> None:
        super().__init__()
        self.state.choices = [
            (state.value, gettext(label)) for state, label in ATTENDANCE_LABELS.items()
        ]
        self.reason.choices = [
            (reason.value, gettext(label))
            for reason, label in reversed(ATTENDANCE_REASON_LABELS.items())
        ]


class AnswerDisputeForm(FlaskForm):  # type: ignore[misc]
    """What the institution says to a dispute."""

    answer = TextAreaField(
        _("Your answer to the learner"),
        validators=[InputRequired(_("Please write an answer.")), Length(max=500)],
        render_kw={"rows": 3, "maxlength": 500},
    )


class AnswerHoldForm(FlaskForm):  # type: ignore[misc]
    """What the institution says about a hold."""

    answer = TextAreaField(
        _("Your answer to the fund office"),
        validators=[InputRequired(_("Please write an answer.")), Length(max=1000)],
        render_kw={"rows": 4, "maxlength": 1000},
    )


class AnswerVisitForm(FlaskForm):  # type: ignore[misc]
    """What the institution says about a visit."""

    answer = TextAreaField(
        _("Your answer to the inspector"),
        validators=[InputRequired(_("Please write an answer.")), Length(max=2000)],
        render_kw={"rows": 4, "maxlength": 2000},
    )
