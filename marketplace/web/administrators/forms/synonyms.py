"""Everyday words of the search: one by one, or a file of them."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import StringField, TextAreaField
from wtforms.validators import DataRequired, Length

from marketplace.catalog.sources.synonyms import WORD_LENGTH_MAX


class SynonymForm(FlaskForm):  # type: ignore[misc]
    """A word, and what is searched for with it."""

    word = StringField(
        _("Everyday word"),
        validators=[
            DataRequired(_("Enter the word that people type.")),
            Length(max=WORD_LENGTH_MAX),
        ],
    )
    targets = TextAreaField(
        _("Also search for"),
        description=_("Official words, one a line; the nearest first."),
        validators=[
            DataRequired(_("Enter at least one official word.")),
            Length(max=500),
        ],
        render_kw={"rows": 4},
    )


class SynonymFileForm(FlaskForm):  # type: ignore[misc]
    """A CSV file with the columns word, targets and state."""

    file = FileField(
        _("CSV file"),
        description=_("Columns: word, targets (separated by semicolons), state."),
        validators=[FileRequired(_("Choose a file."))],
        render_kw={"accept": ".csv,text/csv"},
    )
