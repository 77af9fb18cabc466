"""Taking in courses from a source: new versions only where the content changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from marketplace.catalog.operations.import_differences import differences_of
from marketplace.catalog.operations.import_institutions import (
    CourseInstitutions,
    described_institutions,
)
from marketplace.catalog.operations.import_plans import plan_courses
from marketplace.catalog.operations.import_writes import (
    list_absent,
    withdraw_absent,
    write_courses,
)
from marketplace.catalog.sources import generic, us_nj_etpl
from marketplace.catalog.sources.facts import CourseFacts
from marketplace.foundation.errors import Refusal, Refused
from marketplace.foundation.files import as_text_table, refuse_without_rows
from marketplace.imports.intakes import Difference, Outcome, RunFacts
from marketplace.imports.problems import Parsed
from marketplace.imports.reading import Format, is_correction, open_format, read_proved_rows
from marketplace.imports.states import Verdict

FORMATS: Mapping[str, Callable[[str], Format]] = {
    us_nj_etpl.SOURCE: us_nj_etpl.form_for,
    generic.SOURCE: generic.form_for,
}


class CatalogIntake:
    """One file of courses. `replaces`: what the file does not name is withdrawn."""

    kind = "catalog"

    def __init__(self, path: Path, *, source: str, currency: str, replaces: bool = False) -> None:
        self.path = path
        self.source = source
        self.form = FORMATS[source](currency)
        self.replaces = replaces
        self.row_count: int | None = None
        self.keys: set[str] = set()
        self.unstated: frozenset[str] = frozenset()
        self.institutions = CourseInstitutions({}, course_source=source)

    def read(self) -> Iterator[Parsed]:
        """Every row of the file, after a look through it: what it says about institutions."""
        with as_text_table(self.path) as path:
            self._look_through(path)
            for parsed in read_proved_rows(path, self.form):
                if parsed.key is not None:
                    self.keys.add(parsed.key)
                if isinstance(parsed.facts, CourseFacts):
                    self.institutions.meet(parsed.facts.institution_key, parsed.row)
                yield parsed

    def save(self, parsed: Sequence[Parsed], run: RunFacts) -> Outcome:
        """Write a piece of the file."""
        outcome, rows = _begin(parsed)
        self.institutions.save(rows, run=run, outcome=outcome)
        standings = self.institutions.standings(rows, run)
        plan = plan_courses(
            rows,
            source=self.source,
            standings=standings,
            unstated=self.unstated,
            outcome=outcome,
        )
        write_courses(plan, source=self.source, run=run)
        return outcome

    def compare(self, parsed: Sequence[Parsed], run: RunFacts) -> Outcome:
        """What saving a piece would do."""
        outcome, rows = _begin(parsed)
        self.institutions.compare(rows, run=run, outcome=outcome)
        standings = self.institutions.standings(rows, run)
        plan = plan_courses(
            rows,
            source=self.source,
            standings=standings,
            unstated=self.unstated,
            outcome=outcome,
        )
        outcome.differences += differences_of(plan)
        return outcome

    def close(self, run: RunFacts) -> Outcome:
        """With `replaces`: withdraw the listed courses that the file does not name."""
        outcome = Outcome()
        if self.replaces:
            outcome.counts["courses.withdrawn"] += withdraw_absent(self.source, self.keys)
        return outcome

    def compare_absent(self, run: RunFacts) -> Outcome:
        """What closing would withdraw."""
        outcome = Outcome()
        if self.replaces:
            absent = list_absent(self.source, self.keys)
            outcome.counts["courses.withdrawn"] += len(absent)
            outcome.counts["courses.absent"] += len(absent)
            outcome.differences += [
                Difference(0, key, code, Verdict.WITHDRAWN) for _id, key, code in absent
            ]
        return outcome

    def _look_through(self, path: Path) -> None:
        with open_format(path, self.form) as table:
            if self.replaces and is_correction(table):
                raise Refused(Refusal("corrections_not_complete"))
            self.unstated = self.form.unstated(table.columns)
            count, self.institutions = described_institutions(table, course_source=self.source)
        refuse_without_rows(count, path.name)
        self.row_count = count


def _begin(parsed: Sequence[Parsed]) -> tuple[Outcome, list[tuple[int, CourseFacts]]]:
    outcome = Outcome()
    outcome.counts["rows"] += sum(1 for row in parsed if row.is_row)
    return outcome, [(row.row, row.facts) for row in parsed if isinstance(row.facts, CourseFacts)]
