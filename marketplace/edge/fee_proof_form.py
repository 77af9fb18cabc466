"""The form in which a receipt for an assessment fee is handed in: by the person, or for them."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import DateField, StringField
from wtforms.validators import InputRequired, Length

from marketplace.benefits.proofs.operations import PaidFee
from marketplace.foundation.errors import N_, Refusal, Refused
from marketplace.foundation.money import fen_from_text


class FeeProofForm(FlaskForm):  # type: ignore[misc]
    """Amount, day, number and a photo of the receipt."""

    amount = StringField(
        _("What you paid"),
        validators=[InputRequired(_("Please enter the amount.")), Length(max=20)],
        render_kw={"inputmode": "decimal", "autocomplete": "off"},
    )
    paid_on = DateField(_("Paid on"), validators=[InputRequired(_("Please enter the day."))])
    receipt = StringField(
        _("Number of the receipt or invoice"),
        validators=[InputRequired(_("Please enter the number.")), Length(max=60)],
        render_kw={"autocomplete": "off"},
    )
    document = FileField(
        _("Photo or PDF of the receipt"),
        validators=[FileRequired(_("Please choose a file."))],
        description=_("JPEG, PNG or PDF, at most 5 MB. It is kept encrypted."),
        render_kw={"accept": "image/jpeg,image/png,application/pdf"},
    )

    def paid(self) -> PaidFee:
        """What was typed. Refuses an amount that is none (`not_an_amount`)."""
        try:
            amount_fen = fen_from_text((self.amount.data or "").strip())
        except ValueError as error:
            refusal = Refusal("not_an_amount", {"label": N_("Amount")}, field="amount")
            raise Refused(refusal) from error
        upload = self.document.data
        content = upload.read()
        upload.close()
        return PaidFee(
            amount_fen,
            self.paid_on.data,
            self.receipt.data,
            upload.filename or "",
            upload.mimetype or "",
            content,
        )
