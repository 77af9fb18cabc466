"""Refusals on forms: each reason beside its field, the others on top."""

from __future__ import annotations

from typing import Any

from marketplace.edge.answers import refusal_sentence
from marketplace.foundation.errors import Refused


def show_reasons(form: Any, refused: Refused) -> None:
    """Put every reason of a refusal where the reader can mend it."""
    for refusal in refused.refusals:
        if refusal.field and refusal.field in form:
            entry = form[refusal.field]
            entry.errors = [*entry.errors, refusal_sentence(refusal)]
        else:
            form.form_errors.append(refusal_sentence(refusal))
