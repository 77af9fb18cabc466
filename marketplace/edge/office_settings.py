"""The form of settings an office sets by a dated row: one whole number each, and the clause."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import Field, HiddenField, IntegerField, StringField
from wtforms.validators import InputRequired, Length, NumberRange, Regexp

from marketplace.foundation.office_settings import (
    CLAUSE_LENGTH_MAX,
    OfficeSetting,
    OfficeSettings,
)


class OfficeSettingsForm(FlaskForm):  # type: ignore[misc]
    """Settings, the text by which they are set, and the number of the row they are based on."""

    def values(self, settings: OfficeSettings) -> dict[str, int]:
        """What was filled in, by the name of the setting."""
        return {name: self[name].data for name in settings}


def settings_form(settings: OfficeSettings) -> type[OfficeSettingsForm]:
    """The form of a room's settings, in their order, the clause last."""
    fields: dict[str, Field] = {name: _whole_number(one) for name, one in settings.items()}
    fields["clause"] = StringField(
        _("Decision or clause"),
        validators=[
            InputRequired(_("Name the decision or clause by which this is set.")),
            Length(max=CLAUSE_LENGTH_MAX),
        ],
    )
    fields["based_on"] = HiddenField(validators=[Regexp(r"^[0-9]{1,6}$")])
    return type("SettingsForm", (OfficeSettingsForm,), fields)


def _whole_number(setting: OfficeSetting) -> IntegerField:
    bounds = {"min": setting.least, "max": setting.most}
    return IntegerField(
        _(setting.label),
        description=_(setting.help),
        validators=[
            InputRequired(_("Write a whole number.")),
            NumberRange(**bounds, message=_("A whole number from %(min)s to %(max)s.", **bounds)),
        ],
    )
