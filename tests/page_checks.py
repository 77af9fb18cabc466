"""What must hold on every page, whoever wrote it."""

from __future__ import annotations

import os
import re
from functools import lru_cache
from pathlib import Path
from typing import Any

import html5lib
from babel.messages.pofile import read_po

from tests.page_outlines import Outline, outline_of

NAMESPACE = "{http://www.w3.org/1999/xhtml}"
ROOT = Path(__file__).resolve().parents[1]
SILENT = {f"{NAMESPACE}{name}" for name in ("script", "style", "code", "pre", "template")}
WORD = re.compile(r"[A-Za-z]{3}")
LABELLING = ("aria-label", "placeholder", "title", "alt")


class SoundShapes:
    """Shapes of pages without a fault, whose words the outline reads as the whole parser does.

    What one worker found sound the others need not parse: it leaves an empty file of that name.
    """

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder
        self.known: set[str] = set()

    def __contains__(self, shape: bytes) -> bool:
        name = shape.hex()
        if name not in self.known and self.folder and (self.folder / name).exists():
            self.known.add(name)
        return name in self.known

    def add(self, shape: bytes) -> None:
        self.known.add(shape.hex())
        if self.folder:
            (self.folder / shape.hex()).touch()


def _folder_of_this_run() -> Path | None:
    """Where the compiled templates are too (tests/conftest.py); none for a worker by itself."""
    found = os.environ.get("MARKETPLACE_TEST_TEMPLATES")
    return Path(found) if found else None


_sound = SoundShapes(_folder_of_this_run())


def check_page(html: str, where: str = "") -> None:
    """Fail with the first thing a careful reviewer would send back."""
    outline = outline_of(html)
    if outline and outline.shape in _sound:
        _check_title(outline.heading, outline.title, where)
        _check_words(outline.shown, where)
        return
    document = _check_whole_page(html, where)
    if outline and _says_the_same(outline, document):
        _sound.add(outline.shape)


def _says_the_same(outline: Outline, document: Any) -> bool:
    """Only then may the next page of this shape be read by its outline."""
    tags = {name: document.find(f".//{NAMESPACE}{name}") for name in ("title", "h1")}
    return (
        outline.title == _text(tags["title"])
        and outline.heading == _text(tags["h1"])
        and sorted(outline.shown) == sorted(text for text in _shown(document) if text)
    )


def _check_whole_page(html: str, where: str) -> Any:
    parser = html5lib.HTMLParser(strict=False)
    document = parser.parse(html)
    problems = [
        str(error)
        for error in parser.errors
        if error[1] != "non-void-element-with-trailing-solidus"
    ]
    assert not problems, f"{where}: HTML errors {problems[:5]}"
    tags = [tag for tag in document.iter() if isinstance(tag.tag, str)]
    _check_headings(tags, where)
    _check_ids(tags, where)
    _check_forms(document, where)
    _check_names(document, where)
    _check_no_inline(tags, where)
    _check_tables(document, where)
    _check_language(document, where)
    return document


def untranslated(html: str) -> list[str]:
    """English source sentences shown on a Chinese page."""
    document = html5lib.HTMLParser(strict=False).parse(html)
    return [text for text in _shown(document) if _is_source_sentence(text)]


def _text(tag: Any) -> str:
    return " ".join("".join(tag.itertext()).split())


def _check_headings(tags: list[Any], where: str) -> None:
    headings = [tag for tag in tags if tag.tag == f"{NAMESPACE}h1"]
    assert len(headings) == 1, f"{where}: {len(headings)} h1"
    title = next(tag for tag in tags if tag.tag == f"{NAMESPACE}title")
    assert _text(headings[0]), f"{where}: empty h1"
    _check_title(_text(headings[0]), _text(title), where)
    assert len([tag for tag in tags if tag.tag == f"{NAMESPACE}main"]) == 1, f"{where}: main"


def _check_title(heading: str, title: str, where: str) -> None:
    assert heading in title, f"{where}: title {title!r} lacks the h1 {heading!r}"


def _check_ids(tags: list[Any], where: str) -> None:
    ids = [tag.get("id") for tag in tags if tag.get("id")]
    twice = sorted({one for one in ids if ids.count(one) > 1})
    assert not twice, f"{where}: duplicated ids {twice}"
    known = set(ids)
    for tag in tags:
        for attribute in ("for", "aria-describedby", "aria-labelledby", "aria-controls"):
            for wanted in (tag.get(attribute) or "").split():
                assert wanted in known, f"{where}: {attribute} names no element: {wanted}"


