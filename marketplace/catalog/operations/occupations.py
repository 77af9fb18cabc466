"""Taking in a classification of occupations. What is gone is retired with a date."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select, update

from marketplace.catalog.models import Occupation
from marketplace.catalog.sources.occupations import OccupationFacts, read_occupations
from marketplace.foundation.db import db
from marketplace.imports.intakes import Outcome, RunFacts
from marketplace.imports.problems import Parsed


class OccupationIntake:
    """One file with one whole classification."""

    kind = "occupations"

    def __init__(self, path: Path, *, classification: str) -> None:
        self.path = path
        self.source = classification
        self.in_file: set[str] = set()

    def read(self) -> Iterator[Parsed]:
        """Every node, broad before narrow."""
        for parsed in read_occupations(self.path, self.source):
            if isinstance(parsed.facts, OccupationFacts):
                self.in_file.add(parsed.facts.code)
            yield parsed

    def save(self, parsed: Sequence[Parsed], run: RunFacts) -> Outcome:
        """Insert new nodes, update changed ones, bring back those that reappear."""
        outcome = Outcome()
        outcome.counts["rows"] += sum(1 for row in parsed if row.is_row)
        facts = [row.facts for row in parsed if isinstance(row.facts, OccupationFacts)]
        for depth in sorted({fact.depth for fact in facts}):
            self._save_depth([fact for fact in facts if fact.depth == depth], outcome)
        return outcome

    def close(self, run: RunFacts) -> Outcome:
        """Retire what the classification no longer holds; courses keep pointing to it."""
        gone = [
            occupation.id
            for code, occupation in self._load_known().items()
            if code not in self.in_file and occupation.retired_on is None
        ]
        if gone:
            db.session.execute(
                update(Occupation).execution_options(synchronize_session=False),
                [{"id": occupation_id, "retired_on": run.as_of} for occupation_id in gone],
            )
        outcome = Outcome()
        outcome.counts["retired"] += len(gone)
        return outcome

    def _save_depth(self, facts: Sequence[OccupationFacts], outcome: Outcome) -> None:
        known = self._load_known()
        new, changed = [], []
        for fact in facts:
            values = _values(fact, known)
            earlier = known.get(fact.code)
            if earlier is None:
                new.append({**values, "classification": self.source, "code": fact.code})
            elif any(getattr(earlier, name) != value for name, value in values.items()):
                changed.append({"id": earlier.id, **values})
        if new:
            db.session.execute(insert(Occupation), new)
        if changed:
            db.session.execute(
                update(Occupation).execution_options(synchronize_session=False), changed
            )
        outcome.counts["added"] += len(new)
        outcome.counts["changed"] += len(changed)
        outcome.counts["unchanged"] += len(facts) - len(new) - len(changed)

    def _load_known(self) -> dict[str, Occupation]:
        found = db.session.scalars(
            select(Occupation)
            .where(Occupation.classification == self.source)
            .execution_options(populate_existing=True)
        )
        return {occupation.code: occupation for occupation in found}


def _values(fact: OccupationFacts, known: dict[str, Occupation]) -> dict[str, Any]:
    parent = known.get(fact.parent_codes[0]) if fact.parent_codes else None
    return {
        "title": fact.title,
        "depth": fact.depth,
        "parent_id": parent.id if parent else None,
        "definition": fact.definition,
        "work_types": list(fact.work_types),
        "marks": list(fact.marks),
        "retired_on": None,
    }
