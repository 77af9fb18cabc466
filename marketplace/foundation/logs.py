"""Logging: one JSON line per event on stderr, never with a personal number in it."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any, TextIO

import structlog

_DIGITS = re.compile(r"(?<!\d)\d(?:[ \-]?\d){10,}[Xx]?(?!\d)")
"""A run of eleven or more digits, perhaps grouped by single spaces or hyphens."""

PERSONAL_LENGTHS = {11, 15, 16, 17, 18, 19}
"""Mobile phone 11; resident ID 15, 17 without check character, 18; bank card 16 to 19."""


def configure_logging(stream: TextIO | None = None) -> None:
    """Send our events and those of every library through one masked JSON formatter."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
        mask_personal_numbers,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            mask_personal_numbers,
            structlog.processors.JSONRenderer(ensure_ascii=False, default=str),
        ],
    )
    handler = MaskedHandler(stream or sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    for earlier in [known for known in root.handlers if isinstance(known, MaskedHandler)]:
        root.removeHandler(earlier)
    root.addHandler(handler)
    logging.getLogger("marketplace").setLevel(logging.INFO)


class MaskedHandler(logging.StreamHandler[TextIO]):
    """Our own handler, so that configuring twice replaces it."""


def mask_personal_numbers(
    _logger: Any, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Blacken whatever looks like an ID number, a phone number or a bank card, in any value."""
    for key, value in event.items():
        if key not in ("at", "_record"):
            event[key] = value if key.endswith("_fen") else masked(value)
    return event


def masked(value: Any) -> Any:
    """A value without personal numbers; containers are looked through, anything else as text."""
    if value is None or isinstance(value, bool | float):
        return value
    if isinstance(value, int):
        text = str(value)
        return value if masked(text) == text else masked(text)
    if isinstance(value, Mapping):
        return {masked_text(str(key)): masked(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [masked(inner) for inner in value]
    if isinstance(value, bytes):
        return masked_text(value.decode("utf-8", "replace"))
    return masked_text(str(value))


def masked_text(text: str) -> str:
    """`call 19900000000 now` -> `call *** now`; not even the last digits stay."""
    return _DIGITS.sub(_blackened, text)


def _blackened(found: re.Match[str]) -> str:
    count = sum(character.isdigit() for character in found.group(0))
    return "***" if count in PERSONAL_LENGTHS or count > 19 else found.group(0)
