"""Templates: every one compiles, imports nothing idly, and speaks through translation."""

from __future__ import annotations

import re

import pytest

from tests.meta.sources import ROOT, short

TEMPLATES = ROOT / "templates"
IMPORT = re.compile(r"\{%-?\s*from\s+['\"]([^'\"]+)['\"]\s+import\s+(.*?)-?%\}", re.S)
CHINESE = re.compile("[\u4e00-\u9fff]")
COMMENT = re.compile(r"\{#.*?#\}", re.S)
AS_IT_IS = re.compile(">简体中文<|>券<|}简体中文<")
"""A language calls itself by its own name in every language; the seal is a picture."""


def _all():
    return sorted(path for path in TEMPLATES.rglob("*") if path.suffix in (".html", ".txt"))


def test_every_template_compiles(site):
    for path in _all():
        site.jinja_env.get_template(str(path.relative_to(TEMPLATES)))


def test_no_macro_is_imported_for_nothing():
    idle = []
    for path in _all():
        text = path.read_text("utf-8")
        if path.parent.name == "nav":  # every audience's list starts from the same first line
            continue
        for found in IMPORT.finditer(text):
            rest = text.replace(found.group(0), "")
            names = found.group(2).replace("with context", "").split(",")
            for name in (item.split(" as ")[-1].strip() for item in names):
                if name and not re.search(rf"\b{name}\b", rest):
                    idle.append(f"{short(path)}: {name}")
    assert not idle


def test_no_chinese_stands_outside_translation():
    """The English sentence is the source; Chinese lives in the .po files."""
    raw = [
        short(path)
        for path in _all()
        if CHINESE.search(AS_IT_IS.sub("", COMMENT.sub("", path.read_text("utf-8"))))
    ]
    assert not raw


@pytest.mark.parametrize("mark", ["onclick=", "onsubmit=", "onchange=", "javascript:", " style="])
def test_no_inline_script_or_style(mark):
    """The content security policy would block it."""
    used = [short(path) for path in _all() if mark in path.read_text("utf-8").lower()]
    assert not used


def test_nothing_is_loaded_from_elsewhere():
    foreign = re.compile(r"(src|href)=[\"'](https?:)?//")
    used = [short(path) for path in _all() if foreign.search(path.read_text("utf-8"))]
    assert not used


def test_every_rendered_template_exists():
    wanted = re.compile(r"render_template\(\s*[\"']([^\"'{}]+)[\"']")
    absent = [
        f"{short(path)}: {name}"
        for path in (ROOT / "marketplace").rglob("*.py")
        for name in wanted.findall(path.read_text("utf-8"))
        if not (TEMPLATES / name).is_file()
    ]
    assert not absent
