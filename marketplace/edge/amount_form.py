"""A form with one amount of money, read as strictly as everywhere."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import StringField
from wtforms.validators import ValidationError

from marketplace.foundation.money import fen_from_text


class TypedAmountForm(FlaskForm):  # type: ignore[misc]
    """Has a field `amount`, in yuan as people type it."""

    def validate_amount(self, entry: StringField) -> None:
        """Told together with whatever else is wrong, not after that was put right."""
        try:
            fen_from_text((entry.data or "").strip())
        except ValueError as error:
            raise ValidationError(
                _("This is not an amount. Write it like 1234.50, without separators.")
            ) from error
