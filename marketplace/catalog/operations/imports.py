"""Taking in courses from a source: new versions only where the content changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import func, insert, select, update

from marketplace.catalog.models import Course, CourseVersion
from marketplace.catalog.operations.import_institutions import (
    Standing,
    describe_institutions,
    list_standings,
    resolve_institutions,
)
from marketplace.catalog.operations.search_index import index_courses
from marketplace.catalog.queries.occupations import list_occupation_ids
from marketplace.catalog.sources import generic, us_nj_etpl
from marketplace.catalog.sources.facts import CourseFacts
from marketplace.catalog.states import CourseState
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.ids import new_code
from marketplace.imports.cells import amount_text
from marketplace.imports.intakes import Outcome, RunFacts
from marketplace.imports.problems import Parsed, ProblemList
from marketplace.imports.reading import Format, read_rows
from marketplace.institutions.sources.facts import Approval, InstitutionFacts

FORMATS: Mapping[str, Callable[[str], Format]] = {
    us_nj_etpl.SOURCE: us_nj_etpl.form_for,
    generic.SOURCE: generic.form_for,
}
WITHDRAW_BATCH = 1_000


@dataclass(frozen=True, slots=True)
class _Known:
    """A course we have, with what its present version says."""

    id: int
    institution_id: int
    state: CourseState
    quarantine_reason: str | None
    occupation_id: int | None
    level: int | None
    is_withdrawn_by_source: bool
    content_sha256: str
    fee_fen: int
    last_number: int


@dataclass(frozen=True, slots=True)
class _Wanted:
    """One row of the file with what the register says about its institution and occupation."""

    row: int
    facts: CourseFacts
    standing: Standing
    occupation_id: int | None

    @property
    def may_be_listed(self) -> bool:
        return self.facts.approval == Approval.APPROVED and self.standing.may_teach


class CatalogIntake:
    """One file of courses. `replaces`: what the file does not name is withdrawn."""

    kind = "catalog"

    def __init__(self, path: Path, *, source: str, currency: str, replaces: bool = False) -> None:
        self.path = path
        self.source = source
        self.currency = currency
        self.replaces = replaces
        self.keys: set[str] = set()
        self.described: dict[str, InstitutionFacts] = {}
        self.first_rows: dict[str, int] = {}

    def read(self) -> Iterator[Parsed]:
        """Every row of the file, after a look at what it says about institutions."""
        self.described = describe_institutions(self.path, course_source=self.source)
        for parsed in read_rows(self.path, FORMATS[self.source](self.currency)):
            if parsed.key is not None:
                self.keys.add(parsed.key)
            if isinstance(parsed.facts, CourseFacts):
                self.first_rows.setdefault(parsed.facts.institution_key, parsed.row)
            yield parsed

    def save(self, parsed: Sequence[Parsed], run: RunFacts) -> Outcome:
        """Write a piece of the file."""
        outcome = Outcome()
        outcome.counts["rows"] += sum(1 for row in parsed if row.is_row)
        rows = [(row.row, row.facts) for row in parsed if isinstance(row.facts, CourseFacts)]
        resolve_institutions(
            {
                facts.institution_key: (row, facts)
                for row, facts in rows
                if self.first_rows[facts.institution_key] == row
            },
            described=self.described,
            course_source=self.source,
            run=run,
            outcome=outcome,
        )
        wanted = list(_wanted(rows, self.source, run, outcome))
        _save_courses(wanted, source=self.source, run=run, outcome=outcome)
        return outcome

    def close(self, run: RunFacts) -> Outcome:
        """With `replaces`: withdraw the listed courses that the file does not name."""
        outcome = Outcome()
        if not self.replaces:
            return outcome
        rows = db.session.execute(
            select(Course.id, Course.source_key)
            .where(Course.source == self.source, Course.listed_on.isnot(None))
            .order_by(Course.id)
        )
        gone = [course_id for course_id, key in rows if key not in self.keys]
        for start in range(0, len(gone), WITHDRAW_BATCH):
            _withdraw(gone[start : start + WITHDRAW_BATCH])
        outcome.counts["courses.withdrawn"] += len(gone)
        return outcome


def _wanted(
    rows: Sequence[tuple[int, CourseFacts]], source: str, run: RunFacts, outcome: Outcome
) -> Iterator[_Wanted]:
    facts_of_rows = [facts for _row, facts in rows]
    standings = list_standings([facts.institution_key for facts in facts_of_rows], source, run)
    occupations = list_occupation_ids(
        facts.occupation_code for facts in facts_of_rows if facts.occupation_code
    )
    for row, facts in rows:
        standing = standings[facts.institution_key]
        problems = ProblemList(row, facts.key)
        if facts.occupation_code and facts.occupation_code not in occupations:
            problems.warn("occupation_unknown", "occupation_code", facts.occupation_code)
        if facts.approval == Approval.APPROVED and not standing.may_teach:
            problems.warn("institution_not_accredited", "institution", facts.institution_key)
        outcome.problems += problems.found
        yield _Wanted(row, facts, standing, occupations.get(facts.occupation_code or ""))


def _save_courses(
    wanted: Sequence[_Wanted], *, source: str, run: RunFacts, outcome: Outcome
) -> None:
    known = _load_known(source, [item.facts.key for item in wanted])
    new = [item for item in wanted if item.facts.key not in known]
    old = [(item, known[item.facts.key]) for item in wanted if item.facts.key in known]
    touched = _insert_courses(new, source=source, run=run)
    revised = [
        (item, earlier)
        for item, earlier in old
        if item.facts.content.sha256 != earlier.content_sha256
    ]
    _insert_versions(
        [(item, earlier.id, earlier.last_number + 1) for item, earlier in revised], run
    )
    revised_keys = {item.facts.key for item, _earlier in revised}
    for item, earlier in old:
        _note_price(item, earlier, outcome)
        changes = _changes(item, earlier, is_revised=item.facts.key in revised_keys)
        verdict = _verdict(item.facts.key in revised_keys, changes)
        outcome.counts[f"courses.{verdict}"] += 1
        held = changes.get("quarantine_reason", earlier.quarantine_reason)
        outcome.counts["courses.quarantined"] += bool(held)
        if verdict != "unchanged":
            _update_course(earlier.id, {**changes, **_dates(run)})
            touched.append(earlier.id)
    outcome.counts["courses.added"] += len(new)
    outcome.counts["courses.quarantined"] += sum(bool(item.facts.quarantine_reason) for item in new)
    index_courses(touched)


def _load_known(source: str, keys: Sequence[str]) -> dict[str, _Known]:
    last = (
        select(CourseVersion.course_id, func.max(CourseVersion.number).label("number"))
        .group_by(CourseVersion.course_id)
        .join(Course, Course.id == CourseVersion.course_id)
        .where(Course.source == source, Course.source_key.in_(keys))
        .subquery()
    )
    rows = db.session.execute(
        select(
            Course.source_key,
            Course.id,
            Course.institution_id,
            Course.state,
            Course.quarantine_reason,
            Course.occupation_id,
            Course.level,
            Course.listed_on.is_(None),
            CourseVersion.content_sha256,
            CourseVersion.fee_fen,
            last.c.number,
        )
        .join(CourseVersion, CourseVersion.id == Course.current_version_id)
        .join(last, last.c.course_id == Course.id)
        .where(Course.source == source, Course.source_key.in_(keys))
        .with_for_update(of=Course)
    )
    return {row[0]: _Known(*row[1:]) for row in rows}


def _insert_courses(new: Sequence[_Wanted], *, source: str, run: RunFacts) -> list[int]:
    if not new:
        return []
    rows = [
        {
            "code": new_code("C"),
            "institution_id": item.standing.institution_id,
            "source": source,
            "source_key": item.facts.key,
            "quarantine_reason": item.facts.quarantine_reason,
            "occupation_id": item.occupation_id,
            "level": item.facts.level,
            "created_at": clock.now(),
            **_listing(item, item.facts.quarantine_reason),
            **_dates(run),
        }
        for item in new
    ]
    found = db.session.execute(insert(Course).returning(Course.source_key, Course.id), rows)
    ids = {key: course_id for key, course_id in found}
    _insert_versions([(item, ids[item.facts.key], 1) for item in new], run)
    return list(ids.values())


def _insert_versions(items: Sequence[tuple[_Wanted, int, int]], run: RunFacts) -> None:
    """A version per course, and the course pointing to it."""
    if not items:
        return
    rows = [
        {
            **asdict(item.facts.content),
            "course_id": course_id,
            "number": number,
            "content_sha256": item.facts.content.sha256,
            "valid_from": run.as_of,
            "created_by": run.actor_id,
            "created_at": clock.now(),
        }
        for item, course_id, number in items
    ]
    found = db.session.execute(
        insert(CourseVersion).returning(CourseVersion.course_id, CourseVersion.id), rows
    )
    pointers = [
        {"id": course_id, "current_version_id": version_id} for course_id, version_id in found
    ]
    db.session.execute(update(Course).execution_options(synchronize_session=False), pointers)


def _changes(item: _Wanted, earlier: _Known, *, is_revised: bool) -> dict[str, Any]:
    """What of the course itself changes.

    A decision to release or keep out stands until the content changes; a course that an officer
    delisted is not listed again by a file.
    """
    held = item.facts.quarantine_reason if is_revised else earlier.quarantine_reason
    wanted: dict[str, Any] = {
        "institution_id": item.standing.institution_id,
        "quarantine_reason": held,
        "occupation_id": item.occupation_id,
        "level": item.facts.level,
    }
    if earlier.state == CourseState.LISTED or earlier.is_withdrawn_by_source:
        wanted |= _listing(item, held)
    present = {
        "institution_id": earlier.institution_id,
        "quarantine_reason": earlier.quarantine_reason,
        "occupation_id": earlier.occupation_id,
        "level": earlier.level,
        "state": earlier.state,
    }
    changes = {
        name: value for name, value in wanted.items() if name in present and present[name] != value
    }
    if "state" in changes:
        changes["listed_on"] = wanted["listed_on"]
    return changes


def _listing(item: _Wanted, quarantine_reason: str | None) -> dict[str, Any]:
    """Listed when the source approves, the institution may teach, and nothing is doubtful."""
    if item.may_be_listed and not quarantine_reason:
        return {"state": CourseState.LISTED, "listed_on": clock.today()}
    return {"state": CourseState.DELISTED, "listed_on": None}


def _verdict(is_revised: bool, changes: Mapping[str, Any]) -> str:
    if changes.get("state") == CourseState.DELISTED:
        return "withdrawn"
    return "changed" if is_revised or changes else "unchanged"


def _note_price(item: _Wanted, earlier: _Known, outcome: Outcome) -> None:
    fee_fen = item.facts.content.fee_fen
    if fee_fen == earlier.fee_fen:
        return
    problems = ProblemList(item.row, item.facts.key)
    problems.note("price_changed", "fee", amount_text(earlier.fee_fen), amount_text(fee_fen))
    outcome.problems += problems.found


def _dates(run: RunFacts) -> dict[str, Any]:
    return {"as_of": run.as_of, "changed_at": clock.now()}


def _update_course(course_id: int, values: Mapping[str, Any]) -> None:
    db.session.execute(
        update(Course)
        .where(Course.id == course_id)
        .values(dict(values))
        .execution_options(synchronize_session=False)
    )


def _withdraw(course_ids: Sequence[int]) -> None:
    db.session.execute(
        update(Course)
        .where(Course.id.in_(course_ids))
        .values(state=CourseState.DELISTED, listed_on=None, changed_at=clock.now())
        .execution_options(synchronize_session=False)
    )
    index_courses(course_ids)
