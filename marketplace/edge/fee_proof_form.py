"""The form in which a receipt for an assessment fee is handed in: by the person, or for them."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from flask_wtf.file import FileField, FileRequired
from wtforms import DateField, StringField
from wtforms.validators import InputRequired, Length

from marketplace.benefits.proofs.operations import PaidFee
from marketplace.edge.amount_form import TypedAmountForm
from marketplace.foundation.money import fen_from_text


class FeeProofForm(TypedAmountForm):
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
        """What was typed, once valid."""
        upload = self.document.data
        content = upload.read()
        upload.close()
        return PaidFee(
            fen_from_text(self.amount.data.strip()),
            self.paid_on.data,
            self.receipt.data,
            upload.filename or "",
            upload.mimetype or "",
            content,
        )
