"""Forms of schemes and vouchers."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import HiddenField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length

from marketplace.vouchers.rules.pack import PACK_BYTES_MAX


class LoadSchemeForm(FlaskForm):  # type: ignore[misc]
    """A policy pack, as a file or pasted."""

    file = FileField(_l("YAML file"))
    text = TextAreaField(_l("Or paste the text"), validators=[Length(max=PACK_BYTES_MAX)])


class PublishSchemeForm(FlaskForm):  # type: ignore[misc]
    """The previewed pack, to be published unchanged."""

    text = HiddenField(validators=[DataRequired(), Length(max=PACK_BYTES_MAX)])


class IssueVoucherForm(FlaskForm):  # type: ignore[misc]
    """Whom to give a voucher."""

    worker_code = StringField(
        _l("Job seeker's code"),
        validators=[DataRequired(_l("Enter the code of the job seeker.")), Length(max=40)],
    )


class RevokeVoucherForm(FlaskForm):  # type: ignore[misc]
    """Why a voucher is taken back."""

    reason = StringField(_l("Reason"), validators=[DataRequired(_l("Say why.")), Length(max=500)])
