"""Tables handed out as files: templates, exports and corrections, in the reader's language."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from flask import Response
from flask_babel import get_locale

from marketplace.catalog.sources.templates import TEMPLATES
from marketplace.edge.downloads import attachment
from marketplace.edge.formats import sentence
from marketplace.foundation.errors import N_
from marketplace.foundation.files import csv_text
from marketplace.foundation.spreadsheet_writing import Sheet, write_spreadsheet

MEDIA_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_NEEDED = N_("yes")
_EXPLANATION = N_("Explanation")


def write_table(path: Path, *, kind: str, rows: Iterable[Sequence[object]]) -> None:
    """Rows under the header of our own format; a spreadsheet explains its columns beside them."""
    template = TEMPLATES[kind]
    header = template.header(language_of_reader())
    if path.suffix == ".xlsx":
        write_spreadsheet(path, [Sheet(kind, header, rows), _explanation(kind)])
        return
    with path.open("w", encoding="utf-8", newline="") as file:
        file.writelines(csv_text(header, iter(rows)))


def write_template(path: Path, *, kind: str) -> None:
    """The header and one example row."""
    write_table(path, kind=kind, rows=[TEMPLATES[kind].example_row(language_of_reader())])


def table_download(name: str, file_format: str, write: Callable[[Path], None]) -> Response:
    """A file made in a folder of ours and handed out whole."""
    with tempfile.TemporaryDirectory(prefix="marketplace-table-") as folder:
        path = Path(folder) / f"table.{file_format}"
        write(path)
        content = path.read_bytes()
    media_type = MEDIA_TYPES[file_format]
    return attachment(content, media_type=media_type, file_name=f"{name}.{file_format}")


def language_of_reader() -> str:
    """`zh` or `en`."""
    return "zh" if str(get_locale()).startswith("zh") else "en"


def _explanation(kind: str) -> Sheet:
    template = TEMPLATES[kind]
    rows = [
        (shown, column, sentence(_NEEDED) if column in template.required else "", meaning)
        for shown, column, meaning in zip(
            template.header(language_of_reader()),
            template.columns,
            (sentence(text) for text in template.meanings.values()),
            strict=True,
        )
    ]
    header = [sentence(text) for text in (N_("Column"), N_("Other name"), N_("Required"),
                                          N_("Meaning"))]  # fmt: skip
    return Sheet(sentence(_EXPLANATION), header, rows, (22, 22, 10, 80))
