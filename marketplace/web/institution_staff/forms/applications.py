"""Filling in an application for accreditation, step by step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import BooleanField, DateField, Field, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from marketplace.accreditation.operations.dossier import LegalFacts
from marketplace.accreditation.rules import DOCUMENT_KIND_WORDS, LEGAL_FORM_WORDS
from marketplace.catalog.models import Occupation
from marketplace.catalog.queries.occupations import (
    find_occupation_by_code,
    list_occupations_matching,
)
from marketplace.catalog.rules import LEVEL_WORDS
from marketplace.edge.formats import sentence
from marketplace.teaching.models import TrainingSite
from marketplace.web.institution_staff.forms.courses import trimmed


class LegalFactsForm(FlaskForm):  # type: ignore[misc]
    """Who the institution is by law; what is not known yet may wait."""

    uscc = StringField(
        _("Unified social credit code"),
        filters=[trimmed],
        validators=[Optional(), Length(max=40)],
        render_kw={"autocapitalize": "characters", "spellcheck": "false"},
    )
    legal_form = SelectField(_("Legal form"), default="", validators=[Optional()])
    representative = StringField(
        _("Legal representative"), filters=[trimmed], validators=[Optional(), Length(max=60)]
    )
    contact = StringField(
        _("Telephone for questions"),
        filters=[trimmed],
        validators=[Optional(), Length(max=40)],
        render_kw={"inputmode": "tel"},
    )
    address = StringField(
        _("Registered address"), filters=[trimmed], validators=[Optional(), Length(max=200)]
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.legal_form.choices = [
            SelectChoice("", _("Not chosen yet")),
            *(SelectChoice(form, sentence(words)) for form, words in LEGAL_FORM_WORDS.items()),
        ]

    def to_facts(self) -> LegalFacts:
        """What is filled in so far."""
        names = ("uscc", "legal_form", "representative", "contact", "address")
        return LegalFacts(**{name: self[name].data or "" for name in names})


class ScopeForm(FlaskForm):  # type: ignore[misc]
    """One thing to be accredited for."""

    occupation = StringField(
        _("Occupation"),
        filters=[trimmed],
        validators=[DataRequired(_("Give the code or title of the occupation.")), Length(max=100)],
    )
    level = SelectField(_("Skill level"), default="", validators=[Optional()])
    site = SelectField(_("Site"), default="", validators=[Optional()])
    valid_from = DateField(_("From"), validators=[DataRequired(_("Give the first day."))])
    valid_until = DateField(_("Until"), validators=[DataRequired(_("Give the last day."))])

    def __init__(self, sites: Sequence[TrainingSite], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        levels = [SelectChoice(str(n), sentence(text)) for n, text in LEVEL_WORDS.items()]
        self.level.choices = [SelectChoice("", _("Any level")), *levels]
        self.site.choices = [
            SelectChoice("", _("All sites")),
            *(SelectChoice(str(site.id), site.name) for site in sites),
        ]


class DossierDocumentForm(FlaskForm):  # type: ignore[misc]
    """A photo or PDF for the dossier."""

    kind = SelectField(_("What is it?"), validators=[InputRequired(_("Say what it is."))])
    document = FileField(
        _("Photo or PDF"),
        description=_("JPEG, PNG or PDF, at most 5 MB. It is kept encrypted."),
        render_kw={"accept": "image/jpeg,image/png,application/pdf"},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind.choices = [
            SelectChoice(kind.value, sentence(words)) for kind, words in DOCUMENT_KIND_WORDS.items()
        ]


class DeclarationForm(FlaskForm):  # type: ignore[misc]
    """The signature under the application."""

    declared = BooleanField(
        _("We declare that everything stated here is true, and know that false statements lead to "
          "refusal or withdrawal.")
    )  # fmt: skip


def occupation_of(entry: Field) -> Occupation | None:
    """The occupation meant by a code or title; what fits none or several is said at the field."""
    typed = entry.data or ""
    if not typed:
        return None
    if (occupation := find_occupation_by_code(typed)) is not None:
        return occupation
    fitting = list_occupations_matching(typed, limit=5)
    exact = [occupation for occupation in fitting if occupation.title == typed]
    if len(exact) == 1 or len(fitting) == 1:
        return (exact or fitting)[0]
    if fitting:
        names = "; ".join(f"{occupation.code} {occupation.title}" for occupation in fitting)
        message = gettext("Several occupations fit. Write the code of one: %(names)s", names=names)
    else:
        message = gettext("No occupation of the classification has this code or title.")
    entry.errors = [message]
    return None
