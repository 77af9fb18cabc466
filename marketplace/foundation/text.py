"""Text: normal form, masks, and the one tokeniser of search."""

from __future__ import annotations

import re
import unicodedata

_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\x00-\x08\x0b\x0c\x0e-\x1f]")
_CJK_RUN = re.compile("[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003134f]+")
_TOKEN = re.compile("[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003134f]+|[a-z0-9]+(?:[+#]+)?")


def tidy(text: str) -> str:
    """NFC, invisible and control characters out, white space folded and trimmed."""
    normal = unicodedata.normalize("NFC", text)
    return re.sub(r"\s+", " ", _INVISIBLE.sub("", normal)).strip()


def normal_form(text: str) -> str:
    """The form in which texts are compared: NFKC, lower case, tidy."""
    return tidy(unicodedata.normalize("NFKC", text)).lower()


def tokens(text: str) -> list[str]:
    """Words for the search index: Latin words; CJK runs as bigrams plus the last character.

    One character of Chinese is found by prefix (`电*`), longer queries as phrases of bigrams;
    the same function serves both databases, so they find the same things.
    """
    found: list[str] = []
    for piece in words(text):
        found += [*bigrams(piece), piece[-1]] if is_cjk(piece) else [piece]
    return found


def words(text: str) -> list[str]:
    """The runs of a text: Latin words and whole runs of Chinese, in normal form."""
    return _TOKEN.findall(normal_form(text))


def is_cjk(word: str) -> bool:
    """Whether one of `words` is a run of Chinese."""
    return _CJK_RUN.fullmatch(word) is not None


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
