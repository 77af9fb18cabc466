"""Making a personal API token."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import IntegerField, SelectMultipleField, StringField
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired, Length
from wtforms.widgets import CheckboxInput, ListWidget

from marketplace.people.states import ApiScope


class MultiCheckboxField(SelectMultipleField):  # type: ignore[misc]
    """Several choices as boxes to tick; the form macros know it by this name."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class ApiTokenForm(FlaskForm):  # type: ignore[misc]
    """What the token is for, and how long."""

    name = StringField(
        _("Name of the program"),
        validators=[InputRequired(_("Please name the program.")), Length(max=80)],
    )
    scopes = MultiCheckboxField(
        _("It may"),
        choices=[
            SelectChoice(ApiScope.READ.value, _("read what I may read")),
            SelectChoice(ApiScope.REDEEM.value, _("redeem vouchers for my institution")),
            SelectChoice(ApiScope.ATTENDANCE.value, _("send online hours of my institution")),
        ],
        default=[ApiScope.READ.value],
    )
    days = IntegerField(_("Days until it ends"), default=90, validators=[InputRequired()])
