"""Asking for an import; deciding about what is held back."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from flask_wtf.file import MultipleFileField
from wtforms import BooleanField, DateField, RadioField, SelectField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from marketplace.catalog.operations.import_requests import IMPORT_SOURCES
from marketplace.edge.formats import sentence
from marketplace.foundation import clock
from marketplace.imports.labels import KIND_LABELS, SOURCE_LABELS


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
