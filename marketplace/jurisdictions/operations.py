"""Taking in the published list of places. What is gone is retired with a date, never deleted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select, update

from marketplace.foundation.db import db
from marketplace.imports.intakes import Outcome, RunFacts
from marketplace.imports.problems import Parsed
from marketplace.jurisdictions.models import Jurisdiction
from marketplace.jurisdictions.sources import UnitFacts, read_units

SOURCE = "cn-regions"


@dataclass(frozen=True, slots=True)
class _Known:
    id: int
    name: str
    path: str
    retired_on: date | None


class JurisdictionIntake:
    """A folder with provinces.csv, cities.csv, areas.csv and streets.csv."""

    kind = "jurisdictions"
    source = SOURCE

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.known: dict[str, _Known] | None = None
        self.in_file: set[str] = set()

    def read(self) -> Iterator[Parsed]:
        """Every unit, broad before narrow."""
        for parsed in read_units(self.folder):
            if isinstance(parsed.facts, UnitFacts):
                self.in_file.add(parsed.facts.code)
            yield parsed

    def save(self, parsed: Sequence[Parsed], run: RunFacts) -> Outcome:
        """Insert new units, update changed ones, bring back those that reappear."""
        known = self._load_known()
        outcome = Outcome()
        made = sum(1 for row in parsed if isinstance(row.facts, UnitFacts) and row.facts.is_made)
        outcome.counts["rows"] += len(parsed) - made
        units = [row.facts for row in parsed if isinstance(row.facts, UnitFacts)]
        merged = sum(1 for row in parsed if _is_no_unit_of_its_own(row))
        outcome.counts["unchanged"] += merged
        for tier in (1, 2, 3, 4):
            self._save_tier([unit for unit in units if unit.tier == tier], known, outcome)
        return outcome

    def close(self, run: RunFacts) -> Outcome:
        """Retire, as of the edition's date, what the list no longer holds."""
        known = self._load_known()
        gone = sorted(
            unit.id
            for code, unit in known.items()
            if code not in self.in_file and unit.retired_on is None
        )
        if gone:
            db.session.execute(
                update(Jurisdiction).execution_options(synchronize_session=False),
                [{"id": unit_id, "retired_on": run.as_of} for unit_id in gone],
            )
        outcome = Outcome()
        outcome.counts["retired"] += len(gone)
        return outcome

    def _load_known(self) -> dict[str, _Known]:
        if self.known is None:
            rows = db.session.execute(
                select(
                    Jurisdiction.code,
                    Jurisdiction.id,
                    Jurisdiction.name,
                    Jurisdiction.path,
                    Jurisdiction.retired_on,
                )
            )
            self.known = {
                row.code: _Known(row.id, row.name, row.path, row.retired_on) for row in rows
            }
        return self.known

    def _save_tier(
        self, units: Sequence[UnitFacts], known: dict[str, _Known], outcome: Outcome
    ) -> None:
        new = [unit for unit in units if unit.code not in known]
        changed = [unit for unit in units if unit.code in known and _differs(unit, known)]
        if new:
            by_code = _insert(new, known)
            for unit in new:
                known[unit.code] = _Known(by_code[unit.code], unit.name, unit.path, None)
        if changed:
            db.session.execute(
                update(Jurisdiction).execution_options(synchronize_session=False),
                [{"id": known[unit.code].id, **_values(unit, known)} for unit in changed],
            )
            for unit in changed:
                known[unit.code] = _Known(known[unit.code].id, unit.name, unit.path, None)
        outcome.counts["added"] += len(new)
        outcome.counts["changed"] += len(changed)
        outcome.counts["unchanged"] += len(units) - len(new) - len(changed)


def _insert(new: Sequence[UnitFacts], known: dict[str, _Known]) -> dict[str, int]:
    """Insert units; their ids by code. Asking for ids while inserting costs four times as much."""
    db.session.execute(insert(Jurisdiction), [_values(unit, known) for unit in new])
    found = db.session.execute(
        select(Jurisdiction.code, Jurisdiction.id).where(
            Jurisdiction.code.in_([unit.code for unit in new])
        )
    )
    return {code: unit_id for code, unit_id in found}


def _is_no_unit_of_its_own(row: Parsed) -> bool:
    return row.facts is None and any(p.code == "same_as_parent" for p in row.problems)


def _differs(unit: UnitFacts, known: dict[str, _Known]) -> bool:
    stored = known[unit.code]
    return (stored.name, stored.path, stored.retired_on) != (unit.name, unit.path, None)


def _values(unit: UnitFacts, known: dict[str, _Known]) -> dict[str, Any]:
    return {
        "code": unit.code,
        "name": unit.name,
        "tier": unit.tier,
        "parent_id": known[unit.parent_code].id if unit.parent_code else None,
        "path": unit.path,
        "retired_on": None,
    }
