"""Registering a new institution to apply for accreditation."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import HiddenField, StringField
from wtforms.validators import DataRequired, Length


class NewInstitutionForm(FlaskForm):  # type: ignore[misc]
    """Its name, its code, and the place chosen before."""

    name = StringField(
        _("Name of the institution"),
        description=_("As on the business license or registration certificate."),
        validators=[DataRequired(_("Please enter the name.")), Length(max=100)],
    )
    uscc = StringField(
        _("Unified social credit code"),
        description=_("18 characters, on the same certificate."),
        validators=[DataRequired(_("Please enter the code.")), Length(max=40)],
        render_kw={"autocapitalize": "characters", "spellcheck": "false"},
    )
    place = HiddenField()
