"""Naming the account an institution is paid on."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import StringField
from wtforms.validators import DataRequired, Length

from marketplace.web.institution_staff.forms.courses import trimmed


class ProposePayoutAccountForm(FlaskForm):  # type: ignore[misc]
    """Holder, number, bank; the number is typed twice in no place and shown whole in none."""

    holder = StringField(
        _("Account holder"),
        filters=[trimmed],
        validators=[DataRequired(_("Give the account holder.")), Length(max=200)],
    )
    number = StringField(
        _("Account number"),
        filters=[trimmed],
        validators=[DataRequired(_("Give the account number.")), Length(max=60)],
        render_kw={"inputmode": "numeric", "autocomplete": "off"},
    )
    bank_name = StringField(
        _("Bank and branch"),
        filters=[trimmed],
        validators=[DataRequired(_("Give the bank and its branch.")), Length(max=200)],
    )
    bank_code = StringField(
        _("CNAPS code of the branch"),
        filters=[trimmed],
        validators=[DataRequired(_("Give the CNAPS code.")), Length(max=20)],
        render_kw={"inputmode": "numeric"},
    )
    connected_account = StringField(
        _("Stripe account (optional)"),
        filters=[trimmed],
        validators=[Length(max=80)],
        render_kw={"autocomplete": "off", "spellcheck": "false"},
    )
