"""What notices say: every room lists its kinds of notice with their English sentence."""

from __future__ import annotations

from collections.abc import Mapping

NOTICE_TEXTS: dict[str, str] = {}
"""Every kind of notice -> its sentence with %(named)s parameters, translated when shown."""


def register_notice_texts(texts: Mapping[str, str]) -> None:
    """Add a room's notices; a kind means one thing in the whole product."""
    for kind, text in texts.items():
        if NOTICE_TEXTS.get(kind, text) != text:
            raise RuntimeError(f"notice {kind} has two meanings")
        NOTICE_TEXTS[kind] = text
