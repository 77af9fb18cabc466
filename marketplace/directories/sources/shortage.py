"""Files of the in-demand list: our own, and New Jersey's two. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from marketplace.catalog.states import ShortageEntryKind
from marketplace.directories.sources.facts import ShortageFacts
from marketplace.foundation.files import (
    Table,
    TableRow,
    open_table,
    prove_table,
    refuse_without_rows,
)
from marketplace.imports.cells import clean_key, clean_text, read_date
from marketplace.imports.problems import Parsed, ProblemList
from marketplace.imports.reading import PROBLEM_COLUMNS, Cells, Format, facts_sha256

_KINDS = {
    "": ShortageEntryKind.ADD,
    "add": ShortageEntryKind.ADD,
    "增补": ShortageEntryKind.ADD,
    "急需紧缺": ShortageEntryKind.ADD,
    "except": ShortageEntryKind.EXCEPT,
    "exclude": ShortageEntryKind.EXCEPT,
    "除外": ShortageEntryKind.EXCEPT,
    "不适用": ShortageEntryKind.EXCEPT,
}


@dataclass(frozen=True, slots=True)
class ShortageFormat:
    """Which columns a file needs and knows, and which of them tell its rows apart."""

    required: tuple[str, ...]
    optional: tuple[str, ...]
    code_column: str
    read_row: Callable[[Cells, str, ProblemList], ShortageFacts | None]
    aliases: Mapping[str, str] = field(default_factory=dict)

    @property
    def table(self) -> Format:
        """How a file of this kind is opened, and its wrong rows handed out again."""
        return Format(
            required=self.required,
            optional=self.optional,
            key=self.code_column,
            read_row=lambda cells, problems: self.read_row(cells, problems.key or "", problems),
            read_key=clean_key,
            aliases=self.aliases,
        )


def read_shortage_rows(path: Path, source: str) -> Iterator[Parsed]:
    """Every row; one occupation may stand once for each place."""
    form = SHORTAGE_FORMATS[source]
    names = form.table.names
    refuse_without_rows(prove_table(path, required=form.required, aliases=names), path.name)
    with open_table(path, required=form.required, aliases=names) as table:
        yield from _header_problems(table, form)
        seen: dict[tuple[str, str], str] = {}
        for row in table.rows:
            yield _read(row, form, seen)


def _header_problems(table: Table, form: ShortageFormat) -> Iterator[Parsed]:
    unknown = table.unknown_columns((*form.required, *form.optional, *PROBLEM_COLUMNS))
    if unknown:
        problems = ProblemList(1)
        problems.warn("columns_ignored", "header", ", ".join(unknown))
        yield Parsed(1, None, None, tuple(problems.found), is_row=False)


def _read(row: TableRow, form: ShortageFormat, seen: dict[tuple[str, str], str]) -> Parsed:
    problems = ProblemList(row.number)
    code = clean_key(row.cells[form.code_column], form.code_column, problems)
    problems.name_row(code)
    if row.surplus:
        problems.warn("cells_beyond_header", "row", str(row.surplus))
    if row.missing:
        problems.warn("cells_missing", "row", str(row.missing))
    facts = None
    if code is None:
        problems.reject("key_missing", form.code_column)
    else:
        facts = form.read_row(row.cells, code, problems)
    if facts is not None:
        key = (facts.occupation_code, (facts.place or "").lower())
        fingerprint = facts_sha256(facts)
        if (earlier := seen.get(key)) is None:
            seen[key] = fingerprint
        else:
            _report_repetition(earlier == fingerprint, form.code_column, code, problems)
            facts = None
    return Parsed(row.number, code, facts, tuple(problems.found))


def _report_repetition(is_same: bool, column: str, code: str | None, problems: ProblemList) -> None:
    """Told apart by whether it says the same for the same place."""
    if is_same:
        problems.warn("row_duplicated", column, code)
    else:
        problems.reject("key_duplicated", column, code)


def read_nj_soc(cells: Cells, code: str, problems: ProblemList) -> ShortageFacts:
    """New Jersey's occupations in demand, by SOC code."""
    title = clean_text(cells.get("occupationtitle", ""), "occupationtitle", problems)
    return ShortageFacts(code, title)


def read_nj_local(cells: Cells, code: str, problems: ProblemList) -> ShortageFacts | None:
    """New Jersey's local exceptions: in demand in one county only."""
    county = clean_text(cells["county"], "county", problems)
    if county is None:
        problems.reject("value_missing", "county")
        return None
    title = clean_text(cells.get("occupation", ""), "occupation", problems)
    return ShortageFacts(code, title, place=county)


def read_generic(cells: Cells, code: str, problems: ProblemList) -> ShortageFacts | None:
    """An entry in our own columns."""
    word = cells.get("kind", "").strip().strip("\"' ").lower()
    kind = _KINDS.get(word)
    if kind is None:
        problems.reject("shortage_kind_unknown", "kind", word)
        return None
    return ShortageFacts(
        code,
        clean_text(cells.get("occupation", ""), "occupation", problems),
        kind,
        clean_key(cells.get("jurisdiction_code", ""), "jurisdiction_code", problems),
        _uplift(cells.get("uplift_percent", ""), problems) if kind == "add" else None,
        read_date(cells.get("valid_until", ""), "valid_until", problems),
        clean_text(cells.get("clause", ""), "clause", problems),
    )


def _uplift(raw: str, problems: ProblemList) -> int | None:
    text = raw.strip().strip("\"' ").removesuffix("%").removesuffix(".0").strip()
    if not text:
        return None
    if text.isascii() and text.isdigit() and len(text) < 4 and 1 <= int(text) <= 100:
        return int(text)
    problems.warn("shortage_uplift_wrong", "uplift_percent", raw)
    return None


SHORTAGE_FORMATS: Mapping[str, ShortageFormat] = {
    "us-nj-socs": ShortageFormat(
        required=("soc",),
        optional=("occupationtitle",),
        code_column="soc",
        read_row=read_nj_soc,
    ),
    "us-nj-local-exceptions": ShortageFormat(
        required=("soc", "county"),
        optional=("occupation", "cip", "cipdescription"),
        code_column="soc",
        read_row=read_nj_local,
    ),
    "generic": ShortageFormat(
        required=("occupation_code",),
        optional=(
            "occupation", "kind", "jurisdiction_code", "uplift_percent", "valid_until", "clause",
        ),
        code_column="occupation_code",
        read_row=read_generic,
        aliases={
            "职业编码": "occupation_code", "职业名称": "occupation", "类型": "kind",
            "区划代码": "jurisdiction_code", "上浮比例": "uplift_percent",
            "有效期至": "valid_until", "依据": "clause",
        },
    ),
}  # fmt: skip
TABLE_FORMATS: Mapping[str, Format] = {
    source: form.table for source, form in SHORTAGE_FORMATS.items()
}
