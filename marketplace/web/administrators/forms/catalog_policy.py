"""The thresholds of course review and class filing."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import HiddenField, IntegerField, StringField
from wtforms.validators import InputRequired, Length, NumberRange, Regexp

from marketplace.catalog.course_policy import CLAUSE_LENGTH_MAX, POLICY_FIELDS
from marketplace.edge.formats import sentence


class CatalogPolicyForm(FlaskForm):  # type: ignore[misc]
    """One whole number per setting, and the text that sets them."""

    filing_days_min = IntegerField(validators=[InputRequired(_("Write a whole number."))])
    price_above_median_percent = IntegerField(
        validators=[InputRequired(_("Write a whole number."))]
    )
    comparables_min = IntegerField(validators=[InputRequired(_("Write a whole number."))])
    price_rise_percent = IntegerField(validators=[InputRequired(_("Write a whole number."))])
    title_likeness_percent = IntegerField(validators=[InputRequired(_("Write a whole number."))])
    description_likeness_percent = IntegerField(
        validators=[InputRequired(_("Write a whole number."))]
    )
    clause = StringField(
        _("Decision or clause"),
        validators=[
            InputRequired(_("Name the decision or clause by which this is set.")),
            Length(max=CLAUSE_LENGTH_MAX),
        ],
    )
    based_on = HiddenField(validators=[Regexp(r"^[0-9]{1,6}$")])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, setting in POLICY_FIELDS.items():
            self[name].label.text = sentence(setting.label)
            self[name].description = sentence(setting.help)
            bounds = NumberRange(
                setting.least,
                setting.most,
                _("A whole number from %(min)s to %(max)s.", min=setting.least, max=setting.most),
            )
            self[name].validators = [*self[name].validators, bounds]