def _check_forms(document: Any, where: str) -> None:
    labels = {tag.get("for") for tag in document.iter(f"{NAMESPACE}label")}
    wrapped = {id(field) for label in document.iter(f"{NAMESPACE}label") for field in label.iter()}
    for form in document.iter(f"{NAMESPACE}form"):
        names = {field.get("name") for field in form.iter(f"{NAMESPACE}input")}
        if (form.get("method") or "get").lower() == "post":
            assert "csrf_token" in names, f"{where}: a POST form has no csrf_token"
    for kind in ("input", "select", "textarea"):
        for field in document.iter(f"{NAMESPACE}{kind}"):
            if field.get("type") in ("hidden", "submit", "button"):
                continue
            labelled = field.get("id") in labels or field.get("aria-label") or id(field) in wrapped
            assert labelled, f"{where}: {kind} {field.get('name')!r} has no label"


def _check_names(document: Any, where: str) -> None:
    """Buttons, links and pictures say what they are."""
    for kind in ("button", "a", "summary"):
        for tag in document.iter(f"{NAMESPACE}{kind}"):
            named = _text(tag) or tag.get("aria-label") or _alternatives(tag)
            assert named, f"{where}: a {kind} without a name: {dict(tag.attrib)}"
    for image in document.iter(f"{NAMESPACE}img"):
        assert image.get("alt") is not None, f"{where}: img {image.get('src')!r} has no alt"


def _alternatives(tag: Any) -> str:
    return "".join(image.get("alt") or "" for image in tag.iter(f"{NAMESPACE}img"))


def _check_no_inline(tags: list[Any], where: str) -> None:
    """The content security policy forbids them, so they would silently do nothing."""
    for tag in tags:
        inline = [name for name in tag.attrib if name == "style" or name.startswith("on")]
        assert not inline, f"{where}: inline {inline} on {tag.tag.removeprefix(NAMESPACE)}"
        if tag.tag == f"{NAMESPACE}script" and not tag.get("src"):
            assert tag.get("nonce"), f"{where}: an inline script without nonce"


def _check_tables(document: Any, where: str) -> None:
    for table in document.iter(f"{NAMESPACE}table"):
        heads = list(table.iter(f"{NAMESPACE}th"))
        assert heads, f"{where}: a table without th"
        for head in heads:
            assert head.get("scope") or _text(head) == "", f"{where}: th {_text(head)!r} scope"


def _check_language(document: Any, where: str) -> None:
    root = document if document.tag == f"{NAMESPACE}html" else document.find(f"{NAMESPACE}html")
    assert root is not None, f"{where}: no html"
    assert root.get("lang") in ("zh-CN", "en"), f"{where}: lang"
    if root.get("lang") == "zh-CN":
        _check_words(_shown(root), where)


def _check_words(shown: list[str], where: str) -> None:
    """Nothing is shown of a page in English: it says so itself."""
    english = [text for text in shown if _is_source_sentence(text)]
    assert not english, f"{where}: English on a Chinese page: {english[:5]}"


@lru_cache(maxsize=20_000)
def _is_source_sentence(text: str) -> bool:
    if not WORD.search(text):  # every source sentence has a word outside its parameters
        return False
    exact, patterns = source_sentences()
    return text in exact or any(pattern.fullmatch(text) for pattern in patterns)


def _shown(tag: Any) -> list[str]:
    """Pieces of text a reader meets, except what declares itself to be in another language."""
    if tag.tag in SILENT or (tag.get("lang") or "zh").startswith("en"):
        return []
    pieces = [tag.text or "", *(tag.get(name) or "" for name in LABELLING)]
    shown = [" ".join(piece.split()) for piece in pieces if piece.strip()]
    for child in tag:
        if isinstance(child.tag, str):
            shown += _shown(child)
        shown += [" ".join(child.tail.split())] if child.tail and child.tail.strip() else []
    return shown


@lru_cache(maxsize=1)
def source_sentences() -> tuple[frozenset[str], tuple[re.Pattern[str], ...]]:
    """Every English sentence of ours: those without parameters, and the shapes of the others."""
    exact: set[str] = set()
    patterns: list[re.Pattern[str]] = []
    for path in sorted(ROOT.glob("marketplace/translations/*/zh_Hans_CN/LC_MESSAGES/messages.po")):
        with path.open("rb") as file:
            for message in read_po(file):
                forms = message.id if isinstance(message.id, tuple | list) else (message.id,)
                for text in forms:
                    if message.string == text or not WORD.search(_without(text)):
                        continue
                    sentence = " ".join(text.split())
                    if "%(" in text:
                        patterns.append(_shape(sentence))
                    else:
                        exact.add(sentence)
    return frozenset(exact), tuple(patterns)


def _without(text: str) -> str:
    return re.sub(r"%\(\w+\)[sd]", "", text)


def _shape(sentence: str) -> re.Pattern[str]:
    pieces = [re.escape(piece.replace("%%", "%")) for piece in re.split(r"%\(\w+\)[sd]", sentence)]
    return re.compile(".+".join(pieces))
