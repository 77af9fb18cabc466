"""Hostile workbooks are refused by name before any parser sees them."""

from __future__ import annotations

import io
import struct
import zipfile

import pytest

from marketplace.foundation.archives import refuse_hostile_workbook
from marketplace.foundation.errors import Refused

MAIN = "application/vnd.openxmlformats-officedocument.spreadsheetml"
MACROS = "application/vnd.ms-excel.sheet.macroEnabled.main+xml"
SHEET = "xl/worksheets/sheet1.xml"


def types(book=f"{MAIN}.sheet.main+xml"):
    parts = {"/xl/workbook.xml": book, f"/{SHEET}": f"{MAIN}.worksheet+xml",
             "/xl/sharedStrings.xml": f"{MAIN}.sharedStrings+xml",
             "/xl/styles.xml": f"{MAIN}.styles+xml"}  # fmt: skip
    entries = "".join(
        f'<Override PartName="{part}" ContentType="{kind}"/>' for part, kind in parts.items()
    )
    return f'<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">{entries}</Types>'


def workbook(changes=None):
    parts = {"[Content_Types].xml": types(), "xl/workbook.xml": "<workbook/>",
             SHEET: "<worksheet/>"} | (changes or {})  # fmt: skip
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return content.getvalue()


def refused(content: bytes) -> tuple[str, ...]:
    with pytest.raises(Refused) as reason:
        refuse_hostile_workbook(io.BytesIO(content), "f.xlsx")
    return reason.value.codes


def lying(content: bytes, part: str, size: int) -> bytes:
    """The same archive, a part of which states another size, as in a forged directory."""
    for signature, offset, name_at in ((b"PK\x01\x02", 24, 46), (b"PK\x03\x04", 22, 30)):
        at = -1
        while (at := content.find(signature, at + 1)) >= 0:
            if content[at + name_at :].startswith(part.encode()):
                content = (
                    content[: at + offset] + struct.pack("<I", size) + content[at + offset + 4 :]
                )
    return content


def test_an_honest_workbook_passes():
    refuse_hostile_workbook(io.BytesIO(workbook()), "f.xlsx")


BOMB = bytes(8 * 1024 * 1024)
HOSTILE = {
    "a bomb": (workbook({SHEET: BOMB}), "spreadsheet_too_large"),
    "a bomb that says it is small": (
        lying(workbook({SHEET: BOMB}), SHEET, 100), "spreadsheet_too_large",
    ),
    "a size that is a lie": (
        lying(workbook({SHEET: b"x" * 5_000}), SHEET, 100), "spreadsheet_broken",
    ),
    "styles that are parsed whole": (
        workbook({"xl/styles.xml": "<a b='%s'/>" % ("x1y2z3" * 1_500_000)}),
        "spreadsheet_too_large",
    ),
    "macros by type": (
        workbook({"[Content_Types].xml": types(MACROS)}),
        "spreadsheet_macros",
    ),
    "macros by part": (workbook({"xl/vbaProject.bin": "x"}), "spreadsheet_macros"),
    "another archive": (workbook({"[Content_Types].xml": "<Types/>"}), "table_wrong_type"),
    "no archive": (b"PK\x03\x04" + b"\x00" * 200, "spreadsheet_broken"),
    "half a workbook": (workbook()[:-40], "spreadsheet_broken"),
    "entities": (
        workbook({"[Content_Types].xml": '<!DOCTYPE x [<!ENTITY a "b">]><Types>&a;</Types>'}),
        "spreadsheet_broken",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_workbook_is_refused_by_name(name):
    content, code = HOSTILE[name]
    assert refused(content) == (code,)


def test_an_encrypted_part_is_refused():
    content = bytearray(workbook())
    at = content.find(b"PK\x01\x02")
    content[at + 8] |= 1
    assert refused(bytes(content)) == ("spreadsheet_encrypted",)
