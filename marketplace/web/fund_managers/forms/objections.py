"""Deciding what the public objected, and what an institution disputes."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import IntegerField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional

from marketplace.claims.labels import OBJECTION_LABELS
from marketplace.claims.states import ObjectionState
from marketplace.edge.formats import sentence
from marketplace.settlement.labels import DISPUTE_LABELS, FOLLOW_UP_LABELS
from marketplace.settlement.rules.disputes import WORDS_MAX
from marketplace.settlement.states import DisputeState
from marketplace.web.fund_managers.forms.reviews import trimmed

_CHOOSE = _("Please choose the decision.")


class DecideObjectionForm(FlaskForm):  # type: ignore[misc]
    """What was found; whoever objected reads it."""

    state = RadioField(_("Decision"), validators=[InputRequired(_CHOOSE)])
    answer = TextAreaField(
        _("Reasons, for whoever objected"),
        filters=[trimmed],
        validators=[DataRequired(_("Write down what was found.")), Length(max=WORDS_MAX)],
        render_kw={"rows": 4},
    )
    clause = StringField(
        _("Rule"),
        filters=[trimmed],
        validators=[Optional(), Length(max=300)],
    )

    def __init__(self) -> None:
        super().__init__()
        self.state.choices = [
            (state.value, sentence(label))
            for state, (label, _tone) in OBJECTION_LABELS.items()
            if state is not ObjectionState.OPEN
        ]


class DecideLineDisputeForm(FlaskForm):  # type: ignore[misc]
    """Accepted with what follows, or rejected with the clause."""

    state = RadioField(_("Decision"), validators=[InputRequired(_CHOOSE)])
    answer = TextAreaField(
        _("Reasons, for the institution"),
        filters=[trimmed],
        validators=[DataRequired(_("Write down what was found.")), Length(max=WORDS_MAX)],
        render_kw={"rows": 4},
    )
    clause = StringField(_("Rule"), filters=[trimmed], validators=[Optional(), Length(max=300)])
    follow_up = SelectField(_("What follows"), validators=[Optional()], default="")
    correction_entry = IntegerField(
        _("Entry of the correction"), validators=[Optional(), NumberRange(min=1, max=10**15)]
    )

    def __init__(self) -> None:
        super().__init__()
        self.state.choices = [
            (state.value, sentence(DISPUTE_LABELS[state][0]))
            for state in (DisputeState.ACCEPTED, DisputeState.REJECTED)
        ]
        self.follow_up.choices = [
            ("", "–"),
            *((one.value, sentence(text)) for one, text in FOLLOW_UP_LABELS.items()),
        ]


class MessageForm(FlaskForm):  # type: ignore[misc]
    """A message of a thread, with a document if there is one."""

    body = TextAreaField(
        _("Your message"),
        filters=[trimmed],
        validators=[DataRequired(_("Please write a message.")), Length(max=WORDS_MAX)],
        render_kw={"rows": 3},
    )
    document = FileField(
        _("Photo or PDF"),
        validators=[Optional()],
        description=_("JPEG, PNG or PDF, at most 5 MB. It is kept encrypted."),
        render_kw={"accept": "image/jpeg,image/png,application/pdf"},
    )
