"""Taking in outcomes of training: new, changed, unchanged; nothing is deleted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import insert, or_, select, update

from marketplace.catalog.models import Course, TrainingOutcome
from marketplace.catalog.sources import generic, generic_outcomes, us_nj_outcomes
from marketplace.catalog.sources.outcomes import QUARTERS, OutcomeRow
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.imports.intakes import Outcome, RunFacts
from marketplace.imports.problems import Parsed, ProblemList
from marketplace.imports.reading import Format, facts_sha256, read_rows
from marketplace.institutions.models import Institution
from marketplace.institutions.sources import generic as generic_institutions
from marketplace.institutions.sources import us_nj

FORMATS: Mapping[str, Callable[[str], Format]] = {
    us_nj_outcomes.SOURCE: lambda _currency: us_nj_outcomes.FORMAT,
    generic_outcomes.SOURCE: generic_outcomes.form_for,
}
INSTITUTION_SOURCES: Mapping[str, str] = {
    us_nj_outcomes.SOURCE: us_nj.SOURCE,
    generic_outcomes.SOURCE: generic_institutions.SOURCE,
}


@dataclass(frozen=True, slots=True)
class Located:
    """One row with the institution and course it is about."""

    row: int
    key: str
    facts: OutcomeRow
    institution_id: int
    course_id: int | None


class OutcomeIntake:
    """One file of outcomes."""

    kind = "outcomes"

    def __init__(self, path: Path, *, source: str, currency: str) -> None:
        self.path = path
        self.source = source
        self.currency = currency

    def read(self) -> Iterator[Parsed]:
        """Every row of the file."""
        return read_rows(self.path, FORMATS[self.source](self.currency))

    def save(self, parsed: Sequence[Parsed], run: RunFacts) -> Outcome:
        """Write a piece of the file."""
        outcome = Outcome()
        outcome.counts["rows"] += sum(1 for row in parsed if row.is_row)
        located = self._locate(parsed, outcome)
        known = self._load_known([item.key for item in located])
        new, changed = [], []
        for item in located:
            outcome.counts["suppressed"] += item.facts.hidden
            earlier = known.get(item.key)
            values = _values(item, run)
            if earlier is None:
                new.append({**values, "source": self.source, "source_key": item.key,
                            "created_at": values["changed_at"]})  # fmt: skip
            elif earlier.as_of > run.as_of:
                outcome.counts["unchanged"] += 1
                _warn(item, "outcome_older", earlier.as_of.isoformat(), outcome)
            elif earlier.content_sha256 == values["content_sha256"]:
                outcome.counts["unchanged"] += 1
                if earlier.as_of != run.as_of:
                    changed.append({"id": earlier.id, "as_of": run.as_of})
            else:
                outcome.counts["changed"] += 1
                changed.append({"id": earlier.id, **values})
        _write(new, changed)
        outcome.counts["added"] += len(new)
        return outcome

    def close(self, run: RunFacts) -> Outcome:
        """Figures a file does not name stay, with the date of their own edition."""
        return Outcome()

    def _locate(self, parsed: Sequence[Parsed], outcome: Outcome) -> list[Located]:
        rows = [row for row in parsed if isinstance(row.facts, OutcomeRow)]
        institutions = _list_institutions(
            {row.facts.institution_key for row in rows if row.facts},
            INSTITUTION_SOURCES[self.source],
        )
        courses = _list_courses({row.facts.course_key for row in rows if row.facts})
        located = []
        for row in rows:
            facts = row.facts
            assert isinstance(facts, OutcomeRow)
            institution_id = institutions.get(facts.institution_key)
            course = courses.get(facts.course_key or "")
            problems = ProblemList(row.row, row.key)
            if institution_id is None:
                problems.reject("outcome_institution_unknown", "institution", facts.institution_key)
            elif facts.course_key and (course is None or course[1] != institution_id):
                problems.reject("outcome_course_unknown", "course_key", facts.course_key)
            else:
                course_id = course[0] if course else None
                located.append(Located(row.row, row.key or "", facts, institution_id, course_id))
            outcome.problems += problems.found
        return located

    def _load_known(self, keys: Sequence[str]) -> dict[str, TrainingOutcome]:
        found = db.session.scalars(
            select(TrainingOutcome)
            .where(TrainingOutcome.source == self.source, TrainingOutcome.source_key.in_(keys))
            .execution_options(populate_existing=True)
            .with_for_update()
        )
        return {row.source_key: row for row in found}


def _list_institutions(keys: set[str], source: str) -> dict[str, int]:
    """By the number its source gives it, or by our own public code."""
    rows = db.session.execute(
        select(Institution.id, Institution.code, Institution.source, Institution.source_key)
        .where(
            or_(
                Institution.code.in_(keys),
                (Institution.source == source) & Institution.source_key.in_(keys),
            )
        )
        .order_by(Institution.id)
    )
    found: dict[str, int] = {}
    for row in rows:
        found[row.code] = row.id
        if row.source == source:
            found[row.source_key] = row.id
    return {key: number for key, number in found.items() if key in keys}


def _list_courses(keys: set[str | None]) -> dict[str, tuple[int, int]]:
    """Course and institution, by the number of our own format, or by our public code."""
    wanted = {key for key in keys if key}
    if not wanted:
        return {}
    rows = db.session.execute(
        select(Course.id, Course.institution_id, Course.code, Course.source, Course.source_key)
        .where(
            or_(
                Course.code.in_(wanted),
                (Course.source == generic.SOURCE) & Course.source_key.in_(wanted),
            )
        )
        .order_by(Course.id)
    )
    found: dict[str, tuple[int, int]] = {}
    for row in rows:
        found[row.code] = (row.id, row.institution_id)
        if row.source == generic.SOURCE:
            found[row.source_key] = (row.id, row.institution_id)
    return found


def _values(item: Located, run: RunFacts) -> dict[str, Any]:
    facts = item.facts
    figures: dict[str, Any] = {}
    for quarter in QUARTERS:
        figures[f"employed_q{quarter}"], figures[f"employed_q{quarter}_of"] = facts.employed[
            quarter
        ]
        figures[f"wage_q{quarter}_fen"], figures[f"wage_q{quarter}_of"] = facts.wages[quarter]
    return {
        **figures,
        "institution_id": item.institution_id,
        "course_id": item.course_id,
        "field_code": facts.field_code,
        "period": facts.period,
        "period_ends_on": facts.period_ends_on,
        "started": facts.started,
        "completed": facts.completed,
        "wage_kind": facts.wage_kind,
        "wage_months": facts.wage_months,
        "currency": facts.currency,
        "content_sha256": facts_sha256(facts),
        "as_of": run.as_of,
        "changed_at": clock.now(),
    }


def _warn(item: Located, code: str, before: str, outcome: Outcome) -> None:
    problems = ProblemList(item.row, item.key)
    problems.warn(code, "as_of", before)
    outcome.problems += problems.found


def _write(new: list[dict[str, Any]], changed: list[dict[str, Any]]) -> None:
    if new:
        db.session.execute(insert(TrainingOutcome), new)
    for shape in {tuple(sorted(row)) for row in changed}:
        db.session.execute(
            update(TrainingOutcome).execution_options(synchronize_session=False),
            [row for row in changed if tuple(sorted(row)) == shape],
        )
