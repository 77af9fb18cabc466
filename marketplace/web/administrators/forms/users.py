"""Logins, their roles, and acts on them."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import SelectField, StringField
from wtforms.validators import DataRequired, InputRequired, Length

from marketplace.edge.formats import sentence
from marketplace.people.labels import ROLE_LABELS


class RoleForm(FlaskForm):  # type: ignore[misc]
    """A role and the place it is held in."""

    role = SelectField(_("Role"), validators=[InputRequired(_("Please choose a role."))])
    place = StringField(
        _("Code of the place"),
        description=_("For example 220800. Administrators leave it empty."),
        validators=[Length(max=12)],
        render_kw={"inputmode": "numeric"},
    )

    def __init__(self) -> None:
        super().__init__()
        self.role.choices = [(role.value, sentence(text)) for role, text in ROLE_LABELS.items()]


class NewUserForm(RoleForm):
    """A login for an officer."""

    login = StringField(
        _("Login"),
        validators=[InputRequired(_("Please choose a login.")), Length(max=200)],
        render_kw={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"},
    )
    name = StringField(
        _("Name"),
        validators=[InputRequired(_("Please enter the name.")), Length(max=200)],
        render_kw={"autocomplete": "off"},
    )


class ReasonForm(FlaskForm):  # type: ignore[misc]
    """Why something is done to a login."""

    reason = StringField(
        _("Reason"), validators=[DataRequired(_("Please give a reason.")), Length(max=300)]
    )
