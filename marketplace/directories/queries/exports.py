"""Directories as files: streamed, with the day they stand for and when they were made.

The columns are those of docs/directories.md; their names and meaning stay.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from marketplace.directories.queries.listings import Directory, DirectoryQuery, each_directory_row
from marketplace.directories.states import DirectoryName
from marketplace.foundation import clock
from marketplace.foundation.files import csv_text

STAMPS = ("on", "generated_at")


def csv_export(name: DirectoryName, directory: Directory, query: DirectoryQuery) -> Iterator[str]:
    """CSV line by line, formulas disarmed; every line carries its day and the time of making."""
    stamps = (query.on.isoformat(), clock.now().isoformat(timespec="seconds"))
    rows = (
        [*(row[column] for column in directory.columns), *stamps]
        for row in each_directory_row(directory, query)
    )
    yield from csv_text([*directory.columns, *STAMPS], rows)


def json_export(name: DirectoryName, directory: Directory, query: DirectoryQuery) -> Iterator[str]:
    """One JSON document, row by row."""
    head = {
        "directory": name.value,
        "on": query.on.isoformat(),
        "generated_at": clock.now().isoformat(timespec="seconds"),
        "state": query.state,
        "columns": list(directory.columns),
    }
    yield json.dumps(head, ensure_ascii=False)[:-1] + ', "results": ['
    separator = "\n"
    for row in each_directory_row(directory, query):
        said = {column: row[column] for column in directory.columns}
        yield separator + json.dumps(said, ensure_ascii=False, default=str)
        separator = ",\n"
    yield "\n]}\n"
