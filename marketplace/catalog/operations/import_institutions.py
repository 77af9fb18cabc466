"""The institutions that a file of courses names: known, described by the row, or missing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import ColumnElement, or_, select

from marketplace.catalog.operations.search_index import index_courses_of_institutions
from marketplace.catalog.sources import generic, us_nj_etpl
from marketplace.catalog.sources.facts import CourseFacts
from marketplace.foundation.db import db
from marketplace.foundation.files import Table
from marketplace.imports.cells import clean_key
from marketplace.imports.intakes import Outcome, RunFacts
from marketplace.imports.problems import Parsed, ProblemList
from marketplace.imports.reading import unstated_fields
from marketplace.institutions.models import Accreditation, Institution
from marketplace.institutions.operations.import_plans import InstitutionRow, plan_institution_rows
from marketplace.institutions.operations.imports import InstitutionIntake, save_institution_rows
from marketplace.institutions.sources import generic as generic_institutions
from marketplace.institutions.sources import us_nj
from marketplace.institutions.sources.facts import KNOWN_FROM, Approval, InstitutionFacts
from marketplace.institutions.states import AccreditationState, InstitutionState

Describe = Callable[[Mapping[str, str], ProblemList], InstitutionFacts | None]
Rows = Sequence[tuple[int, CourseFacts]]
INSTITUTION_SOURCES: Mapping[str, str] = {
    us_nj_etpl.SOURCE: us_nj.SOURCE,
    generic.SOURCE: generic_institutions.SOURCE,
}
_DESCRIBERS: Mapping[str, tuple[str, Describe]] = {
    us_nj_etpl.SOURCE: ("providerid", us_nj_etpl.read_institution_of),
    generic.SOURCE: ("institution_key", generic.read_institution_of),
}
_FIELD_SOURCES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    us_nj_etpl.SOURCE: us_nj.SOURCES_OF_FIELDS,
    generic.SOURCE: generic_institutions.FORMAT.sources,
}
PREFIX = "institutions."


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether an institution may have courses listed on the date of the file."""

    institution_id: int
    may_teach: bool


class CatalogInstitutionIntake(InstitutionIntake):
    """One file of institutions, whose courses are found by the new name from then on."""

    def save(self, parsed: Sequence[Parsed], run: RunFacts) -> Outcome:
        """Write a piece of the file; the search entries of renamed institutions follow."""
        outcome = super().save(parsed, run)
        index_courses_of_institutions(self.renamed)
        return outcome


class CourseInstitutions:
    """Makes sure that every institution the rows name is there, once, at its first row.

    One that a file of institutions describes is left as that file says. One that only this file
    knows is kept up to date from here. One that nobody describes gets a place to hold its
    courses, and neither is listed.
    """

    def __init__(
        self,
        described: Mapping[str, InstitutionFacts],
        *,
        course_source: str,
        unstated: frozenset[str] = frozenset(),
    ) -> None:
        self.described = described
        self.unstated = unstated
        self.course_source = course_source
        self.source = INSTITUTION_SOURCES[course_source]
        self.first_rows: dict[str, int] = {}
        self.imagined: dict[str, Standing] = {}
        """Of a comparison: institutions that would be entered."""

    def meet(self, key: str, row: int) -> None:
        """A row names an institution; the first one that does stands for it."""
        self.first_rows.setdefault(key, row)

    def save(self, rows: Rows, *, run: RunFacts, outcome: Outcome) -> None:
        """Enter or update the institutions whose first rows these are."""
        to_save = self._rows_to_save(rows, outcome)
        renamed = save_institution_rows(
            to_save,
            source=self.source,
            run=run,
            outcome=outcome,
            prefix=PREFIX,
            unstated=self.unstated,
        )
        index_courses_of_institutions(renamed)

    def compare(self, rows: Rows, *, run: RunFacts, outcome: Outcome) -> None:
        """The same, without writing."""
        to_save = self._rows_to_save(rows, outcome)
        plan_institution_rows(
            to_save,
            source=self.source,
            run=run,
            outcome=outcome,
            prefix=PREFIX,
            unstated=self.unstated,
        )
        for row in to_save:
            may_teach = _would_teach(row.facts, run.as_of)
            self.imagined[row.facts.key] = Standing(0, may_teach)

    def standings(self, rows: Rows, run: RunFacts) -> dict[str, Standing]:
        """By key: the institution, and whether it is accredited on the date of the file."""
        keys = {facts.institution_key for _row, facts in rows}
        known = list_standings(sorted(keys), self.source, run)
        for key in keys & self.imagined.keys():
            institution_id = known[key].institution_id if key in known else 0
            known[key] = replace(self.imagined[key], institution_id=institution_id)
        return known

    def _rows_to_save(self, rows: Rows, outcome: Outcome) -> list[InstitutionRow]:
        first_rows = {
            facts.institution_key: (row, facts)
            for row, facts in rows
            if self.first_rows[facts.institution_key] == row
        }
        known = _known_by_key(self.source, list(first_rows))
        to_save = []
        for key, (row, facts) in first_rows.items():
            features, is_held = known.get(key, ({}, False))
            is_ours = KNOWN_FROM in features
            if key in known and not (is_ours and key in self.described):
                outcome.counts[f"{PREFIX}unchanged"] += 1
                if is_ours and is_held:
                    outcome.counts[f"{PREFIX}quarantined"] += 1
                    _report(row, facts, _nameless(key), outcome)
                continue
            institution = self.described.get(key) or _nameless(key)
            if key not in known:
                _report(row, facts, institution, outcome)
            marked = {**institution.features, KNOWN_FROM: self.course_source}
            to_save.append(InstitutionRow(row, replace(institution, features=marked)))
        return to_save


