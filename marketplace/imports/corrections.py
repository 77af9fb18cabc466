"""The rows of a file that somebody has to look at, as they stood, with what is wrong beside them.

Corrected, the file is taken in like any other, and touches these rows only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path

from marketplace.foundation.files import Table, as_text_table, csv_text
from marketplace.foundation.spreadsheet_writing import Sheet, write_spreadsheet
from marketplace.imports.models import ImportProblem
from marketplace.imports.reading import PROBLEM_COLUMNS, Format, open_format
from marketplace.imports.states import STANDING_PROBLEMS

SentenceOf = Callable[[ImportProblem], str]
SHEET_TITLE = "corrections"


def write_corrections(
    target: Path,
    *,
    source: Path,
    form: Format,
    problems: Iterable[ImportProblem],
    sentence_of: SentenceOf,
) -> None:
    """Write the file of corrections as its ending says: XLSX, or else CSV.

    `problems` come in the order of the rows.
    """
    with _corrections(source, form, problems, sentence_of) as (header, rows):
        if target.suffix.lower() == ".xlsx":
            write_spreadsheet(target, [Sheet(SHEET_TITLE, header, rows)])
            return
        with target.open("w", encoding="utf-8", newline="") as file:
            file.writelines(csv_text(header, rows))


@contextmanager
def _corrections(
    source: Path, form: Format, problems: Iterable[ImportProblem], sentence_of: SentenceOf
) -> Iterator[tuple[Sequence[str], Iterator[list[str]]]]:
    with as_text_table(source) as text, open_format(text, form) as table:
        columns = [column for column in table.columns if column and column not in PROBLEM_COLUMNS]
        titles = [title.strip() for title in _titles(table, columns)]
        yield [*titles, *PROBLEM_COLUMNS], _rows(table, columns, problems, sentence_of)


def _titles(table: Table, columns: Sequence[str]) -> list[str]:
    by_column = dict(zip(table.columns, table.header, strict=True))
    return [by_column[column] for column in columns]


def _rows(
    table: Table,
    columns: Sequence[str],
    problems: Iterable[ImportProblem],
    sentence_of: SentenceOf,
) -> Iterator[list[str]]:
    """Two streams in the order of the rows, put together where they meet."""
    rows = table.rows
    for number, group in groupby(problems, key=lambda problem: problem.row_number):
        row = next((row for row in rows if row.number >= number), None)
        if row is None:
            return
        if row.number != number:
            continue  # a problem of the header
        found = list(group)
        worst = max(found, key=lambda problem: STANDING_PROBLEMS.index(problem.severity))
        told = " | ".join(dict.fromkeys(sentence_of(problem) for problem in found))
        yield [*(row.cells[column] for column in columns), str(number), worst.severity.value, told]
