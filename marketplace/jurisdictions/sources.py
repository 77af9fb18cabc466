"""Reading the published lists of places (provinces, cities, areas, streets): pure, tier by tier.

Codes come as 2, 4, 6, 9 or 12 digits; the tree uses six digits for tiers 1-3 (GB/T 2260) and
nine for townships (GB/T 10114). A county governed directly by its province (省直辖县) or by a
municipality sits under the prefecture that the code implies; where the file leaves that
prefecture out it is made and reported, so that the tree stays whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from marketplace.foundation.errors import N_
from marketplace.foundation.files import (
    TableRow,
    header_name,
    open_table,
    prove_table,
    refuse_without_rows,
)
from marketplace.foundation.text import tidy
from marketplace.imports.problems import Parsed, ProblemList, register_problems

FILES = ("provinces.csv", "cities.csv", "areas.csv", "streets.csv")
_REQUIRED = ("code", "name")
_PARENT_COLUMNS = {2: "provincecode", 3: "citycode", 4: "areacode"}
_DIGITS = {1: 2, 2: 4, 3: 6, 4: 9}
_WIDTH = {1: 6, 2: 6, 3: 6, 4: 9}
_MUNICIPALITIES = ("11", "12", "31", "50")
_AUTONOMOUS = ("15", "45", "54", "64", "65")

register_problems(
    {
        "code_malformed": N_("“%(before)s” is not a code of this tier; the row was left out."),
        "parent_made": N_(
            "The unit above, %(after)s, is not in the file; it was made so that the tree is whole."
        ),
        "parent_differs": N_(
            "The row names %(before)s as the unit above, its code says %(after)s."
        ),
        "same_as_parent": N_(
            "%(before)s is a prefecture without counties: one unit, not two; "
            "its townships hang under it directly."
        ),
    }
)


@dataclass(frozen=True, slots=True)
class UnitFacts:
    """One unit of the tree. `is_made`: not in the file, implied by a code below it."""

    code: str
    name: str
    tier: int
    parent_code: str | None
    path: str
    is_made: bool = False


def read_units(folder: Path) -> Iterator[Parsed]:
    """All units, broad before narrow. Refuses when a file is missing or cannot be used."""
    counts = [prove_table(folder / name, required=_REQUIRED) for name in FILES]
    refuse_without_rows(sum(counts), folder.name)
    reader = _TreeReader()
    for tier, name in enumerate(FILES, start=1):
        with open_table(folder / name, required=_REQUIRED) as table:
            for row in table.rows:
                yield from reader.read(tier, row)


def normal_code(text: str, tier: int) -> str | None:
    """`11`, `1101`, `110101`, `110101001`, 12 digits or `110101.0` in the form of the tree."""
    digits = re.sub(r"\.0+$", "", tidy(text).strip("\"' "))
    if not re.fullmatch(r"[1-9]\d{1,11}", digits):
        return None
    own = _DIGITS[tier]
    if len(digits) < own or digits[own:].strip("0"):
        return None
    return digits[:own].ljust(_WIDTH[tier], "0")


class _TreeReader:
    """Knows the units read so far, so that parents and repetitions are found."""

    def __init__(self) -> None:
        self.names: dict[tuple[int, str], str] = {}
        self.paths: dict[tuple[int, str], str] = {}

    def read(self, tier: int, row: TableRow) -> Iterator[Parsed]:
        cells = {header_name(name).replace("_", ""): value for name, value in row.cells.items()}
        raw = cells["code"]
        problems = ProblemList(row.number, tidy(raw) or None)
        code = normal_code(raw, tier)
        name = tidy(cells["name"]).strip("\"' ")
        if code is None:
            problems.reject("code_malformed" if raw.strip() else "key_missing", "code", raw)
        elif not name:
            problems.reject("value_missing", "name")
        elif (tier, code) in self.names:
            self._repeated(tier, code, name, problems)
        else:
            made = list(self._parents_made(tier, code, cells, problems))
            yield from made
            yield self._unit(tier, code, name, cells, problems)
            return
        yield Parsed(row.number, problems.key, None, tuple(problems.found))

    def _repeated(self, tier: int, code: str, name: str, problems: ProblemList) -> None:
        if self.names[tier, code] == name:
            problems.warn("row_duplicated", "code", code)
        else:
            problems.reject("key_duplicated", "code", code)

    def _unit(
        self, tier: int, code: str, name: str, cells: dict[str, str], problems: ProblemList
    ) -> Parsed:
        parent = self._parent_of(tier, code, cells)
        self.names[tier, code] = name
        if tier == 3 and parent == code:
            self.paths[tier, code] = self.paths[2, code]
            problems.note("same_as_parent", "code", f"{name} {code}")
            return Parsed(problems.row, problems.key, None, tuple(problems.found))
        above = self.paths[tier - 1, parent] if parent else "/"
        self.paths[tier, code] = f"{above}{code}/"
        facts = UnitFacts(code, name, tier, parent, self.paths[tier, code])
        return Parsed(problems.row, problems.key, facts, tuple(problems.found))

    def _parent_of(self, tier: int, code: str, cells: dict[str, str]) -> str | None:
        """The unit the row names, if it is known; else the one its code implies."""
        if tier == 1:
            return None
        named = normal_code(cells.get(_PARENT_COLUMNS[tier], ""), tier - 1)
        if named and (tier - 1, named) in self.paths:
            return named
        return implied_parent(tier, code)

    def _parents_made(
        self, tier: int, code: str, cells: dict[str, str], problems: ProblemList
    ) -> Iterator[Parsed]:
        """Make the units above that neither the row nor its code can point to."""
        parent = self._parent_of(tier, code, cells)
        if parent is None:
            return
        if parent != implied_parent(tier, code):
            problems.warn("parent_differs", _PARENT_COLUMNS[tier], parent)
        if (tier - 1, parent) in self.paths:
            return
        yield from self._parents_made(tier - 1, parent, {}, problems)
        name = made_name(tier - 1, parent)
        problems.repair("parent_made", _PARENT_COLUMNS[tier], None, f"{parent} {name}")
        unit = self._unit(tier - 1, parent, name, {}, ProblemList(problems.row, parent))
        facts = unit.facts
        if isinstance(facts, UnitFacts):
            made = UnitFacts(facts.code, name, facts.tier, facts.parent_code, facts.path, True)
            yield Parsed(problems.row, parent, made)


def implied_parent(tier: int, code: str) -> str:
    """The unit above, as the code itself says."""
    return code[: _DIGITS[tier - 1]].ljust(_WIDTH[tier - 1], "0")


def made_name(tier: int, code: str) -> str:
    """What a unit that no file names is called officially; else its code."""
    if tier != 2:
        return code
    if code[2:4] == "90":
        autonomous = code[:2] in _AUTONOMOUS
        return "自治区直辖县级行政区划" if autonomous else "省直辖县级行政区划"
    if code[:2] in _MUNICIPALITIES:
        return "县" if code[2:4] == "02" else "市辖区"
    return code
