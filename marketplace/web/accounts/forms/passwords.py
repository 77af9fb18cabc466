"""Choosing passwords."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import PasswordField
from wtforms.validators import EqualTo, InputRequired, Length

_NEW = {"autocomplete": "new-password"}


class NewPasswordForm(FlaskForm):  # type: ignore[misc]
    """A new password, twice."""

    password = PasswordField(
        _("New password"),
        description=_("At least 10 characters. Several words are easy to keep in mind."),
        validators=[InputRequired(_("Please choose a password.")), Length(max=500)],
        render_kw=_NEW,
    )
    again = PasswordField(
        _("New password once more"),
        validators=[EqualTo("password", _("The two passwords differ."))],
        render_kw=_NEW,
    )


class ChangePasswordForm(NewPasswordForm):
    """The present password as well."""

    present = PasswordField(
        _("Present password"),
        validators=[InputRequired(_("Please enter your present password.")), Length(max=500)],
        render_kw={"autocomplete": "current-password"},
    )


class ConfirmForm(FlaskForm):  # type: ignore[misc]
    """The password, for acts that weaken the login."""

    password = PasswordField(
        _("Your password"),
        validators=[InputRequired(_("Please enter your password.")), Length(max=500)],
        render_kw={"autocomplete": "current-password"},
    )
