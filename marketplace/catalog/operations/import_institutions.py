"""The institutions that a file of courses names: known, described by the row, or missing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import or_, select

from marketplace.catalog.operations.search_index import index_courses_of_institutions
from marketplace.catalog.sources import generic, us_nj_etpl
from marketplace.catalog.sources.facts import CourseFacts
from marketplace.foundation.db import db
from marketplace.foundation.files import open_table
from marketplace.imports.cells import clean_key
from marketplace.imports.intakes import Outcome, RunFacts
from marketplace.imports.problems import Parsed, ProblemList
from marketplace.institutions.models import Accreditation, Institution
from marketplace.institutions.operations.imports import (
    InstitutionIntake,
    InstitutionRow,
    save_institution_rows,
)
from marketplace.institutions.sources import generic as generic_institutions
from marketplace.institutions.sources import us_nj
from marketplace.institutions.sources.facts import Approval, InstitutionFacts
from marketplace.institutions.states import AccreditationState, InstitutionState

Describe = Callable[[Mapping[str, str], ProblemList], InstitutionFacts | None]
INSTITUTION_SOURCES: Mapping[str, str] = {
    us_nj_etpl.SOURCE: us_nj.SOURCE,
    generic.SOURCE: generic_institutions.SOURCE,
}
_DESCRIBERS: Mapping[str, tuple[str, Describe]] = {
    us_nj_etpl.SOURCE: ("providerid", us_nj_etpl.read_institution_of),
    generic.SOURCE: ("institution_key", generic.read_institution_of),
}
KNOWN_FROM = "known_from"
"""The feature that marks an institution no file of institutions has named yet."""
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


def describe_institutions(path: Path, *, course_source: str) -> dict[str, InstitutionFacts]:
    """What a file of courses says about its institutions: for each, the first row that names it."""
    key_column, describe = _DESCRIBERS[course_source]
    found: dict[str, InstitutionFacts] = {}
    with open_table(path, required=(key_column,)) as table:
        for row in table.rows:
            silent = ProblemList(row.number)
            key = clean_key(row.cells[key_column], key_column, silent)
            if key and key not in found and (facts := describe(row.cells, silent)):
                found[key] = facts
    return found


def resolve_institutions(
    first_rows: Mapping[str, tuple[int, CourseFacts]],
    *,
    described: Mapping[str, InstitutionFacts],
    course_source: str,
    run: RunFacts,
    outcome: Outcome,
) -> None:
    """Make sure that every institution the rows name is there.

    One that a file of institutions describes is left as that file says. One that only this file
    knows is kept up to date from here. One that nobody describes gets a place to hold its
    courses, and neither is listed.
    """
    source = INSTITUTION_SOURCES[course_source]
    known = _features_by_key(source, list(first_rows))
    held = _held_keys(source, list(first_rows))
    to_save = []
    for key, (row, facts) in first_rows.items():
        if key in known and (KNOWN_FROM not in known[key] or key not in described):
            outcome.counts[f"{PREFIX}unchanged"] += 1
            if KNOWN_FROM in known[key] and key not in described and key in held:
                outcome.counts[f"{PREFIX}quarantined"] += 1
                _report(row, facts, _nameless(key), outcome)
            continue
        institution = described.get(key) or _nameless(key)
        if key not in known:
            _report(row, facts, institution, outcome)
        marked = replace(institution, features={**institution.features, KNOWN_FROM: course_source})
        to_save.append(InstitutionRow(row, marked))
    renamed = save_institution_rows(to_save, source=source, run=run, outcome=outcome, prefix=PREFIX)
    index_courses_of_institutions(renamed)


def list_standings(keys: Sequence[str], course_source: str, run: RunFacts) -> dict[str, Standing]:
    """By key: the institution, and whether it is accredited on the date of the file."""
    wanted = set(keys)
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
            Institution.source_key,
            Institution.id,
            (Institution.state == InstitutionState.ACCREDITED)
            & Institution.quarantine_reason.is_(None)
            & accredited,
        )
        .where(
            Institution.source == INSTITUTION_SOURCES[course_source],
            Institution.source_key.in_(wanted),
        )
        .order_by(Institution.id)
        .limit(len(wanted) or 1)
    )
    return {key: Standing(institution_id, bool(ok)) for key, institution_id, ok in found}


def _features_by_key(source: str, keys: Sequence[str]) -> dict[str, dict[str, object]]:
    rows = db.session.execute(
        select(Institution.source_key, Institution.features).where(
            Institution.source == source, Institution.source_key.in_(keys)
        )
    )
    return {key: features for key, features in rows}


def _held_keys(source: str, keys: Sequence[str]) -> set[str]:
    """Institutions nobody has decided about yet: every list that names them says so again."""
    return set(
        db.session.scalars(
            select(Institution.source_key).where(
                Institution.source == source,
                Institution.source_key.in_(keys),
                Institution.quarantine_reason.isnot(None),
            )
        )
    )


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
