"""Large print, and ways back that stay on our own site."""

from __future__ import annotations

import re

from flask import request

LARGE_PRINT_COOKIE = "large_print"
YEAR = 365 * 24 * 3600

# A path of ours: one slash, then no second slash or backslash (browsers read both as a host).
_OWN_PATH = re.compile(r"/(?![/\\])[^\x00-\x20\x7f\\]*")


def large_print() -> bool:
    """The reader asked for 长辈模式."""
    return request.cookies.get(LARGE_PRINT_COOKIE) == "1"


def safe_path(path: str | None, otherwise: str = "/") -> str:
    """A way back given by the browser, if it stays on this site; else the front page."""
    if path and len(path) <= 2000 and _OWN_PATH.fullmatch(path):
        return path.rstrip("?") or otherwise
    return otherwise
