"""What an institution says about a course."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    HiddenField,
    IntegerField,
    SelectField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length, Optional, Regexp

from marketplace.catalog.course_features import (
    FEATURES,
    FLAG_WORDS,
    LANGUAGE_WORDS,
    language_codes,
    languages_of,
    read_languages,
)
from marketplace.catalog.models import CourseVersion
from marketplace.catalog.rules import (
    LEVEL_WORDS,
    MODE_WORDS,
    TEXT_LENGTH_MAX,
    TITLE_LENGTH_MAX,
    CourseContent,
)
from marketplace.catalog.states import CourseMode
from marketplace.edge.formats import sentence
from marketplace.foundation.money import Money, fen_from_text
from marketplace.foundation.text import tidy


def trimmed(text: str | None) -> str:
    """What was typed, without what cannot be seen at its ends."""
    return (text or "").replace("\0", "").strip()


class CourseForm(FlaskForm):  # type: ignore[misc]
    """The text, hours and fee of a version."""

    title = StringField(
        _("Title"),
        filters=[trimmed],
        validators=[DataRequired(_("Give the course a title.")), Length(max=TITLE_LENGTH_MAX)],
    )
    description = TextAreaField(
        _("Description"),
        filters=[trimmed],
        validators=[
            DataRequired(_("Say what one learns and for which work.")),
            Length(max=TEXT_LENGTH_MAX),
        ],
        render_kw={"rows": 6},
    )
    mode = SelectField(_("How it is taught"))
    hours = IntegerField(_("Hours"), validators=[InputRequired(_("Give the hours."))])
    fee = StringField(
        _("Fee in yuan"),
        filters=[trimmed],
        validators=[
            DataRequired(_("Give the fee; 0 if there is none.")),
            Regexp(r"^[0-9]{1,7}(\.[0-9]{1,2})?$", message=_("Write an amount such as 1500.00.")),
        ],
        render_kw={"inputmode": "decimal"},
    )
    certificate = StringField(
        _("Certificate"), filters=[trimmed], validators=[Optional(), Length(max=TITLE_LENGTH_MAX)]
    )
    prerequisites = TextAreaField(
        _("What learners need"),
        filters=[trimmed],
        validators=[Optional(), Length(max=TEXT_LENGTH_MAX)],
        render_kw={"rows": 2},
    )
    languages = StringField(
        _("Languages it is taught in"),
        filters=[trimmed],
        validators=[Optional(), Length(max=TITLE_LENGTH_MAX)],
    )
    evening = BooleanField(_("In the evening"))
    weekend = BooleanField(_("At weekends"))
    wheelchair = BooleanField(_("Accessible by wheelchair"))
    childcare = BooleanField(_("Childcare"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.mode.choices = [
            SelectChoice(mode.value, sentence(text)) for mode, text in MODE_WORDS.items()
        ]

    def validate_languages(self, entry: Any) -> None:
        """Only what readers can filter by."""
        if unknown := read_languages(entry.data or "")[1]:
            raise ValidationError(
                gettext(
                    "“%(word)s” is not a language that can be searched for. Known are: %(words)s.",
                    word=unknown[0],
                    words=gettext(", ").join(sentence(word) for word in LANGUAGE_WORDS.values()),
                )
            )

    def to_content(
        self, currency: str, *, kept: Mapping[str, Any] = MappingProxyType({})
    ) -> CourseContent:
        """The content as the catalog takes it; `kept` are attributes the form does not show."""
        return CourseContent(
            title=tidy(self.title.data),
            description=self.description.data,
            hours=self.hours.data,
            mode=CourseMode(self.mode.data),
            fee_fen=fen_from_text(self.fee.data),
            currency=currency,
            certificate=self.certificate.data or None,
            prerequisites=self.prerequisites.data or None,
            attributes=self._attributes(kept),
        )

    def _attributes(self, kept: Mapping[str, Any]) -> dict[str, Any]:
        """A box left open says nothing; what said no before still does."""
        found = {
            name: value
            for name, value in kept.items()
            if name not in FEATURES or (name != "languages" and value is False)
        }
        if codes := language_codes(self.languages.data or ""):
            found["languages"] = codes
        return found | {flag: True for flag in FLAG_WORDS if self[flag].data}


class DraftCourseForm(CourseForm):
    """A new course: besides its content, the occupation and level it trains for."""

    occupation = StringField(
        _("Occupation"), filters=[trimmed], validators=[Optional(), Length(max=100)]
    )
    level = SelectField(_("Skill level"), default="")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        levels = [SelectChoice(str(n), sentence(text)) for n, text in LEVEL_WORDS.items()]
        self.level.choices = [SelectChoice("", _("No skill level")), *levels]


class ReviseCourseForm(CourseForm):
    """An existing course said anew; `based_on` is the version the editor saw."""

    based_on = HiddenField(validators=[Regexp(r"^[0-9]{1,6}$")])


def revise_form_of(version: CourseVersion) -> ReviseCourseForm:
    """The form filled with what the course says now."""
    return ReviseCourseForm(
        formdata=None,
        title=version.title,
        description=version.description,
        mode=version.mode.value,
        hours=version.hours,
        fee=Money(version.fee_fen, version.currency).decimal_text(),
        certificate=version.certificate,
        prerequisites=version.prerequisites,
        languages=str(gettext(", ")).join(
            sentence(LANGUAGE_WORDS[code]) for code in languages_of(version.attributes)
        ),
        **{flag: version.attributes.get(flag) is True for flag in FLAG_WORDS},
        based_on=str(version.number),
    )


class ReasonForm(FlaskForm):  # type: ignore[misc]
    """Why something is done."""

    reason = TextAreaField(
        _("Reason"),
        filters=[trimmed],
        validators=[DataRequired(_("Give the reason.")), Length(max=500)],
        render_kw={"rows": 3},
    )
