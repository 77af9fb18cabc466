"""Files that hold a policy pack, or a list of codes."""

from __future__ import annotations

from pathlib import Path

from marketplace.foundation.errors import Refusal, Refused


def read_text(file: Path) -> str:
    """A pack's text; anything but UTF-8 is refused."""
    try:
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise Refused(Refusal("pack_not_utf8")) from error
