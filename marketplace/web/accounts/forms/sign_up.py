"""Signing up, and showing who one is: one question per screen."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, PasswordField, StringField
from wtforms.validators import InputRequired, Length


class SignUpForm(FlaskForm):  # type: ignore[misc]
    """A login, a password, a name, and the privacy notice."""

    login = StringField(
        _("Login"),
        description=_("You choose it yourself. Do not use your ID or telephone number."),
        validators=[InputRequired(_("Please choose a login.")), Length(max=200)],
        render_kw={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"},
    )
    password = PasswordField(
        _("Password"),
        description=_("At least 10 characters. Several words are easy to keep in mind."),
        validators=[InputRequired(_("Please choose a password.")), Length(max=500)],
        render_kw={"autocomplete": "new-password"},
    )
    name = StringField(
        _("Your name"),
        validators=[InputRequired(_("Please enter your name.")), Length(max=200)],
        render_kw={"autocomplete": "name"},
    )
    privacy_notice = BooleanField(
        _("I have read the privacy notice and agree"),
        validators=[InputRequired(_("Please read and accept the privacy notice first."))],
    )


class NumberForm(FlaskForm):  # type: ignore[misc]
    """The resident ID number."""

    id_number = StringField(
        _("Resident ID number"),
        description=_("18 characters, as on your ID card. It is kept encrypted."),
        validators=[InputRequired(_("Please enter your ID number.")), Length(max=60)],
        render_kw={"autocomplete": "off", "spellcheck": "false", "inputmode": "text"},
    )


class NameForm(FlaskForm):  # type: ignore[misc]
    """The name as on the card."""

    name = StringField(
        _("Name as on your ID card"),
        validators=[InputRequired(_("Please enter your name.")), Length(max=200)],
        render_kw={"autocomplete": "name"},
    )


class PhoneForm(FlaskForm):  # type: ignore[misc]
    """Where the person can be reached."""

    phone = StringField(
        _("Telephone number"),
        description=_("Used only to reach you about your training."),
        validators=[InputRequired(_("Please enter your telephone number.")), Length(max=60)],
        render_kw={"autocomplete": "tel", "inputmode": "tel"},
    )


class PlaceForm(FlaskForm):  # type: ignore[misc]
    """The place a person chose."""

    place = HiddenField()


class FinishForm(FlaskForm):  # type: ignore[misc]
    """The last look before it is entered."""
