"""Every no has a sentence in both languages, and every code used is known."""

from __future__ import annotations

import ast
import re
from functools import lru_cache
from importlib import import_module

from babel.messages.pofile import read_po

from marketplace.foundation.errors import REFUSAL_TEXTS
from tests.meta.sources import (
    PACKAGE,
    ROOT,
    calls_of,
    name_called,
    product_files,
    short,
    tree_of,
)

PLACE = re.compile(r"%\((\w+)\)s")


def _load_every_room() -> None:
    for path in sorted(PACKAGE.glob("*/errors.py")):
        import_module(f"marketplace.{path.parent.name}.errors")


@lru_cache(maxsize=1)
def chinese() -> dict[str, str]:
    """Every Chinese text of every area."""
    texts: dict[str, str] = {}
    for path in (ROOT / "marketplace" / "translations").glob("*/zh_Hans_CN/LC_MESSAGES/*.po"):
        with path.open("rb") as file:
            for message in read_po(file, locale="zh_Hans_CN"):
                if isinstance(message.id, str) and message.id and message.string:
                    texts.setdefault(message.id, str(message.string))
    return texts


def _refusals():
    for path in product_files():
        for call in calls_of(tree_of(path)):
            if name_called(call) == "Refusal":
                yield f"{short(path)}:{call.lineno}", call


def _constant(node: ast.AST | None) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _keyword(call: ast.Call, name: str) -> ast.AST | None:
    return next((word.value for word in call.keywords if word.arg == name), None)


def test_every_code_used_has_a_sentence():
    _load_every_room()
    unknown = [
        f"{where} {code}"
        for where, call in _refusals()
        for code in (
            _constant(call.args[0] if call.args else _keyword(call, "code")),
            _constant(_keyword(call, "remedy")),
        )
        if code is not None and code not in REFUSAL_TEXTS
    ]
    assert not unknown, f"not in any errors.py: {unknown}"


def test_every_value_a_sentence_names_is_given():
    """A missing value would turn a polite no into a broken page."""
    _load_every_room()
    lacking = []
    for where, call in _refusals():
        code = _constant(call.args[0] if call.args else _keyword(call, "code"))
        params = call.args[1] if len(call.args) > 1 else _keyword(call, "params")
        if code not in REFUSAL_TEXTS or not isinstance(params, ast.Dict | None):
            continue
        keys = params.keys if isinstance(params, ast.Dict) else []
        if None in keys:  # `**more`: not decidable here
            continue
        given = {_constant(key) for key in keys}
        remedy = _constant(_keyword(call, "remedy"))
        needed = set(PLACE.findall(REFUSAL_TEXTS[code]))
        needed |= set(PLACE.findall(REFUSAL_TEXTS.get(remedy or "", "")))
        if needed - given:
            lacking.append(f"{where} {code}: {sorted(needed - given)}")
    assert not lacking


def test_every_sentence_has_a_chinese_text():
    _load_every_room()
    silent = sorted(code for code, text in REFUSAL_TEXTS.items() if not chinese().get(text))
    assert not silent, f"no Chinese: {silent}"


def test_both_languages_name_the_same_values():
    _load_every_room()
    differing = sorted(
        code
        for code, text in REFUSAL_TEXTS.items()
        if set(PLACE.findall(chinese().get(text, text))) - set(PLACE.findall(text))
    )
    assert not differing, f"the Chinese names values the English lacks: {differing}"


def test_translations_keep_their_placeholders():
    wrong = sorted(
        english
        for english, text in chinese().items()
        if set(PLACE.findall(text)) - set(PLACE.findall(english))
    )
    assert not wrong
