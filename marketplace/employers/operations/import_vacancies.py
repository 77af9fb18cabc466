"""Taking in a file of vacancies: the same number is the same vacancy."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import select

from marketplace.catalog.operations.import_requests import RegisteredKind, register_import_kind
from marketplace.catalog.queries.occupations import list_occupation_ids
from marketplace.employers.models import Employer, Vacancy
from marketplace.employers.sources.vacancies import VACANCY_FORMATS, VacancyFacts
from marketplace.employers.states import VacancyState
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.ids import new_code
from marketplace.imports.intakes import Outcome, RunFacts
from marketplace.imports.problems import Parsed, ProblemList
from marketplace.imports.reading import facts_sha256, read_rows
from marketplace.jurisdictions.queries import list_jurisdiction_ids


class VacancyIntake:
    """One file of vacancies from one source; what it does not name stays as it is."""

    kind = "vacancies"

    def __init__(self, path: Path, *, source: str) -> None:
        self.path = path
        self.source = source

    def read(self) -> Iterator[Parsed]:
        """Every row of the file."""
        return read_rows(self.path, VACANCY_FORMATS[self.source])

    def save(self, parsed: Sequence[Parsed], run: RunFacts) -> Outcome:
        """Write a piece of the file."""
        outcome = Outcome()
        outcome.counts["rows"] += sum(1 for row in parsed if row.is_row)
        rows = [(row, row.facts) for row in parsed if isinstance(row.facts, VacancyFacts)]
        facts = [fact for _row, fact in rows]
        occupations = list_occupation_ids(f.occupation_code for f in facts if f.occupation_code)
        places = list_jurisdiction_ids(f.jurisdiction_code for f in facts if f.jurisdiction_code)
        employers = self._save_employers(facts)
        known = self._list_known([fact.key for fact in facts])
        for row, fact in rows:
            problems = ProblemList(row.row, row.key)
            verdict = self._save_row(
                fact, employers[fact.employer_key], known, occupations, places, run, problems
            )
            if verdict:
                outcome.counts[verdict] += 1
            outcome.problems += problems.found
        db.session.flush()
        return outcome

    def close(self, run: RunFacts) -> Outcome:
        """A file names some vacancies; about the others it says nothing."""
        return Outcome()

    def _save_employers(self, facts: Sequence[VacancyFacts]) -> dict[str, int]:
        """Ids by the source's number; the last row of a file says how an employer is called."""
        newest = {fact.employer_key: fact for fact in facts}
        rows = db.session.scalars(
            select(Employer)
            .where(Employer.source == self.source, Employer.source_key.in_(newest))
            .order_by(Employer.id)
            .with_for_update()
        )
        known = {employer.source_key: employer for employer in rows}
        for key, fact in newest.items():
            values = {
                "name": fact.employer_name,
                "uscc": fact.uscc,
                "website": fact.website,
                "contact": fact.contact,
            }
            if key in known:
                _change(known[key], values)
            else:
                known[key] = Employer(
                    code=new_code("EMP"),
                    source=self.source,
                    source_key=key,
                    created_at=clock.now(),
                    **values,
                )
                db.session.add(known[key])
        db.session.flush()
        return {key: employer.id for key, employer in known.items()}

    def _list_known(self, keys: Sequence[str]) -> dict[str, Vacancy]:
        rows = db.session.scalars(
            select(Vacancy)
            .where(Vacancy.source == self.source, Vacancy.source_key.in_(keys))
            .order_by(Vacancy.id)
            .with_for_update()
        )
        return {vacancy.source_key: vacancy for vacancy in rows}

    def _save_row(
        self,
        fact: VacancyFacts,
        employer_id: int,
        known: dict[str, Vacancy],
        occupations: dict[str, int],
        places: dict[str, int],
        run: RunFacts,
        problems: ProblemList,
    ) -> str | None:
        if fact.jurisdiction_code and fact.jurisdiction_code not in places:
            problems.reject("directory_place_unknown", "jurisdiction_code", fact.jurisdiction_code)
            return None
        if fact.occupation_code and fact.occupation_code not in occupations:
            problems.warn("directory_occupation_dropped", "occupation_code", fact.occupation_code)
        earlier = known.get(fact.key)
        sha = facts_sha256(fact)
        occupation_id = occupations.get(fact.occupation_code or "")
        if earlier is not None and run.as_of < earlier.as_of:
            problems.reject("directory_older", "as_of", earlier.as_of.isoformat())
            return None
        if (
            earlier is not None
            and earlier.content_sha256 == sha
            and earlier.occupation_id == occupation_id
        ):
            return "unchanged"
        values = _values(fact) | {
            "employer_id": employer_id,
            "occupation_id": occupation_id,
            "jurisdiction_id": places.get(fact.jurisdiction_code or ""),
            "content_sha256": sha,
            "as_of": run.as_of,
        }
        if earlier is not None:
            _change(earlier, values)
            return "changed"
        known[fact.key] = Vacancy(
            code=new_code("VA"),
            source=self.source,
            source_key=fact.key,
            created_at=clock.now(),
            **values,
        )
        db.session.add(known[fact.key])
        return "added"


def _values(fact: VacancyFacts) -> dict[str, Any]:
    return {
        "title": fact.title,
        "level": fact.level,
        "place": fact.place,
        "wage_fen_min": fact.wage_fen_min,
        "wage_fen_max": fact.wage_fen_max,
        "openings": fact.openings,
        "description": fact.description,
        "valid_from": fact.valid_from,
        "valid_until": fact.valid_until,
        "state": VacancyState.OPEN if fact.is_open else VacancyState.CLOSED,
    }


def _change(row: Any, values: dict[str, Any]) -> None:
    for name, value in values.items():
        setattr(row, name, value)


register_import_kind(
    VacancyIntake.kind,
    RegisteredKind(lambda path, order: VacancyIntake(path, source=order.source), VACANCY_FORMATS),
)
