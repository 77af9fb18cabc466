"""Reasons as rows keep them: a refusal and back again, so that a page tells it in the reader's
language whenever it is read."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from marketplace.foundation.errors import Refusal
from marketplace.foundation.money import Money


def stored_refusal(refusal: Refusal) -> dict[str, Any]:
    """A reason as a row keeps it, with its values."""
    return {
        "code": refusal.code,
        "rule": refusal.rule,
        "remedy": refusal.remedy,
        "params": {name: _stored(value) for name, value in refusal.params.items()},
    }


def refusal_from(stored: Mapping[str, Any]) -> Refusal:
    """The reason again."""
    params = {name: _read(value) for name, value in stored["params"].items()}
    return Refusal(stored["code"], params, rule=stored["rule"], remedy=stored["remedy"])


def _stored(value: Any) -> Any:
    match value:
        case Money(fen=fen, currency=currency):
            return {"fen": fen, "currency": currency}
        case date():
            return {"day": value.isoformat()}
        case tuple() | list():
            return [str(part) for part in value]
        case dict():
            return {"words": value}
    return value


def _read(value: Any) -> Any:
    match value:
        case {"fen": int(fen), "currency": str(currency)}:
            return Money(fen, currency)
        case {"day": str(day)}:
            return date.fromisoformat(day)
        case {"words": dict(words)}:
            return words
        case list():
            return tuple(value)
    return value
