"""What a hostile or clumsy sender types: a fixed corpus, and a generator with a fixed seed."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache
from html.parser import HTMLParser
from pathlib import Path

CORPUS = Path(__file__).with_name("corpus") / "hostile.json"
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


@lru_cache(maxsize=2_000)
def _forms_in(source: str) -> list[FoundForm]:
    reader = _FormReader()
    reader.feed(source)
    reader.close()
    return reader.found


class _FormReader(HTMLParser):
    """Reads forms of our own pages, whose HTML other tests find sound; five times as fast as
    parsing it as a browser would."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[FoundForm] = []
        self.attributes: dict[str, str] = {}
        self.values: dict[str, str] = {}
        self.files: set[str] = set()
        self.select = ""  # the list being read, until it has a choice that is not empty
        self.textarea = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.attributes, self.values, self.files = given, {}, set()
        elif tag == "option" and self.select and given.get("value"):
            self.values[self.select] = given["value"]
            self.select = ""
        elif tag in ("input", "select", "textarea", "button"):
            self._take(tag, given)

    def _take(self, tag: str, given: dict[str, str]) -> None:
        self.select = self.textarea = ""
        name = given.get("name", "")
        if name in ("", "csrf_token"):
            return
        if given.get("type") == "file":
            self.files.add(name)
        elif name not in self.values:
            self.values[name] = given.get("value", "") if tag in ("input", "button") else ""
            self.select = name if tag == "select" else ""
            self.textarea = name if tag == "textarea" else ""

    def handle_data(self, data: str) -> None:
        if self.textarea:
            self.values[self.textarea] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self.textarea:  # a browser drops the first line break
            self.values[self.textarea] = self.values[self.textarea].removeprefix("\n")
        if tag in ("select", "textarea"):
            self.select = self.textarea = ""
        if tag == "form":
            self.found.append(self._form())

    def _form(self) -> FoundForm:
        given = self.attributes
        return FoundForm(
            path=(given.get("action") or "").split("#")[0],
            method=(given.get("method") or "get").upper(),
            multipart=given.get("enctype") == "multipart/form-data",
            values=self.values,
            files=frozenset(self.files),
        )
