"""Everyday words: the shipped list, and lists that administrators bring as CSV."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import yaml

from marketplace.foundation.text import normal_form

SHIPPED = Path(__file__).resolve().parents[1] / "synonyms.yaml"
WORD_LENGTH_MAX = 60
TARGETS_MAX = 6


@lru_cache(maxsize=1)
def read_shipped_synonyms() -> dict[str, tuple[str, ...]]:
    """Everyday word in normal form -> the official words, as shipped with the product."""
    written = yaml.safe_load(SHIPPED.read_text(encoding="utf-8"))
    return {normal_form(str(word)): tuple(map(str, targets)) for word, targets in written.items()}


def split_targets(text: str) -> list[str]:
    """`养老护理；医疗护理员` or one a line -> the words."""
    for mark in ("；", ";", "、", "\n", "|"):
        text = text.replace(mark, "\n")
    found = [" ".join(line.split()) for line in text.split("\n")]
    return list(dict.fromkeys(word for word in found if word))
