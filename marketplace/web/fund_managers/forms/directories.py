"""Keeping registers and the lists of occupations in demand."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import DateField, IntegerField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, Length, NumberRange, Optional

from marketplace.catalog.rules import LEVEL_WORDS
from marketplace.catalog.states import ShortageEntryKind
from marketplace.directories.rules import ENTRY_KIND_WORDS, KIND_WORDS
from marketplace.directories.states import QualificationKind
from marketplace.edge.formats import sentence
from marketplace.foundation import clock


def trimmed(text: str | None) -> str:
    """What was typed, without what cannot be seen at its ends."""
    return (text or "").replace("\0", "").strip()


class RegisterChangeForm(FlaskForm):  # type: ignore[misc]
    """From when a change counts, why, and which document allows it."""

    effective_on = DateField(_("Counts from"), validators=[DataRequired(_("Give the first day."))])
    clause = StringField(
        _("Document and clause"),
        filters=[trimmed],
        validators=[DataRequired(_("Name the document and clause.")), Length(max=200)],
    )
    reason = TextAreaField(
        _("Reason"),
        filters=[trimmed],
        validators=[DataRequired(_("Please give the reason.")), Length(max=500)],
        render_kw={"rows": 2},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.effective_on.data is None and not self.is_submitted():
            self.effective_on.data = clock.today()


class AssessorForm(RegisterChangeForm):
    """An assessment body and what it may assess."""

    name = StringField(
        _("Name of the assessment body"),
        filters=[trimmed],
        validators=[DataRequired(_("Give the name.")), Length(max=200)],
    )
    uscc = StringField(
        _("Unified social credit code"),
        filters=[trimmed],
        validators=[DataRequired(_("Give the code.")), Length(max=18)],
    )
    place = StringField(
        _("City or county"),
        description=_("Name or code; empty: the whole deployment."),
        filters=[trimmed],
        validators=[Optional(), Length(max=60)],
    )
    scope = TextAreaField(
        _("Occupations and levels"),
        description=_("One occupation a line: its code, then its levels, such as 6-31-01-03:5,4."),
        filters=[trimmed],
        validators=[DataRequired(_("Name at least one occupation.")), Length(max=4000)],
        render_kw={"rows": 4},
    )
    valid_from = DateField(_("Valid from"), validators=[Optional()])
    valid_until = DateField(_("Valid until"), validators=[Optional()])


class QualificationForm(RegisterChangeForm):
    """A qualification, skill level, credential or licence."""

    name = StringField(
        _("Name of the qualification"),
        filters=[trimmed],
        validators=[DataRequired(_("Give the name.")), Length(max=200)],
    )
    kind = SelectField(_("Kind"))
    place = StringField(
        _("City or county"),
        description=_("Name or code; empty: the whole deployment."),
        filters=[trimmed],
        validators=[Optional(), Length(max=60)],
    )
    occupation_code = StringField(
        _("Occupation code"), filters=[trimmed], validators=[Optional(), Length(max=30)]
    )
    level = SelectField(_("Skill level"), default="")
    issuer = StringField(
        _("Issued by"), filters=[trimmed], validators=[Optional(), Length(max=200)]
    )
    valid_from = DateField(_("Valid from"), validators=[Optional()])
    valid_until = DateField(_("Valid until"), validators=[Optional()])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = [SelectChoice(k.value, sentence(KIND_WORDS[k])) for k in QualificationKind]
        levels = [SelectChoice(str(n), sentence(text)) for n, text in LEVEL_WORDS.items()]
        self.kind.choices = kinds
        self.level.choices = [SelectChoice("", _("No level")), *levels]


class ShortageEditionForm(FlaskForm):  # type: ignore[misc]
    """Whose list is begun, and which document orders it."""

    place = StringField(
        _("Place whose list it is"),
        description=_("Name or code; empty: the whole deployment."),
        filters=[trimmed],
        validators=[Optional(), Length(max=60)],
    )
    clause = StringField(
        _("Document and clause"), filters=[trimmed], validators=[Optional(), Length(max=200)]
    )


class ShortageEntriesForm(FlaskForm):  # type: ignore[misc]
    """Occupations to put on an edition."""

    codes = TextAreaField(
        _("Occupation codes"),
        description=_("One code a line. A broader code stands for everything below it."),
        filters=[trimmed],
        validators=[DataRequired(_("Give at least one code.")), Length(max=8000)],
        render_kw={"rows": 4},
    )
    kind = SelectField(_("Here they are"))
    place = StringField(
        _("City or county"),
        description=_("Where it counts; empty: in the whole place of the list."),
        filters=[trimmed],
        validators=[Optional(), Length(max=60)],
    )
    uplift_percent = IntegerField(
        _("Uplift (percent)"),
        validators=[Optional(), NumberRange(1, 100, _("An uplift is from 1 to 100 percent."))],
    )
    clause = StringField(
        _("Document and clause"), filters=[trimmed], validators=[Optional(), Length(max=200)]
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind.choices = [
            SelectChoice(kind.value, sentence(ENTRY_KIND_WORDS[kind])) for kind in ShortageEntryKind
        ]


class InForceForm(FlaskForm):  # type: ignore[misc]
    """From which day an edition shall count."""

    in_force_from = DateField(_("Counts from"), validators=[DataRequired(_("Give the first day."))])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.in_force_from.data is None and not self.is_submitted():
            self.in_force_from.data = clock.today()


class EditionReasonForm(FlaskForm):  # type: ignore[misc]
    """Why an edition is sent back or given up."""

    reason = TextAreaField(
        _("Reason"),
        filters=[trimmed],
        validators=[DataRequired(_("Please give the reason.")), Length(max=500)],
        render_kw={"rows": 2},
    )
