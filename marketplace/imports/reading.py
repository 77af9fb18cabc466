"""Reading one table row by row with a pure row reader: header, ragged rows, repeated keys."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from marketplace.foundation.files import (
    Table,
    TableRow,
    open_table,
    prove_table,
    refuse_without_rows,
)
from marketplace.imports.problems import Parsed, ProblemList

Cells = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Format:
    """One kind of file: which columns it needs and knows, and how a row becomes facts."""

    required: tuple[str, ...]
    optional: tuple[str, ...]
    key: str
    read_row: Callable[[Cells, ProblemList], Any | None]
    read_key: Callable[[str, str, ProblemList], str | None]
    also_keyed_by: tuple[str, ...] = ()
    """Further columns that tell rows apart, where one alone does not; they may be empty."""


def read_rows(path: Path, form: Format) -> Iterator[Parsed]:
    """Every row of a file. Nothing is dropped in silence: a row gives facts or a problem.

    The file is read through first: one that cannot be used to its end is refused whole.
    """
    refuse_without_rows(prove_table(path, required=form.required), path.name)
    with open_table(path, required=form.required) as table:
        yield from _header_problems(table, form)
        seen: dict[str, str] = {}
        for row in table.rows:
            yield _read(row, form, seen)


def facts_sha256(facts: Any) -> str:
    """A fingerprint of normalised facts: the same content has the same."""
    text = json.dumps(asdict(facts), ensure_ascii=False, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def _header_problems(table: Table, form: Format) -> Iterator[Parsed]:
    problems = ProblemList(1)
    if unknown := table.unknown_columns((*form.required, *form.optional)):
        problems.warn("columns_ignored", "header", ", ".join(unknown))
    if absent := [column for column in form.optional if column not in table.columns]:
        problems.note("columns_absent", "header", ", ".join(absent))
    if problems.found:
        yield Parsed(1, None, None, tuple(problems.found), is_row=False)


def _read(row: TableRow, form: Format, seen: dict[str, str]) -> Parsed:
    problems = ProblemList(row.number)
    key = _key_of(row, form, problems)
    problems.name_row(key)
    _report_shape(row, problems)
    facts = None
    if key is None:
        problems.reject("key_missing", form.key)
    else:
        facts = form.read_row(row.cells, problems)
    if facts is not None and key is not None and _is_repeated(key, facts, form, problems, seen):
        facts = None
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
    key: str, facts: Any, form: Format, problems: ProblemList, seen: dict[str, str]
) -> bool:
    """The first row of a key counts; a later one is told apart by whether it says the same."""
    fingerprint = facts_sha256(facts)
    if key not in seen:
        seen[key] = fingerprint
        return False
    if seen[key] == fingerprint:
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
