"""Which format is this? Decided by what the file says, not by its name."""

from __future__ import annotations

import re

from marketplace.reconciliation.formats.bank_tables import parse_bank_table
from marketplace.reconciliation.formats.camt import parse_camt
from marketplace.reconciliation.formats.mt940 import looks_like_mt940, parse_mt940
from marketplace.reconciliation.formats.statements import FileProblem, ParsedFile

FILE_BYTES_MAX = 64 * 1024 * 1024
FORMATS = ("auto", "camt.052", "camt.053", "camt.054", "mt940", "csv", "xls", "xlsx")
_DECLARED = re.compile(rb"^\s*<\?xml[^>]*encoding=[\"']([A-Za-z0-9_-]+)[\"']")
_REWRITTEN = {"gb18030", "gbk", "gb2312", "big5"}
"""Encodings of Chinese banks that the XML parser does not read by itself."""
_TABLE_MARKUP = re.compile(
    rb"<\s*(?:!doctype\s+html|html|head|body|meta|table|div|style)\b"
    rb"|urn:schemas-microsoft-com:office:spreadsheet",
    re.I,
)
_CONTROL = {number: None for number in range(32) if number not in (9, 10, 13)}
_CHINESE = re.compile("[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]")
_WORD = re.compile("[\u4e00-\u9fff]{2}")
_WRAPPED_AS_XLS = ("html", "xml")
"""What banks name .xls though it is markup."""


def parse_statement_file(content: bytes, *, wanted: str = "auto") -> ParsedFile:
    """Read a statement file of any known format; otherwise say that the format is unknown.

    `wanted` is one of FORMATS; a file that turns out to be another one is refused.
    """
    parsed = _parse(content)
    if wanted != "auto" and parsed.format != "unknown" and not _is(parsed.format, wanted):
        words = {"found": parsed.format, "wanted": wanted}
        return ParsedFile(parsed.format, problems=(FileProblem("other_format", params=words),))
    return parsed


def _is(found: str, wanted: str) -> bool:
    kind = found.rpartition(".")[2]
    if wanted == "mt940":
        return found in ("mt940", "mt942")
    if wanted in ("csv", "xlsx"):
        return kind == wanted
    return kind in ("xls", *_WRAPPED_AS_XLS) if wanted == "xls" else found.startswith(wanted)


def _parse(content: bytes) -> ParsedFile:
    if not content.strip(b" \t\r\n\x00\xef\xbb\xbf"):
        return _unknown("statement_file_empty")
    if len(content) > FILE_BYTES_MAX:
        return _unknown("statement_file_too_large")
    if content.lstrip().startswith(b"%PDF"):
        return _unknown("pdf_statement")
    if _looks_like_xml(content) and not _TABLE_MARKUP.search(content[:4096]):
        parsed = parse_camt(_readable(content))
        if any(problem.code == "unknown_format" for problem in parsed.problems):
            return ParsedFile("unknown", problems=parsed.problems)
        return parsed
    text = swift_text(content)
    if looks_like_mt940(text):
        return parse_mt940(text)
    table = parse_bank_table(content)
    return table if table is not None else _unknown("unknown_format")


def _unknown(code: str) -> ParsedFile:
    return ParsedFile("unknown", problems=(FileProblem(code),))


def swift_text(content: bytes) -> str:
    """The text of a SWIFT message: UTF-8, the GBK of a Chinese bank, or the bytes of Latin 1."""
    text = content.decode("latin-1")
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            decoded = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if encoding == "utf-8-sig" or _is_chinese(decoded):
            text = decoded
            break
    return text.replace("\r\n", "\n").replace("\r", "\n").translate(_CONTROL)


def _is_chinese(decoded: str) -> bool:
    """Bytes of Latin 1 are often valid GBK too, but make lone or rare characters of it."""
    strange = [letter for letter in decoded if not letter.isascii()]
    return all(_CHINESE.match(letter) for letter in strange) and bool(_WORD.search(decoded))


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
