"""Classifications of occupations: 职业分类大典 2022 (`cn-2022`) and SOC 2018 (`soc-2018`): pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from marketplace.foundation.errors import N_
from marketplace.imports.cells import clean_key, clean_text, read_flag, read_integer
from marketplace.imports.problems import Parsed, ProblemList, register_problems
from marketplace.imports.reading import Cells, Format, read_rows

_CN_CODE = re.compile(r"[1-9](-\d{2}){0,3}")
_SOC_CODE = re.compile(r"\d{2}-\d{4}")
_SOC_DEPTHS = {"major": 1, "minor": 2, "broad": 3, "detailed": 4}
DEFINITION_CHARS_MAX = 8_000

register_problems(
    {
        "occupation_code_malformed": N_(
            "“%(before)s” is not a code of this classification; the row was left out."
        ),
        "occupation_title_missing": N_("The occupation has no title; the row was left out."),
        "occupation_depth_differs": N_(
            "The file says level %(before)s, the code says %(after)s: the code counts."
        ),
        "occupation_group_unknown": N_("“%(before)s” is not a level of SOC; the row was left out."),
        "occupation_parent_missing": N_(
            "The group above, %(before)s, is not in the file: placed under %(after)s."
        ),
    }
)


@dataclass(frozen=True, slots=True)
class OccupationFacts:
    """One node of a classification. The parents are candidates, nearest first."""

    code: str
    title: str
    depth: int
    parent_codes: tuple[str, ...]
    definition: str | None = None
    work_types: tuple[str, ...] = ()
    marks: tuple[str, ...] = ()


def read_occupations(path: Path, classification: str) -> Iterator[Parsed]:
    """All nodes, broad before narrow, each with the nearest group above that is there."""
    rows = list(read_rows(path, FORMATS[classification]))
    present = {row.facts.code for row in rows if isinstance(row.facts, OccupationFacts)}
    for row in sorted(rows, key=_depth_of):
        yield _placed(row, present) if isinstance(row.facts, OccupationFacts) else row


def _depth_of(row: Parsed) -> int:
    return row.facts.depth if isinstance(row.facts, OccupationFacts) else 0


def _placed(row: Parsed, present: set[str]) -> Parsed:
    facts = row.facts
    assert isinstance(facts, OccupationFacts)
    found = next((code for code in facts.parent_codes if code in present), None)
    parents = (found,) if found else ()
    problems = ProblemList(row.row, row.key, list(row.problems))
    if facts.parent_codes and found != facts.parent_codes[0] and not _is_soc(facts.code):
        problems.repair("occupation_parent_missing", "parent", facts.parent_codes[0], found or "–")
    elif facts.parent_codes and found is None:
        problems.repair("occupation_parent_missing", "parent", facts.parent_codes[0], "–")
    return replace(row, facts=replace(facts, parent_codes=parents), problems=tuple(problems.found))


def _is_soc(code: str) -> bool:
    return _SOC_CODE.fullmatch(code) is not None


def read_cn(cells: Cells, problems: ProblemList) -> OccupationFacts | None:
    """大类 1, 中类 1-01, 小类 1-01-00, 职业 1-01-00-01, with work types and marks."""
    code = problems.key or ""
    if not _CN_CODE.fullmatch(code):
        problems.reject("occupation_code_malformed", "code", code)
        return None
    title = clean_text(cells["name"], "name", problems, limit=200)
    if title is None:
        problems.reject("occupation_title_missing", "name")
        return None
    depth = code.count("-") + 1
    stated = read_integer(cells.get("level", ""), "level", problems)
    if stated is not None and stated != depth:
        problems.warn("occupation_depth_differs", "level", str(stated), str(depth))
    marks = [
        mark for mark in ("green", "digital") if read_flag(cells.get(mark, ""), mark, problems)
    ]
    return OccupationFacts(
        code=code,
        title=title,
        depth=depth,
        parent_codes=_cn_parents(code, clean_key(cells.get("parent", ""), "parent", problems)),
        definition=clean_text(
            cells.get("description", ""),
            "description",
            problems,
            limit=DEFINITION_CHARS_MAX,
            lines=True,
        ),
        work_types=_work_types(cells.get("worktypes", "")),
        marks=tuple(marks),
    )


def _cn_parents(code: str, stated: str | None) -> tuple[str, ...]:
    implied = []
    while "-" in code:
        code = code.rsplit("-", 1)[0]
        implied.append(code)
    if stated and stated not in implied and implied:
        return (stated, *implied)
    return tuple(implied)


def _work_types(raw: str) -> tuple[str, ...]:
    names = (name.strip().strip('"') for name in re.split(r"[|；;\n]", raw))
    return tuple(dict.fromkeys(name for name in names if name))


def read_soc(cells: Cells, problems: ProblemList) -> OccupationFacts | None:
    """Major 11-0000, minor 11-1000, broad 11-1010, detailed 11-1011."""
    code = problems.key or ""
    if not _SOC_CODE.fullmatch(code):
        problems.reject("occupation_code_malformed", "soccode", code)
        return None
    title = clean_text(cells["soctitle"], "soctitle", problems, limit=200)
    if title is None:
        problems.reject("occupation_title_missing", "soctitle")
        return None
    depth = _SOC_DEPTHS.get(cells["socgroup"].strip().lower())
    if depth is None:
        problems.reject("occupation_group_unknown", "socgroup", cells["socgroup"])
        return None
    return OccupationFacts(
        code=code,
        title=title,
        depth=depth,
        parent_codes=_soc_parents(code, depth),
        definition=clean_text(
            cells.get("socdefinition", ""),
            "socdefinition",
            problems,
            limit=DEFINITION_CHARS_MAX,
            lines=True,
        ),
    )


def _soc_parents(code: str, depth: int) -> tuple[str, ...]:
    """The codes above. A few minor groups (15-1200, 31-1100, 51-5100) keep two digits."""
    above = (f"{code[:6]}0", f"{code[:5]}00", f"{code[:4]}000", f"{code[:3]}0000")
    first = {1: 4, 2: 3, 3: 1, 4: 0}[depth]
    return tuple(candidate for candidate in above[first:] if candidate != code)


FORMATS: Mapping[str, Format] = {
    "cn-2022": Format(
        required=("code", "name"),
        optional=("green", "digital", "level", "parent", "gbm", "worktypes", "description"),
        key="code",
        read_row=read_cn,
        read_key=clean_key,
    ),
    "soc-2018": Format(
        required=("soccode", "soctitle", "socgroup"),
        optional=("socdefinition",),
        key="soccode",
        read_row=read_soc,
        read_key=clean_key,
    ),
}
