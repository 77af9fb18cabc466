"""A list of the institution's own courses."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import BooleanField, RadioField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Optional


class CourseListForm(FlaskForm):  # type: ignore[misc]
    """The file, and what is to become of its rows."""

    file = FileField(
        _("CSV or XLSX file"),
        description=_("In the columns of the template, at most 2,000 courses."),
        validators=[FileRequired(_("Choose a file."))],
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
    submits = BooleanField(
        _("Submit the drafts for review at once"),
        description=_("Without it they stay drafts, and you submit them one by one."),
    )
