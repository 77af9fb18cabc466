"""Translations by area: extract, update, compile, check.

    python tools/translations.py update AREA     # refresh one area's .po from its sources
    python tools/translations.py compile         # make the .mo files (done by `make setup`)
    python tools/translations.py check           # every sentence has one Chinese text

An area is a folder under marketplace/translations with a `sources` file: one path or glob per
line whose sentences live there. English is the sentence in the source itself.
"""

from __future__ import annotations

import io
import sys
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_file
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parents[1]
AREAS = ROOT / "marketplace" / "translations"
LOCALE = "zh_Hans_CN"
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2), "lazy_gettext": None, "N_": None}
JINJA = {"trimmed": "true", "silent": "false"}


def po_path(area: Path) -> Path:
    return area / LOCALE / "LC_MESSAGES" / "messages.po"


def areas() -> list[Path]:
    return sorted(path.parent for path in AREAS.glob("*/sources"))


def sources_of(area: Path) -> list[Path]:
    found: set[Path] = set()
    for pattern in (area / "sources").read_text(encoding="utf-8").split():
        found |= {path for path in ROOT.glob(pattern) if path.suffix in (".py", ".html", ".txt")}
    return sorted(found)


def extract(area: Path) -> Catalog:
    catalog = Catalog(project="training-voucher-marketplace", charset="utf-8")
    for path in sources_of(area):
        method = "python" if path.suffix == ".py" else "jinja2.ext:babel_extract"
        options = {} if path.suffix == ".py" else JINJA
        for _line, message, _comments, _context in extract_from_file(
            method, path, keywords=KEYWORDS, options=options, strip_comment_tags=True
        ):
            catalog.add(message)
    return catalog


def read(area: Path) -> Catalog:
    if not po_path(area).exists():
        return Catalog(locale=LOCALE, charset="utf-8")
    with po_path(area).open("rb") as file:
        return read_po(file, locale=LOCALE)


def update(area: Path) -> None:
    catalog = read(area)
    catalog.update(extract(area), no_fuzzy_matching=True, update_creation_date=False)
    catalog.obsolete.clear()
    catalog.fuzzy = False
    catalog.header_comment = f"# {area.name}: Chinese texts."
    buffer = io.BytesIO()
    write_po(buffer, catalog, sort_output=True, no_location=True, width=100, omit_header=False)
    lines = [
        line
        for line in buffer.getvalue().decode().splitlines()
        if not line.startswith(('"POT-Creation-Date', '"PO-Revision-Date', '"Last-Translator'))
    ]
    po_path(area).parent.mkdir(parents=True, exist_ok=True)
    po_path(area).write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{area.name}: {len(missing(area))} sentences without Chinese text", file=sys.stderr)


def compile_area(area: Path) -> None:
    target = po_path(area).with_suffix(".mo")
    if target.exists() and target.stat().st_mtime >= po_path(area).stat().st_mtime:
        return
    buffer = io.BytesIO()
    write_mo(buffer, read(area))
    temporary = target.with_suffix(".mo.new")
    temporary.write_bytes(buffer.getvalue())
    temporary.replace(target)


def missing(area: Path) -> list[str]:
    """Sentences of an area's sources that have no Chinese text there."""
    known = read(area)
    return [
        str(message.id)
        for message in extract(area)
        if message.id
        and not (
            (entry := known.get(message.id))
            and entry.string
            and all(entry.string if isinstance(entry.string, (tuple, list)) else (entry.string,))
        )
    ]


def uncovered() -> list[str]:
    """Files with sentences that belong to no area."""
    covered = {path for area in areas() for path in sources_of(area)}
    candidates = [*ROOT.glob("marketplace/**/*.py"), *ROOT.glob("templates/**/*.html")]
    return [
        str(path.relative_to(ROOT))
        for path in sorted(set(candidates) - covered)
        if any(mark in path.read_text(encoding="utf-8") for mark in (' N_("', "gettext(", "{{ _("))
    ]


def disagreeing() -> list[str]:
    """Sentences that areas translate differently: pages would show the text of one of them."""
    texts: dict[str, dict[str, list[str]]] = {}
    for area in areas():
        for message in read(area):
            if message.id and message.string:
                found = texts.setdefault(str(message.id), {})
                found.setdefault(str(message.string), []).append(area.name)
    return [
        f"{sentence!r} is "
        + ", ".join(f"{text!r} in {' and '.join(names)}" for text, names in found.items())
        for sentence, found in sorted(texts.items())
        if len(found) > 1
    ]


def check() -> int:
    problems = [f"{area.name}: {text!r}" for area in areas() for text in missing(area)]
    problems += disagreeing()
    problems += [f"no area covers {path}" for path in uncovered()]
    for line in problems:
        print(line)
    print(f"{len(problems)} translation problems", file=sys.stderr)
    return 1 if problems else 0


def main(arguments: list[str]) -> int:
    match arguments:
        case ["update", *names]:
            for area in areas():
                if not names or area.name in names:
                    update(area)
            return 0
        case ["compile"]:
            for area in areas():
                compile_area(area)
            return 0
        case ["check"]:
            return check()
    print(__doc__, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