def described_institutions(table: Table, *, course_source: str) -> tuple[int, CourseInstitutions]:
    """How many rows a file has, and what it says about its institutions."""
    count, found = _describe(table, course_source)
    unstated = unstated_fields(_FIELD_SOURCES[course_source], table.columns)
    return count, CourseInstitutions(found, course_source=course_source, unstated=unstated)


def _describe(table: Table, course_source: str) -> tuple[int, dict[str, InstitutionFacts]]:
    """Row by row; reading to the end proves that the file can be.

    For each institution the first row that names it counts.
    """
    key_column, describe = _DESCRIBERS[course_source]
    found: dict[str, InstitutionFacts] = {}
    keys: dict[str, str | None] = {}
    count = 0
    for row in table.rows:
        count += 1
        raw = row.cells.get(key_column, "")
        if raw in keys and (keys[raw] is None or keys[raw] in found):
            continue
        silent = ProblemList(row.number)
        key = keys[raw] = clean_key(raw, key_column, silent)
        if key and (facts := describe(row.cells, silent)):
            found.setdefault(key, facts)
    return count, found


def list_standings(keys: Sequence[str], source: str, run: RunFacts) -> dict[str, Standing]:
    """By the key a file uses: the institution, and whether it is accredited that day."""
    accredited = (
        select(Accreditation.id)
        .where(
            Accreditation.institution_id == Institution.id,
            Accreditation.state == AccreditationState.GRANTED,
            Accreditation.valid_from <= run.as_of,
            or_(Accreditation.valid_until.is_(None), Accreditation.valid_until >= run.as_of),
        )
        .exists()
    )
    found = db.session.execute(
        select(
            Institution.source,
            Institution.source_key,
            Institution.code,
            Institution.id,
            (Institution.state == InstitutionState.ACCREDITED)
            & Institution.quarantine_reason.is_(None)
            & accredited,
        )
        .where(_is_meant(source, keys))
        .order_by(Institution.id)
        .limit(2 * len(keys) or 1)
    )
    standings: dict[str, Standing] = {}
    for of, key, code, institution_id, ok in found:
        standings[code] = Standing(institution_id, bool(ok))
        if of == source:
            standings[key] = standings[code]
    return standings


def _is_meant(source: str, keys: Sequence[str]) -> ColumnElement[bool]:
    """Institutions by the key of their source; our own format may also use our public code."""
    by_key = (Institution.source == source) & Institution.source_key.in_(keys)
    if source == generic_institutions.SOURCE:
        return or_(by_key, Institution.code.in_(keys))
    return by_key


def _known_by_key(source: str, keys: Sequence[str]) -> dict[str, tuple[Mapping[str, object], bool]]:
    """By key: the features of an institution, and whether nobody has decided about it yet."""
    rows = db.session.execute(
        select(
            Institution.source,
            Institution.source_key,
            Institution.code,
            Institution.features,
            Institution.quarantine_reason.isnot(None),
        )
        .where(_is_meant(source, keys))
        .order_by(Institution.id)
        .limit(2 * len(keys) or 1)
    )
    known: dict[str, tuple[Mapping[str, object], bool]] = {}
    for of, key, code, features, held in rows:
        known[code] = ({}, bool(held))
        if of == source:
            known[key] = (features, bool(held))
    return known


def _would_teach(facts: InstitutionFacts, as_of: date) -> bool:
    begun = facts.accredited_from or as_of
    until = facts.accredited_until
    if until is not None:
        begun = min(begun, until)
    is_in_force = begun <= as_of and (until is None or until >= as_of)
    return facts.approval == Approval.APPROVED and not facts.quarantine_reason and is_in_force


def _nameless(key: str) -> InstitutionFacts:
    return InstitutionFacts(
        key=key,
        name=f"({key})",
        approval=Approval.PENDING,
        quarantine_reason="institution_unknown",
    )


def _report(row: int, facts: CourseFacts, described: InstitutionFacts, outcome: Outcome) -> None:
    problems = ProblemList(row, facts.key)
    if described.quarantine_reason:
        problems.quarantine("institution_unknown", "institution", described.key)
    else:
        problems.warn("institution_made", "institution", None, described.name)
    outcome.problems += problems.found
