"""Forms of schemes and vouchers."""

from __future__ import annotations

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import HiddenField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length

from marketplace.vouchers.rules.pack import PACK_BYTES_MAX


class LoadSchemeForm(FlaskForm):  # type: ignore[misc]
    """A policy pack, as a file or pasted."""

    file = FileField(lazy_gettext("YAML file"))
    text = TextAreaField(lazy_gettext("Or paste the text"), validators=[Length(max=PACK_BYTES_MAX)])


class PublishSchemeForm(FlaskForm):  # type: ignore[misc]
    """The previewed pack, to be published unchanged."""

    text = HiddenField(validators=[DataRequired(), Length(max=PACK_BYTES_MAX)])


class IssueVoucherForm(FlaskForm):  # type: ignore[misc]
    """Whom to give a voucher."""

    worker_code = StringField(
        lazy_gettext("Job seeker's code"),
        validators=[
            DataRequired(lazy_gettext("Enter the code of the job seeker.")),
            Length(max=40),
        ],
    )


class RevokeVoucherForm(FlaskForm):  # type: ignore[misc]
    """Why a voucher is taken back."""

    reason = StringField(
        lazy_gettext("Reason"), validators=[DataRequired(lazy_gettext("Say why.")), Length(max=500)]
    )
