"""Reading heads that were kept elsewhere."""

from __future__ import annotations

import json
import re
from typing import Any, TypeGuard

from marketplace.foundation.errors import Refusal, Refused

ANCHOR_BYTES_MAX = 64 * 1024 * 1024
_HEAD = re.compile(r"[0-9a-f]{64}")


def read_anchors(content: bytes, *, name: str) -> dict[int, str]:
    """Heads by height, from one head or the published list. Refuses what holds none."""
    try:
        document = json.loads(content) if len(content) <= ANCHOR_BYTES_MAX else None
    except (ValueError, RecursionError):
        document = None
    items: Any = document.get("blocks", [document]) if isinstance(document, dict) else []
    found = {
        item["height"]: item["head"]
        for item in (items if isinstance(items, list) else [document])
        if _is_head(item)
    }
    if not found:
        raise Refused(Refusal("anchor_unreadable", {"name": name}, field="anchor"))
    return found


def _is_head(item: Any) -> TypeGuard[dict[str, Any]]:
    return (
        isinstance(item, dict)
        and type(item.get("height")) is int
        and item["height"] >= 1
        and isinstance(item.get("head"), str)
        and _HEAD.fullmatch(item["head"]) is not None
    )
