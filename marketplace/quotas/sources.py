"""Lists of employees as employers hand them in: typed line by line, or a table.

    number, name

The number is the public code or the ID number; the order of the two does not matter in a line.
Names of columns in Chinese are understood as well.
"""

from __future__ import annotations

import re
from pathlib import Path

from marketplace.foundation.errors import Refusal, Refused
from marketplace.foundation.files import open_table, prove_table, refuse_without_rows
from marketplace.foundation.text import tidy
from marketplace.quotas import errors as _errors  # noqa: F401  (registers the refusals)
from marketplace.quotas.operations.naming import NamedPerson
from marketplace.quotas.rules import NAMED_AT_ONCE_MAX

_ALIASES = {
    "编号": "number",
    "人员编号": "number",
    "身份证号": "number",
    "身份证号码": "number",
    "证件号码": "number",
    "公民身份号码": "number",
    "worker_code": "number",
    "id_number": "number",
    "姓名": "name",
}
_COLUMNS = ("number", "name")
_LINE = re.compile(r"([^\s,，;；、]+)[\s,，;；、]+(.+)")
_TEXT_MAX = 60


def read_named_lines(typed: str) -> list[NamedPerson]:
    """One person a line; empty lines count for nothing. Refuses every line that cannot be read, by
    its number: what stands in it is personal and is not repeated."""
    people, problems = [], []
    for number, line in enumerate(typed.splitlines(), start=1):
        if not (text := tidy(line)):
            continue
        found = _LINE.fullmatch(text)
        person = _person(found.group(1), found.group(2)) if found else None
        if person is None:
            params = {"line": number}
            problems.append(Refusal("quota_line_unreadable", params, field="people"))
        else:
            people.append(person)
    if problems:
        raise Refused(problems)
    return people


def read_named_table(path: Path) -> list[NamedPerson]:
    """The people of a CSV or XLSX file. Refuses what no table is, and rows without both values."""
    refuse_without_rows(prove_table(path, required=_COLUMNS, aliases=_ALIASES), path.name)
    people: list[NamedPerson] = []
    problems: list[Refusal] = []
    with open_table(path, required=_COLUMNS, aliases=_ALIASES) as table:
        for row in table.rows:
            person = _person(row.cells.get("number", ""), row.cells.get("name", ""))
            if person is None:
                params = {"line": row.number}
                problems.append(Refusal("quota_line_unreadable", params, field="file"))
            elif len(people) > NAMED_AT_ONCE_MAX:
                break  # one too many is refused whatever follows
            else:
                people.append(person)
    if problems:
        raise Refused(problems[:20])
    return people


def _person(first: str, second: str) -> NamedPerson | None:
    one, other = tidy(first), tidy(second)
    if not one or not other or max(len(one), len(other)) > _TEXT_MAX:
        return None
    has_digits = [any(character.isdigit() for character in part) for part in (one, other)]
    if has_digits == [False, True]:
        one, other = other, one
    return NamedPerson(one, other) if any(has_digits) else None
