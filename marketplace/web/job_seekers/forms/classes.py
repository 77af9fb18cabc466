"""Confirming, withdrawing, disputing."""

from __future__ import annotations

from collections.abc import Iterable

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import BooleanField, RadioField, TextAreaField
from wtforms.validators import InputRequired, Length

from marketplace.enrollment.labels import EXIT_REASON_LABELS
from marketplace.enrollment.states import ExitReason


class WithdrawForm(FlaskForm):  # type: ignore[misc]
    """Why the learner leaves the class."""

    reason = RadioField(
        _("Why do you withdraw?"), validators=[InputRequired(_("Please choose a reason."))]
    )

    understood = BooleanField(_("I know that my voucher is used up by this"))

    def __init__(self, reasons: Iterable[ExitReason]) -> None:
        super().__init__()
        self.reason.choices = [
            (reason.value, gettext(EXIT_REASON_LABELS[reason])) for reason in reasons
        ]


class DisputeForm(FlaskForm):  # type: ignore[misc]
    """What is wrong with an entry."""

    reason = TextAreaField(
        _("What is wrong with this entry?"),
        validators=[InputRequired(_("Please say what is wrong.")), Length(max=500)],
        render_kw={"rows": 3, "maxlength": 500},
    )
