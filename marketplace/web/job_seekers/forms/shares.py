"""A link to chosen parts of my record."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import RadioField, SelectMultipleField, StringField
from wtforms.validators import InputRequired, Length
from wtforms.widgets import CheckboxInput, ListWidget

from marketplace.foundation.text import tidy
from marketplace.records.labels import DETAIL_LABELS
from marketplace.records.queries.record import RecordLine
from marketplace.records.states import ShareDetail

DAYS = (1, 7, 30, 90, 365)


class MultiCheckboxField(SelectMultipleField):  # type: ignore[misc]
    """Several choices as boxes."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class ShareForm(FlaskForm):  # type: ignore[misc]
    """For whom, which trainings, what of them, for how long."""

    label = StringField(
        _("For whom is the link?"),
        filters=[lambda text: tidy(text) if text else text],
        validators=[InputRequired(_("Say for whom the link is.")), Length(max=100)],
        render_kw={"maxlength": 100, "autocomplete": "off"},
    )
    trainings = MultiCheckboxField(_("Which trainings does it show?"))
    details = MultiCheckboxField(_("What else does it show of them?"))
    days = RadioField(_("How long does it work?"), coerce=int, default=7)

    def __init__(self, lines: Sequence[RecordLine]) -> None:
        super().__init__()
        self.trainings.choices = [(line.enrollment.code, line.run.title) for line in lines]
        self.details.choices = [
            (detail.value, gettext(DETAIL_LABELS[detail])) for detail in ShareDetail
        ]
        self.days.choices = [
            (days, gettext("1 day") if days == 1 else gettext("%(days)s days", days=days))
            for days in DAYS
        ]
