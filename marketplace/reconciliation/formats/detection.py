"""Which format is this? Decided by what the file says, not by its name."""

from __future__ import annotations

import re

from marketplace.reconciliation.formats.camt053 import parse_camt053
from marketplace.reconciliation.formats.statements import FileProblem, ParsedFile

FILE_BYTES_MAX = 64 * 1024 * 1024
FORMATS = ("auto", "camt.053")
_DECLARED = re.compile(rb"^\s*<\?xml[^>]*encoding=[\"']([A-Za-z0-9_-]+)[\"']")
_REWRITTEN = {"gb18030", "gbk", "gb2312", "big5"}
"""Encodings of Chinese banks that the XML parser does not read by itself."""


def parse_statement_file(content: bytes) -> ParsedFile:
    """Read a statement file of any known format; otherwise say that the format is unknown."""
    if not content.strip():
        return ParsedFile("unknown", problems=(FileProblem("statement_file_empty"),))
    if len(content) > FILE_BYTES_MAX:
        return ParsedFile("unknown", problems=(FileProblem("statement_file_too_large"),))
    if not _looks_like_xml(content):
        return ParsedFile("unknown", problems=(FileProblem("unknown_format"),))
    parsed = parse_camt053(_readable(content))
    if any(problem.code == "unknown_format" for problem in parsed.problems):
        return ParsedFile("unknown", problems=parsed.problems)
    return parsed


def _looks_like_xml(content: bytes) -> bool:
    start = content[:64].removeprefix(b"\xef\xbb\xbf").replace(b"\x00", b"").lstrip()
    return start.removeprefix(b"\xff\xfe").removeprefix(b"\xfe\xff").lstrip().startswith(b"<")


def _readable(content: bytes) -> bytes:
    """The same document in UTF-8 when it declares a Chinese encoding."""
    declared = _DECLARED.match(content[:200])
    if declared is None or declared[1].decode().lower() not in _REWRITTEN:
        return content
    text = content.decode("gb18030" if declared[1].lower() != b"big5" else "big5", "replace")
    return re.sub(r"^\s*<\?xml[^>]*\?>", "", text, count=1).encode()
