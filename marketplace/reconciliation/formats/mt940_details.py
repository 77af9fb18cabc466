"""Field 86, information to the account owner: what banks make of six lines of 65 characters.

Three habits: subfields after a separator (`166?20EREF+…?32NAME`, Germany, Poland, Austria), words
between slashes (`/EREF/…//NAME/…`, Netherlands, many global banks), and free text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from marketplace.foundation.text import tidy
from marketplace.reconciliation.rules.matching import OUR_REFERENCE

_STRUCTURED = re.compile(r"\s*(\d{3})\s*([^\w\s/.,;:'\"()-])\s*(?=\d\s*\d)")
_KEYS = "EREF|KREF|MREF|BREF|RREF|CRED|DEBT|COAM|OAMT|SVWZ|ABWA|ABWE|IBAN|BIC|PURP|ORCR|ORMR|DDAT"
_KEY = re.compile(rf"({_KEYS})[+:]")
_SLASHED = re.compile(r"/([A-Z]{3,4})/")
_TEXT_SUBFIELDS = [*range(20, 30), *range(60, 64)]
_NONE = {"NOTPROVIDED", "NONREF", "NONE", ""}
_RETURN = re.compile(r"\b(?:RTRN|RTN|RETURN REASON|退票|退汇)\W{0,3}([A-Z]{2}\d{2})\b")


@dataclass(frozen=True, slots=True)
class Details:
    """What field 86 tells about one entry."""

    end_to_end_id: str | None
    name: str | None
    remittance: str | None
    return_code: str | None


def read_details(text: str, supplement: str) -> Details:
    """Read field 86, with the supplementary line of field 61 as a last resort."""
    joined = text.replace("\n", "")
    structured = _STRUCTURED.match(joined)
    if structured:
        reference, name, words = _from_subfields(joined, structured[2])
    elif _SLASHED.search(joined):
        reference, name, words = _from_slashes(joined)
    else:
        reference, name, words = None, None, text
    # A reference of ours may be cut by the end of a line: then it stands in the joined text.
    places = (text, joined, supplement)
    ours = next((found for place in places if (found := OUR_REFERENCE.search(place))), None)
    code = _RETURN.search(joined)
    plain = tidy(words.replace("\n", " ")) or tidy(supplement.replace("\n", " "))
    return Details(
        end_to_end_id=ours.group() if ours else _reference(reference),
        name=tidy(name or "")[:200] or None,
        remittance=plain[:500] or None,
        return_code=code[1] if code else None,
    )


def _from_subfields(joined: str, mark: str) -> tuple[str | None, str | None, str]:
    fields: dict[int, str] = {}
    parts = re.split(rf"{re.escape(mark)}\s*(\d)\s*(\d)", joined)
    for tens, ones, value in zip(parts[1::3], parts[2::3], parts[3::3], strict=True):
        number = int(tens + ones)
        fields[number] = fields.get(number, "") + value
    words = "".join(fields.get(number, "") for number in _TEXT_SUBFIELDS)
    name = f"{fields.get(32, '')}{fields.get(33, '')}"
    return _keyed(words, "EREF"), name, words or fields.get(0, "")


def _from_slashes(joined: str) -> tuple[str | None, str | None, str]:
    parts = _SLASHED.split(joined)
    values: dict[str, str] = {}
    for key, value in zip(parts[1::2], parts[2::2], strict=True):
        values.setdefault(key, value.strip("/ "))
    words = values.get("REMI") or values.get("SVWZ") or values.get("ROC") or joined
    return values.get("EREF"), values.get("NAME") or values.get("BENM"), words


def _keyed(words: str, key: str) -> str | None:
    """The value behind `EREF+`, up to the next such key."""
    parts = _KEY.split(words)
    for found, value in zip(parts[1::2], parts[2::2], strict=True):
        if found == key:
            return value
    return None


def _reference(text: str | None) -> str | None:
    reference = tidy(text or "")[:35].strip()
    return None if reference.upper() in _NONE else reference
