"""Planning a visit, and what is stated on site: usable standing up, without JavaScript."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import FileField, IntegerField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from marketplace.edge.fields import MultiCheckboxField
from marketplace.edge.formats import day, sentence
from marketplace.inspections.labels import OBSERVATION_LABELS, VISIT_KIND_LABELS
from marketplace.inspections.rules import COMMENT_MAX, HEADS_MAX
from marketplace.inspections.states import VisitKind


class PlanVisitForm(FlaskForm):  # type: ignore[misc]
    """On which day of the class, and whether the institution is told."""

    planned_on = SelectField(_("Day of the visit"))
    kind = RadioField(_("Is the institution told?"), default=VisitKind.UNANNOUNCED.value)

    def __init__(self, days: Sequence[date]) -> None:
        super().__init__()
        self.planned_on.choices = [(one.isoformat(), day(one)) for one in days]
        self.kind.choices = [
            (kind.value, sentence(words)) for kind, words in VISIT_KIND_LABELS.items()
        ]


class VisitForm(FlaskForm):  # type: ignore[misc]
    """What was seen; the learners are one box each beside it."""

    head_count = IntegerField(
        _("How many people are learning in the room?"),
        validators=[
            InputRequired(_("Count the people and type the number.")),
            NumberRange(0, HEADS_MAX, _("Type a whole number, 0 if nobody is there.")),
        ],
        render_kw={"inputmode": "numeric", "autocomplete": "off"},
    )
    observations = MultiCheckboxField(_("What did you observe?"))
    comment = TextAreaField(
        _("Comment"),
        validators=[Optional(), Length(max=COMMENT_MAX)],
        render_kw={"rows": 4, "maxlength": COMMENT_MAX},
    )

    def __init__(self) -> None:
        super().__init__()
        self.observations.choices = [
            (code.value, sentence(words)) for code, words in OBSERVATION_LABELS.items()
        ]


class VisitDocumentForm(FlaskForm):  # type: ignore[misc]
    """A photo taken with the phone, or a PDF."""

    document = FileField(
        _("Photo or PDF"),
        description=_("JPEG, PNG or PDF, at most 5 MB. It is kept encrypted."),
        render_kw={"accept": "image/jpeg,image/png,application/pdf"},
    )


class CancelVisitForm(FlaskForm):  # type: ignore[misc]
    """Why a visit does not take place."""

    reason = StringField(
        _("Reason"),
        validators=[InputRequired(_("State why the visit is canceled.")), Length(max=300)],
        render_kw={"maxlength": 300},
    )


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
