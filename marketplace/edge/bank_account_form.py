"""The form in which a person's bank account is named: by themselves, or told to an officer."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import SelectField, StringField
from wtforms.validators import InputRequired, Length

from marketplace.benefits.banks import ANOTHER_BANK, BANKS, CHINESE_NAMES


class BankAccountForm(FlaskForm):  # type: ignore[misc]
    """A number and a bank by name; its code only where the bank is not in the list."""

    number = StringField(
        _("Number of the bank card or account"),
        validators=[InputRequired(_("Please enter the number.")), Length(max=60)],
        render_kw={"inputmode": "numeric", "autocomplete": "off"},
    )
    bank = SelectField(_("The bank"), validators=[InputRequired(_("Please choose the bank."))])
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

    def named_bank(self) -> tuple[str, str]:
        """Name and CNAPS code: of the list, or as typed."""
        if self.bank.data == ANOTHER_BANK:
            return self.bank_name.data or "", self.bank_code.data or ""
        return CHINESE_NAMES[self.bank.data], self.bank.data
