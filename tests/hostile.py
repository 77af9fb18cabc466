"""What a hostile or clumsy sender types: a fixed corpus, and a generator with a fixed seed."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path

import html5lib

CORPUS = Path(__file__).with_name("corpus") / "hostile.json"
NAMESPACE = "{http://www.w3.org/1999/xhtml}"
SEED = 20261120


def texts() -> list[str]:
    """The corpus: every piece once, in the order of the file; repeats are written as a count."""
    pieces = json.loads(CORPUS.read_text(encoding="utf-8"))
    return [piece if isinstance(piece, str) else piece["text"] * piece["times"] for piece in pieces]


def generated(count: int) -> list[str]:
    """Random texts of nasty characters, the same ones in every run."""
    rng = random.Random(SEED)
    nasty = (
        "\0\x01\x1b\r\n\t'\"<>&{}%$;=+-@\\/|`~^\u202e\u200b\ufeff\U00020000😀²٣０９ÀİǅΩ中文 aZ09"
    )
    return ["".join(rng.choices(nasty, k=rng.randint(1, 60))) for _ in range(count)]


@dataclass(frozen=True)
class FoundForm:
    """A form of a page: where it goes and what a browser would send."""

    path: str
    method: str
    multipart: bool
    values: dict[str, str] = field(hash=False)
    files: frozenset[str] = frozenset()

    @property
    def shape(self) -> str:
        """The same form of another object is the same form."""
        return re.sub(r"[A-Z]+-[A-Z0-9]+|\d+", "…", self.path) + "?" + ",".join(sorted(self.values))


FORM = re.compile(r"<form\b.*?</form>", re.DOTALL)
TOKEN = re.compile(r'(name="csrf_token"[^>]*value=)"[^"]+"')


def forms_of(html: str, path: str) -> Iterator[FoundForm]:
    """Every form of a page with the values it starts with; what is between them is not parsed."""
    for source in FORM.findall(html):
        for form in _forms_in(TOKEN.sub(r'\1""', source)):
            yield replace(form, path=form.path or path)


@lru_cache(maxsize=500)
def _forms_in(source: str) -> list[FoundForm]:
    document = html5lib.HTMLParser(strict=False).parse(source)
    found = []
    for form in document.iter(f"{NAMESPACE}form"):
        values: dict[str, str] = {}
        files = set()
        for kind in ("input", "select", "textarea", "button"):
            for tag in form.iter(f"{NAMESPACE}{kind}"):
                name = tag.get("name")
                if not name or name == "csrf_token":
                    continue
                if tag.get("type") == "file":
                    files.add(name)
                else:
                    values.setdefault(name, _value_of(tag, kind))
        method = (form.get("method") or "get").upper()
        multipart = form.get("enctype") == "multipart/form-data"
        action = (form.get("action") or "").split("#")[0]
        found.append(FoundForm(action, method, multipart, values, frozenset(files)))
    return found


def _value_of(tag, kind: str) -> str:
    if kind == "select":
        options = [option.get("value") or "" for option in tag.iter(f"{NAMESPACE}option")]
        return next((option for option in options if option), "")
    if kind == "textarea":
        return "".join(tag.itertext())
    return tag.get("value") or ""
