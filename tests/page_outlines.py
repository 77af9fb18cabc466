"""A page said shortly, so that what was found sound is not parsed again.

Parsing a page as a browser would takes longer than making it, and a run meets the same page, with
other names and numbers in it, hundreds of times. The **shape** of a page is its source with the
data taken out: text, and values of attributes that only carry data, become a mark. Tags, all other
attributes, ids and references, empty texts and anything a parser might stumble over stay as they
are. Two pages of one shape have the same tree; the checks of `page_checks` can differ for them
only in what they say, so the **words** and headings are read from every page.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import blake2b
from html import unescape

TOKEN = re.compile(r"<!--.*?-->|<[^>]*>|[^<]+", re.DOTALL)
ODD = "\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff\U00010000-\U0010ffff"
"""Characters on which a parser may have an opinion."""
PLAIN = rf"(?:[^<>&\"{ODD}]++|&(?:amp|lt|gt|quot|\#34|\#39);)*+"
PLAIN_TEXT = re.compile(rf"(?:[^<&{ODD}]++|&(?:amp|lt|gt|quot|nbsp|\#34|\#39);)*+")
DATA = re.compile(
    r" (href|src|srcset|action|value|content|nonce|datetime|title|alt|aria-label|placeholder)"
    rf'="({PLAIN})"'
)
LABEL = re.compile(r' (?:aria-label|placeholder|title|alt)="([^"]*)"')
NAME = re.compile(r"</?([a-zA-Z0-9]+)")
ENGLISH = re.compile(r' lang="en')
SILENT = ("script", "style", "code", "pre", "template")
TITLE = re.compile(r"<title[^>]*>(.*?)</title>", re.DOTALL)
HEADING = re.compile(r"<h1[^>]*>(.*?)</h1>", re.DOTALL)
TAG = re.compile(r"<[^>]*>")


@dataclass(frozen=True)
class Outline:
    """The shape, and what is read on the page."""

    shape: bytes
    title: str
    heading: str
    shown: list[str]


class _Reader:
    """Goes through tags and texts in turn and notes what a reader of Chinese meets."""

    def __init__(self) -> None:
        self.shown: list[str] = []
        self.within = ""  # an element whose words are not for that reader
        self.depth = 0

    def text(self, token: str) -> str:
        """Note the words; the mark that stands for them in the shape."""
        if not self.within:
            self._note(token)
        return _mark_of(token)

    def tag(self, token: str) -> str:
        """Note the labels; what stands for the tag in the shape."""
        found = NAME.match(token)
        name = found.group(1) if found else ""
        if self.within:
            if name == self.within:
                self.depth += -1 if token[1] == "/" else 1
                self.within = self.within if self.depth else ""
        elif name and token[1] != "/":
            self._enter(name, token)
        return DATA.sub(_without_data, token)

    def _enter(self, name: str, token: str) -> None:
        if name in SILENT or ENGLISH.search(token):
            self.within, self.depth = name, 1
            return
        for label in LABEL.findall(token):
            self._note(label)

    def _note(self, source: str) -> None:
        if words := joined(unescape(source)):
            self.shown.append(words)


def outline_of(html: str) -> Outline | None:
    """None: this page does not even fall into tags and texts."""
    tokens = TOKEN.findall(html)
    if sum(map(len, tokens)) != len(html):
        return None
    reader = _Reader()
    parts = [reader.tag(one) if one[0] == "<" else reader.text(one) for one in tokens]
    shape = blake2b("".join(parts).encode("utf-8", "surrogatepass"), digest_size=16).digest()
    return Outline(shape, _first(TITLE, html), _first(HEADING, html), reader.shown)


def joined(text: str) -> str:
    """The words of a text with one space between them."""
    return " ".join(text.split())


def _mark_of(text: str) -> str:
    if not text.strip(" \t\n\r\f"):
        return " "
    return "#" if PLAIN_TEXT.fullmatch(text) and unescape(text).strip() else text


def _without_data(found: re.Match[str]) -> str:
    return f' {found.group(1)}="{"#" if unescape(found.group(2)).strip() else ""}"'


def _first(pattern: re.Pattern[str], html: str) -> str:
    found = pattern.search(html)
    return joined(unescape(TAG.sub("", found.group(1)))) if found else ""
