"""Reading one table row by row with a pure row reader: header, ragged rows, repeated keys."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from marketplace.foundation.files import (
    Table,
    TableRow,
    as_text_table,
    header_name,
    open_table,
    prove_table,
    refuse_without_rows,
)
from marketplace.imports.problems import Parsed, ProblemList

Cells = Mapping[str, str]
PROBLEM_COLUMNS = ("problem_row", "problem_kind", "problem_text")
"""What a file of corrections has beside its own columns; never read again."""
EXAMPLE_KEYS = frozenset({"example-1", "示例-1"})
"""Keys of the example rows of our templates."""
_NOTED = ("sheet_ignored",)


@dataclass(frozen=True, slots=True)
class Format:
    """One kind of file: which columns it needs and knows, and how a row becomes facts.

    `aliases` are other names a column may bear, such as its Chinese one. `sources` says from
    which columns a field is read: it is unstated where a file has none of them.
    """

    required: tuple[str, ...]
    optional: tuple[str, ...]
    key: str
    read_row: Callable[[Cells, ProblemList], Any | None]
    read_key: Callable[[str, str, ProblemList], str | None]
    also_keyed_by: tuple[str, ...] = ()
    """Further columns that tell rows apart, where one alone does not; they may be empty."""
    aliases: Mapping[str, str] = field(default_factory=dict)
    sources: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def names(self) -> dict[str, str]:
        """Every name a column is known by, with and without its underlines."""
        found = {column.replace("_", ""): column for column in (*self.required, *self.optional)}
        return found | {header_name(name): column for name, column in self.aliases.items()}

    def unstated(self, columns: Sequence[str]) -> frozenset[str]:
        """Fields that a file with these columns says nothing about."""
        return unstated_fields(self.sources, columns)


def unstated_fields(
    sources: Mapping[str, tuple[str, ...]], columns: Sequence[str]
) -> frozenset[str]:
    """Fields of which none of their columns is there."""
    present = set(columns)
    return frozenset(name for name, needed in sources.items() if present.isdisjoint(needed))


def read_rows(path: Path, form: Format) -> Iterator[Parsed]:
    """Every row of a file. Nothing is dropped in silence: a row gives facts or a problem.

    The file is read through first: one that cannot be used to its end is refused whole.
    """
    with as_text_table(path) as text:
        count = prove_table(text, required=form.required, aliases=form.names)
        refuse_without_rows(count, text.name)
        yield from read_proved_rows(text, form)


def read_proved_rows(path: Path, form: Format) -> Iterator[Parsed]:
    """The same for a file that was read through already."""
    with open_format(path, form) as table:
        yield from _header_problems(table, form)
        seen: dict[str, int] = {}
        for row in table.rows:
            yield _read(row, form, seen)


@contextmanager
def open_format(path: Path, form: Format) -> Iterator[Table]:
    """The table of a file in a format, its columns under their own names."""
    with open_table(path, required=form.required, aliases=form.names) as table:
        yield table


def is_correction(table: Table) -> bool:
    """Whether a file holds the corrected rows of an earlier one, and only those."""
    return PROBLEM_COLUMNS[0] in table.columns


def facts_sha256(facts: Any) -> str:
    """A fingerprint of normalised facts: the same content has the same."""
    text = json.dumps(asdict(facts), ensure_ascii=False, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def _header_problems(table: Table, form: Format) -> Iterator[Parsed]:
    problems = ProblemList(1)
    known = (*form.required, *form.optional, *PROBLEM_COLUMNS)
    if unknown := table.unknown_columns(known):
        problems.warn("columns_ignored", "header", ", ".join(unknown))
    if absent := [column for column in form.optional if column not in table.columns]:
        problems.note("columns_absent", "header", ", ".join(absent))
    if table.preamble:
        problems.note("rows_above_header", "header", str(table.preamble))
    for code, value in table.notes:
        told = problems.note if code in _NOTED else problems.warn
        told(code, "sheet", value)
    if problems.found:
        yield Parsed(1, None, None, tuple(problems.found), is_row=False)


def _read(row: TableRow, form: Format, seen: dict[str, int]) -> Parsed:
    problems = ProblemList(row.number)
    key = _key_of(row, form, problems)
    if key is not None and key.lower() in EXAMPLE_KEYS:
        problems.note("example_ignored", form.key)
        return Parsed(row.number, None, None, tuple(problems.found), is_row=False)
    problems.name_row(key)
    _report_shape(row, problems)
    facts = None
    if key is None:
        problems.reject("key_missing", form.key)
    elif not _is_repeated(key, row, form, problems, seen):
        facts = form.read_row(row.cells, problems)
        if facts is None:
            # A row that gives nothing does not stand in the way of a later one of its key.
            del seen[key]
    return Parsed(row.number, key, facts, tuple(problems.found))


def _key_of(row: TableRow, form: Format, problems: ProblemList) -> str | None:
    key = form.read_key(row.cells[form.key], form.key, problems)
    if key is None or not form.also_keyed_by:
        return key
    parts = [
        form.read_key(row.cells.get(column, ""), column, problems) or ""
        for column in form.also_keyed_by
    ]
    return "|".join((key, *parts))


def _is_repeated(
    key: str, row: TableRow, form: Format, problems: ProblemList, seen: dict[str, int]
) -> bool:
    """The first row of a key counts; a later one is told apart by whether it says the same."""
    says = hash(tuple({**row.cells, form.key: ""}.values()))
    if key not in seen:
        seen[key] = says
        return False
    if seen[key] == says:
        problems.warn("row_duplicated", form.key, key)
    else:
        problems.reject("key_duplicated", form.key, key)
    return True


def _report_shape(row: TableRow, problems: ProblemList) -> None:
    if row.surplus:
        problems.warn("cells_beyond_header", "row", str(row.surplus))
    if row.missing:
        problems.warn("cells_missing", "row", str(row.missing))
    if row.had_nul:
        problems.repair("nul_removed", "row", None, None)
    for column, code, value in row.marks:
        if code in ("cell_formula", "cell_merged"):
            problems.repair(code, column, None, value)
        else:
            problems.warn(code, column, value or None)
