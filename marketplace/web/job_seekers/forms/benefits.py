"""What a person says against money that is taken back from them."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import TextAreaField
from wtforms.validators import InputRequired, Length

from marketplace.benefits.clawbacks.rules import WORDS_MAX


class DisputeClawbackForm(FlaskForm):  # type: ignore[misc]
    """Why it is wrong, in one's own words."""

    words = TextAreaField(
        _("What is wrong?"),
        validators=[InputRequired(_("Please say what is wrong.")), Length(max=WORDS_MAX)],
        render_kw={"rows": 5},
    )
