"""Asking for an import; deciding about what is held back."""

from __future__ import annotations

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from flask_wtf.file import MultipleFileField
from wtforms import (
    BooleanField,
    DateField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from marketplace.catalog.operations.import_requests import IMPORT_SOURCES, PREVIEWED
from marketplace.edge.formats import sentence
from marketplace.foundation import clock
from marketplace.foundation.text import tidy
from marketplace.imports.labels import KIND_LABELS, SOURCE_LABELS
from marketplace.jurisdictions.queries import find_jurisdiction_by_code


class ImportForm(FlaskForm):  # type: ignore[misc]
    """What is taken in, from where, as of when, and the file."""

    what = SelectField(_("What the file holds"), validators=[InputRequired()])
    as_of = DateField(
        _("Date of the edition"),
        description=_("The day for which the list was published."),
        validators=[InputRequired(_("Please give the date of the edition."))],
    )
    files = MultipleFileField(
        _("CSV or XLSX file"),
        description=_(
            "Places need four files: provinces.csv, cities.csv, areas.csv, streets.csv. "
            "Everything else is one file."
        ),
        render_kw={"accept": ".csv,.xlsx,text/csv"},
    )
    place = StringField(
        _("Whose list it is"),
        description=_("Of occupations in demand only: code of the place; empty: everywhere."),
        filters=[lambda text: tidy(text or "")],
        validators=[Optional(), Length(max=12)],
    )
    on_problems = RadioField(
        _("If rows have problems"),
        choices=[
            SelectChoice(
                "good", _("Take in the good rows; the others can be corrected and sent again")
            ),
            SelectChoice("nothing", _("Take in nothing")),
        ],
        default="good",
        validators=[Optional()],
    )
    replaces = BooleanField(
        _("The file is complete: withdraw courses it does not name"),
        description=_("Withdrawn courses are kept and come back with a later file."),
    )

    def validate_place(self, entry: StringField) -> None:
        """Only what is known, and only where it means something."""
        if not (self.what.data or "").startswith("shortage:"):
            raise ValidationError(gettext("Only a list of occupations in demand has a place."))
        if find_jurisdiction_by_code(entry.data) is None:
            raise ValidationError(gettext("No place is known by this code."))

    def validate_on_problems(self, entry: RadioField) -> None:
        """All or nothing is proved by a preview, which not every kind of file has."""
        if entry.data == "nothing" and (self.what.data or "").partition(":")[0] not in PREVIEWED:
            raise ValidationError(
                gettext("Of this kind of file the good rows are taken in; correct the others.")
            )

    def place_id(self) -> int | None:
        """The number of the place named."""
        place = find_jurisdiction_by_code(self.place.data) if self.place.data else None
        return place.id if place else None

    def __init__(self) -> None:
        super().__init__()
        self.what.choices = [
            (
                f"{kind}:{source}",
                f"{sentence(KIND_LABELS[kind])} · {sentence(SOURCE_LABELS[source])}",
            )
            for kind, sources in IMPORT_SOURCES.items()
            for source in sources
        ]
        if self.as_of.data is None and not self.is_submitted():
            self.as_of.data = clock.today()


class DecisionForm(FlaskForm):  # type: ignore[misc]
    """Why a thing held back is released or kept out."""

    reason = TextAreaField(
        _("Reason"),
        description=_("It is kept in the audit trail."),
        validators=[DataRequired(_("Please give the reason.")), Length(max=500)],
    )


def _choice(kind: str, source: str) -> str:
    return f"{sentence(KIND_LABELS[kind])} · {sentence(SOURCE_LABELS[source])}"
