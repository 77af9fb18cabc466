"""Looking into a spreadsheet before anything parses it: what it is, and how large it really is.

A ZIP states the size of its parts, and may lie: every byte is inflated and counted here, nothing
is kept, and the count stops at the first limit. Only what passes is given to a parser.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import BinaryIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException

from marketplace.foundation.errors import Refusal, Refused

INFLATED_BYTES_MAX = 256 * 1024 * 1024
"""100,000 rows of 20 columns inflate to about 90 MiB."""
STRINGS_BYTES_MAX = 48 * 1024 * 1024
"""The table of shared texts is held in memory while a sheet is read."""
PART_BYTES_MAX = 8 * 1024 * 1024
"""Any other part is parsed whole: styles, the list of sheets."""
RATIO_MAX = 200
"""Honest sheets shrink to a tenth or a fortieth, a bomb to a thousandth."""
RATIO_FROM_BYTES = 4 * 1024 * 1024
PARTS_MAX = 2_000
_BLOCK = 1 << 16
_ENCRYPTED = 0x1
_LOCAL_HEADER = 30
_SHEET = "spreadsheetml.worksheet+xml"
_STRINGS = "spreadsheetml.sharedStrings+xml"
_TYPES_PART = "[Content_Types].xml"
_BOOK_TYPE = "officedocument.spreadsheetml"


def refuse_hostile_workbook(file: BinaryIO, name: str) -> None:
    """Refuse what is not a plain XLSX: bombs, lying sizes, macros, encryption, other archives."""
    try:
        with ZipFile(file) as archive:
            _look_at(archive, file, name)
    except (BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, ValueError) as error:
        raise Refused(Refusal("spreadsheet_broken", {"name": name})) from error


def _look_at(archive: ZipFile, file: BinaryIO, name: str) -> None:
    parts = archive.infolist()
    if any(part.flag_bits & _ENCRYPTED for part in parts):
        raise Refused(Refusal("spreadsheet_encrypted", {"name": name}))
    names = {part.filename.lower() for part in parts}
    if _TYPES_PART.lower() not in names or len(names) != len(parts) or len(parts) > PARTS_MAX:
        raise Refused(Refusal("table_wrong_type", {"name": name, "found": "ZIP"}))
    total = 0
    sizes: dict[str, int] = {}
    for part in parts:
        size = _real_size(part, file, name, total)
        sizes["/" + part.filename.lower()] = size
        total += size
    _judge_parts(_types_of(archive.read(_TYPES_PART)), sizes, name)


def _real_size(part: ZipInfo, file: BinaryIO, name: str, so_far: int) -> int:
    """Bytes a part really inflates to, which must be what it states."""
    size, check = 0, 0
    for block in _inflate(part, file):
        size += len(block)
        check = zlib.crc32(block, check)
        is_bomb = size > RATIO_FROM_BYTES and size > RATIO_MAX * max(part.compress_size, 1)
        if is_bomb or so_far + size > INFLATED_BYTES_MAX:
            raise Refused(Refusal("spreadsheet_too_large", {"name": name}))
    if size != part.file_size or check != part.CRC:
        raise Refused(Refusal("spreadsheet_broken", {"name": name}))
    return size


def _inflate(part: ZipInfo, file: BinaryIO) -> Iterator[bytes]:
    """The content of a part, block by block, whatever size its header states."""
    if part.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
        raise BadZipFile("another compression")
    file.seek(part.header_offset)
    header = file.read(_LOCAL_HEADER)
    if len(header) < _LOCAL_HEADER or not header.startswith(b"PK\x03\x04"):
        raise BadZipFile("no local header")
    lengths = int.from_bytes(header[26:28], "little") + int.from_bytes(header[28:30], "little")
    file.seek(lengths, 1)
    left = part.compress_size
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    while left > 0 and (raw := file.read(min(_BLOCK, left))):
        left -= len(raw)
        if part.compress_type == ZIP_STORED:
            yield raw
            continue
        while raw:
            yield inflater.decompress(raw, _BLOCK)
            raw = inflater.unconsumed_tail
    if part.compress_type == ZIP_DEFLATED:
        yield inflater.flush()


def _types_of(content: bytes) -> dict[str, str]:
    """Which part is of which type, as the package states it."""
    if len(content) > PART_BYTES_MAX:
        raise ValueError("too many parts")
    try:
        root = ElementTree.fromstring(content)
    except (ElementTree.ParseError, DefusedXmlException) as error:
        raise BadZipFile("no list of parts") from error
    return {
        str(entry.get("PartName", "")).lower(): str(entry.get("ContentType", ""))
        for entry in root
        if entry.tag.endswith("}Override")
    }


def _judge_parts(types: dict[str, str], sizes: dict[str, int], name: str) -> None:
    if any("macroEnabled" in kind or "vbaProject" in kind for kind in types.values()) or any(
        "vbaproject" in part for part in sizes
    ):
        raise Refused(Refusal("spreadsheet_macros", {"name": name}))
    if not any(_BOOK_TYPE in kind for kind in types.values()):
        raise Refused(Refusal("table_wrong_type", {"name": name, "found": "ZIP"}))
    for part, size in sizes.items():
        kind = types.get(part, "")
        if kind.endswith(_SHEET):
            continue
        limit = STRINGS_BYTES_MAX if kind.endswith(_STRINGS) else PART_BYTES_MAX
        if size > limit and (kind or part.endswith((".xml", ".rels"))):
            raise Refused(Refusal("spreadsheet_too_large", {"name": name}))
