"""The bank account I want to be paid on."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import SelectField, StringField
from wtforms.validators import InputRequired, Length

from marketplace.benefits.banks import ANOTHER_BANK, BANKS


class AccountForm(FlaskForm):  # type: ignore[misc]
    """A number and a bank by name; its code only where the bank is not in the list."""

    number = StringField(
        _("Number of your bank card or account"),
        validators=[InputRequired(_("Please enter the number.")), Length(max=60)],
        render_kw={"inputmode": "numeric", "autocomplete": "off"},
    )
    bank = SelectField(_("Your bank"), validators=[InputRequired(_("Please choose your bank."))])
    bank_name = StringField(
        _("Name of the bank and branch"),
        validators=[Length(max=100)],
        render_kw={"autocomplete": "off"},
    )
    bank_code = StringField(
        _("CNAPS code of the branch"),
        validators=[Length(max=20)],
        render_kw={"inputmode": "numeric", "autocomplete": "off"},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        named = [(code, gettext(name)) for code, name in BANKS.items()]
        self.bank.choices = [
            ("", gettext("Please choose")),
            *named,
            (ANOTHER_BANK, gettext("Another bank")),
        ]
