"""Refusals on forms: each reason with its remedy beside its field, the others on top."""

from __future__ import annotations

from typing import Any

from marketplace.edge.answers import refusal_sentence, remedy_sentence
from marketplace.foundation.errors import Refusal, Refused


def show_reasons(form: Any, refused: Refused) -> None:
    """Put every reason of a refusal where the reader can mend it."""
    for refusal in refused.refusals:
        if refusal.field and refusal.field in form:
            entry = form[refusal.field]
            entry.errors = [*entry.errors, _with_remedy(refusal)]
        else:
            form.form_errors.append(_with_remedy(refusal))


def rules_of(refused: Refused) -> tuple[str, ...]:
    """Which rules say so, each once."""
    return tuple(dict.fromkeys(refusal.rule for refusal in refused.refusals if refusal.rule))


def _with_remedy(refusal: Refusal) -> str:
    """The reason, and the nearest change that would help, if there is one."""
    remedy = remedy_sentence(refusal)
    return f"{refusal_sentence(refusal)} {remedy}" if remedy else refusal_sentence(refusal)
