"""The settings of claims and advances."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import HiddenField, IntegerField, StringField
from wtforms.validators import InputRequired, Length, NumberRange, Regexp

from marketplace.claims.rules.policy import CLAIM_POLICY_FIELDS, CLAUSE_LENGTH_MAX
from marketplace.edge.formats import sentence


def _whole() -> IntegerField:
    return IntegerField(validators=[InputRequired(_("Write a whole number."))])


class ClaimPolicyForm(FlaskForm):  # type: ignore[misc]
    """One whole number per setting, and the text that sets them."""

    claims_required = _whole()
    claim_within_days = _whole()
    check_days = _whole()
    notice_days = _whole()
    approve_days = _whole()
    pay_days = _whole()
    low_risk_amount = _whole()
    unrated_sample_percent = _whole()
    large_extra_percent = _whole()
    advance_percent_max = _whole()
    unrated_advance_percent = _whole()
    advance_clear_days = _whole()
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
        for name, setting in CLAIM_POLICY_FIELDS.items():
            self[name].label.text = sentence(setting.label)
            self[name].description = sentence(setting.help)
            bounds = NumberRange(
                setting.least,
                setting.most,
                _("A whole number from %(min)s to %(max)s.", min=setting.least, max=setting.most),
            )
            self[name].validators = [*self[name].validators, bounds]
