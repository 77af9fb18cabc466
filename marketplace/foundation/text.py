"""Text: normal form, masks, and the one tokeniser of search."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from functools import lru_cache
from threading import Lock

import snowballstemmer

_INVISIBLE = re.compile(
    "[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff\x00-\x08\x0b\x0c\x0e-\x1f]"
)
_CJK_RUN = re.compile("[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003134f]+")
_GAP = r"[ .\u00b7\u2010-\u2015-]?"
_PERSONAL_NUMBER = re.compile(
    "|".join(
        (
            # Resident ID number (GB 11643), also in groups: area, date of birth, serial, check.
            rf"\d{{6}}{_GAP}(?:18|19|20)\d{{2}}{_GAP}\d{{2}}{_GAP}\d{{2}}{_GAP}\d{{3}}{_GAP}[\dxX]",
            rf"\d{{4}}(?:{_GAP}\d{{4}}){{2,}}{_GAP}\d{{2,4}}(?!\d)",  # a card, in fours
            r"\d{14,}[xX]?",  # an old ID number, a card, a bank account
            rf"(?<!\d)(?:\+?86{_GAP})?1[3-9]\d{_GAP}\d{{4}}{_GAP}\d{{4}}(?!\d)",  # a mobile
            rf"(?<!\d)0\d{{2,3}}{_GAP}\d{{7,8}}(?!\d)",  # a telephone with its area
        )
    )
)
_TOKEN = re.compile(
    "[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003134f]+|[a-z0-9]{1,64}(?:[+#]{1,8})?"
)
"""A run of letters without end is many words: PostgreSQL indexes none above 2,046 bytes."""


_ACCENT = re.compile("[\u0300-\u036f]")
_STEMMER = snowballstemmer.stemmer("english")
_STEMMER_LOCK = Lock()


def tidy(text: str) -> str:
    """NFC, invisible, control and half characters out, white space folded and trimmed."""
    # Most text is tidy already: printable means no control, invisible or strange white space.
    composed = text.isascii() or unicodedata.is_normalized("NFC", text)
    if composed and text.isprintable() and "  " not in text:
        return text.strip(" ")
    normal = unicodedata.normalize("NFC", text)
    return re.sub(r"\s+", " ", _INVISIBLE.sub("", normal)).strip()


def is_number(text: str, *, digits_max: int = 15) -> bool:
    """Whether `int(text)` is a number that every database holds: plain digits, not `²` or `٣`."""
    return text.isascii() and text.isdigit() and len(text) <= digits_max


def day_from_text(text: str) -> date | None:
    """`2026-03-12`; none for what is no date, or lies outside 1900 to 2199: days are added to it
    and taken from it, and no calendar here reaches further."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if 1900 <= day.year < 2200 else None


def normal_form(text: str) -> str:
    """The form in which texts are compared: NFKC, lower case, tidy."""
    if text.isascii():
        return tidy(text).lower()
    return tidy(unicodedata.normalize("NFKC", text)).lower()


def tokens(text: str) -> list[str]:
    """Terms for the index: stems of Latin words; CJK runs as bigrams plus the last character.

    One character of Chinese is found by prefix (`电*`), longer queries as phrases of bigrams;
    the same function serves both databases, so they find the same things.
    """
    found: list[str] = []
    for piece in words(text):
        found += _terms_of(piece)
    return found


@lru_cache(maxsize=100_000)
def _terms_of(piece: str) -> tuple[str, ...]:
    """Terms of one run: a catalog says the same words again and again."""
    return (*bigrams(piece), piece[-1]) if is_cjk(piece) else (stem(piece),)


def words(text: str) -> list[str]:
    """The runs of a text: Latin words without accents, whole runs of Chinese; in normal form."""
    return _TOKEN.findall(_without_accents(normal_form(text)))


@lru_cache(maxsize=100_000)
def stem(word: str) -> str:
    """`welding` -> `weld`: English by the Snowball rules; `c++`, `3d` and Chinese stay."""
    if not word.isascii() or not word.isalpha():
        return word
    with _STEMMER_LOCK:  # it works on a buffer of its own
        return str(_STEMMER.stemWord(word))


def _without_accents(text: str) -> str:
    if text.isascii():
        return text
    return _ACCENT.sub("", unicodedata.normalize("NFD", text))


def is_cjk(word: str) -> bool:
    """Whether one of `words` is a run of Chinese: all others are of `a-z0-9`."""
    return not word.isascii()


def bigrams(word: str) -> list[str]:
    """`低压电工` -> `低压 压电 电工`; nothing of a single character."""
    return [word[i : i + 2] for i in range(len(word) - 1)]


def mask_id_number(number: str) -> str:
    """`99010119491231002X` -> `990101********002X`."""
    return number[:6] + "*" * max(len(number) - 10, 0) + number[-4:] if len(number) > 10 else "****"


def mask_phone(phone: str) -> str:
    """`13812345678` -> `138****5678`."""
    return phone[:3] + "****" + phone[-4:] if len(phone) >= 8 else "****"


def mask_name(name: str) -> str:
    """`张小明` -> `张**`; `Ann Lee` -> `A** L**`."""
    if not name:
        return ""
    if _CJK_RUN.match(name):
        return name[0] + "*" * max(len(name) - 1, 1)
    return " ".join(word[0] + "**" for word in name.split())


def mask_bank_account(number: str) -> str:
    """`6222020200012345678` -> `**** 5678`."""
    return "**** " + number[-4:] if len(number) >= 8 else "****"


def cut_personal_numbers(text: str) -> str:
    """Free text without numbers that point at a person: ID, telephone, card, bank account.

    Each keeps its last two digits, so that the writer still knows which one was meant. Days,
    amounts, places and our own codes stay. Full-width digits count like others.
    """
    ascii_digits = "".join(str(unicodedata.decimal(letter, letter)) for letter in text)
    return _PERSONAL_NUMBER.sub(lambda number: f"****{number.group()[-2:]}", ascii_digits)
