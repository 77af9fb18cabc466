"""Signing in."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import HiddenField, PasswordField, StringField
from wtforms.validators import InputRequired, Length


class SignInForm(FlaskForm):  # type: ignore[misc]
    """Login and password; where to go afterwards."""

    login = StringField(
        _("Login"),
        validators=[InputRequired(_("Please enter your login.")), Length(max=200)],
        render_kw={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"},
    )
    password = PasswordField(
        _("Password"),
        validators=[InputRequired(_("Please enter your password.")), Length(max=500)],
        render_kw={"autocomplete": "current-password"},
    )
    next = HiddenField()


class CodeForm(FlaskForm):  # type: ignore[misc]
    """The code an authenticator shows."""

    code = StringField(
        _("Code from your authenticator"),
        validators=[InputRequired(_("Please enter the six digits.")), Length(max=20)],
        render_kw={"autocomplete": "one-time-code", "inputmode": "numeric"},
    )


class RecoveryCodeForm(FlaskForm):  # type: ignore[misc]
    """One of the codes kept for the day the device is lost."""

    code = StringField(
        _("Recovery code"),
        validators=[InputRequired(_("Please enter one of your recovery codes.")), Length(max=40)],
        render_kw={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"},
    )
