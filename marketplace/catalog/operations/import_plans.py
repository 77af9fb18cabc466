"""What a file of courses would change: decided from the rows and the catalog, not yet done."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select

from marketplace.catalog.course_features import FEATURES
from marketplace.catalog.models import Course, CourseVersion
from marketplace.catalog.operations.import_institutions import Standing
from marketplace.catalog.queries.occupations import list_occupation_ids
from marketplace.catalog.rules import TEXT_LENGTH_MAX, CourseContent
from marketplace.catalog.sources import generic
from marketplace.catalog.sources.facts import CourseFacts
from marketplace.catalog.states import CourseState
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.imports.cells import amount_text, clean_text
from marketplace.imports.intakes import Outcome
from marketplace.imports.problems import ProblemList
from marketplace.imports.states import Verdict
from marketplace.institutions.sources.facts import Approval


@dataclass(frozen=True, slots=True)
class Known:
    """A course we have, with what its present version says."""

    id: int
    source: str
    institution_id: int
    state: CourseState
    quarantine_reason: str | None
    occupation_id: int | None
    level: int | None
    is_withdrawn_by_source: bool
    version_id: int
    content_sha256: str
    fee_fen: int
    last_number: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """One row of the file with what the register says about its institution and occupation."""

    row: int
    facts: CourseFacts
    content: CourseContent
    content_sha256: str
    standing: Standing
    occupation_id: int | None

    @property
    def may_be_listed(self) -> bool:
        return self.facts.approval == Approval.APPROVED and self.standing.may_teach


@dataclass(frozen=True, slots=True)
class Change:
    """One known course: what of it is written, and whether it says something else."""

    wanted: Wanted
    earlier: Known
    values: dict[str, Any]
    is_revised: bool

    @property
    def verdict(self) -> Verdict | None:
        """None: nothing changes."""
        if self.values.get("state") == CourseState.DELISTED:
            return Verdict.WITHDRAWN
        return Verdict.CHANGED if self.is_revised or self.values else None


@dataclass(slots=True)
class CoursePlan:
    """What a piece of a file does to the catalog."""

    new: list[Wanted] = field(default_factory=list)
    changed: list[Change] = field(default_factory=list)
    met: set[int] = field(default_factory=set)
    """Known courses a row of the piece has named already, by whichever of its two numbers."""


def plan_courses(
    rows: Sequence[tuple[int, CourseFacts]],
    *,
    source: str,
    standings: Mapping[str, Standing],
    unstated: frozenset[str],
    outcome: Outcome,
) -> CoursePlan:
    """Compare rows with the catalog. `unstated`: fields no column of the file states."""
    known = _load_known(source, [facts.key for _row, facts in rows])
    versions = load_versions(_to_look_at(rows, known, unstated))
    occupations = list_occupation_ids(
        facts.occupation_code for _row, facts in rows if facts.occupation_code
    )
    plan = CoursePlan()
    for row, facts in rows:
        earlier = known.get(facts.key)
        if earlier and earlier.id in plan.met:
            _reject_repeated(row, facts, outcome)
            continue
        version = versions.get(earlier.version_id) if earlier else None
        content = settled_content(facts.content, version, unstated)
        sha256 = content.sha256
        standing = standings[facts.institution_key]
        occupation_id = occupations.get(facts.occupation_code or "")
        if earlier and "occupation_id" in unstated:
            occupation_id = earlier.occupation_id
        if earlier and "level" in unstated:
            facts = replace(facts, level=earlier.level)
        wanted = Wanted(row, facts, content, sha256, standing, occupation_id)
        _report_doubts(wanted, outcome)
        _add_to(plan, wanted, earlier, source, outcome)
    outcome.counts["courses.added"] += len(plan.new)
    return plan


def listing_of(item: Wanted, quarantine_reason: str | None) -> dict[str, Any]:
    """Listed when the source approves, the institution may teach, and nothing is doubtful."""
    if item.may_be_listed and not quarantine_reason:
        return {"state": CourseState.LISTED, "listed_on": clock.today()}
    return {"state": CourseState.DELISTED, "listed_on": None}


def _add_to(
    plan: CoursePlan, wanted: Wanted, earlier: Known | None, source: str, outcome: Outcome
) -> None:
    if earlier is None:
        plan.new.append(wanted)
        outcome.counts["courses.quarantined"] += bool(wanted.facts.quarantine_reason)
        return
    is_revised = wanted.content_sha256 != earlier.content_sha256
    values = _changes(wanted, earlier, source, is_revised=is_revised)
    change = Change(wanted, earlier, values, is_revised)
    plan.met.add(earlier.id)
    plan.changed.append(change)
    _note_price(wanted, earlier, outcome)
    outcome.counts[f"courses.{change.verdict or 'unchanged'}"] += 1
    held = values.get("quarantine_reason", earlier.quarantine_reason)
    outcome.counts["courses.quarantined"] += bool(held)


def _load_known(source: str, keys: Sequence[str]) -> dict[str, Known]:
    """Courses by the key a file uses; our own format may also use our public code."""
    is_meant: ColumnElement[bool] = (Course.source == source) & Course.source_key.in_(keys)
    if source == generic.SOURCE:
        is_meant = or_(is_meant, Course.code.in_(keys))
    last = (
        select(CourseVersion.course_id, func.max(CourseVersion.number).label("number"))
        .join(Course, Course.id == CourseVersion.course_id)
        .where(is_meant)
        .group_by(CourseVersion.course_id)
        .subquery()
    )
    rows = db.session.execute(
        select(
            Course.source_key, Course.code, Course.id, Course.source, Course.institution_id,
            Course.state, Course.quarantine_reason, Course.occupation_id, Course.level,
            Course.listed_on.is_(None), CourseVersion.id, CourseVersion.content_sha256,
            CourseVersion.fee_fen, last.c.number,
        )
        .join(CourseVersion, CourseVersion.id == Course.current_version_id)
        .join(last, last.c.course_id == Course.id)
        .where(is_meant)
        .order_by(Course.id)
        .with_for_update(of=Course)
    )  # fmt: skip
    found: dict[str, Known] = {}
    for key, code, *values in rows:
        known = Known(*values)
        found[code] = known
        if known.source == source:
            found[key] = known
    return found


def load_versions(known: Iterable[Known]) -> dict[int, CourseVersion]:
    """The present versions of known courses, by number."""
    ids = [item.version_id for item in known]
    if not ids:
        return {}
    rows = db.session.scalars(
        select(CourseVersion)
        .where(CourseVersion.id.in_(ids))
        .order_by(CourseVersion.id)
        .limit(len(ids))
    )
    return {version.id: version for version in rows}


def settled_content(
    content: CourseContent, version: CourseVersion | None, unstated: frozenset[str]
) -> CourseContent:
    """What a row says of a course we know: a vanished column and white space say nothing."""
    if version is None:
        return content
    kept: dict[str, Any] = {
        name: getattr(version, name)
        for name in ("title", "description", "hours", "mode", "certificate", "prerequisites")
        if name in unstated or _is_same_text(name, getattr(version, name), getattr(content, name))
    }
    if "fee_parts" in unstated and sum(version.fee_parts.values()) == content.fee_fen:
        kept["fee_parts"] = version.fee_parts
    absent = {
        name: value
        for name, value in version.attributes.items()
        if name in unstated or ("attributes" in unstated and name not in FEATURES)
    }
    if absent:
        kept["attributes"] = {**absent, **content.attributes}
    return replace(content, **kept) if kept else content


def _is_same_text(name: str, earlier: object, text: object) -> bool:
    """Whether a text came back but for what reading a file tidies: line ends, double spaces."""
    if not isinstance(earlier, str) or earlier == text:
        return False
    lines = name != "title"
    tidied = clean_text(earlier, name, ProblemList(0), limit=TEXT_LENGTH_MAX, lines=lines)
    return tidied == (text or None)


def _to_look_at(
    rows: Sequence[tuple[int, CourseFacts]], known: Mapping[str, Known], unstated: frozenset[str]
) -> list[Known]:
    """Known courses whose present text is needed: those that may say something else."""
    return [
        earlier
        for _row, facts in rows
        if (earlier := known.get(facts.key))
        and (unstated or facts.content.sha256 != earlier.content_sha256)
    ]


def _reject_repeated(row: int, facts: CourseFacts, outcome: Outcome) -> None:
    problems = ProblemList(row, facts.key)
    problems.reject("key_duplicated", "course_key", facts.key)
    outcome.problems += problems.found


def _report_doubts(item: Wanted, outcome: Outcome) -> None:
    facts = item.facts
    problems = ProblemList(item.row, facts.key)
    if facts.occupation_code and item.occupation_id is None:
        problems.warn("occupation_unknown", "occupation_code", facts.occupation_code)
    if facts.approval == Approval.APPROVED and not item.standing.may_teach:
        problems.warn("institution_not_accredited", "institution", facts.institution_key)
    outcome.problems += problems.found


def _changes(item: Wanted, earlier: Known, source: str, *, is_revised: bool) -> dict[str, Any]:
    """What of the course itself changes.

    A decision to release or keep out stands until the content changes; a course that an officer
    delisted is not listed again by a file. Where another source, or the institution, entered the
    course, our own format may withdraw it, and list it never.
    """
    held = item.facts.quarantine_reason if is_revised else earlier.quarantine_reason
    wanted: dict[str, Any] = {
        "institution_id": item.standing.institution_id,
        "quarantine_reason": held,
        "occupation_id": item.occupation_id,
        "level": item.facts.level,
    }
    if earlier.source != source:
        is_ended = item.facts.approval == Approval.ENDED or bool(held)
        if is_ended and earlier.state == CourseState.LISTED:
            wanted |= {"state": CourseState.DELISTED, "listed_on": None}
    elif earlier.state == CourseState.LISTED or earlier.is_withdrawn_by_source:
        wanted |= listing_of(item, held)
    changes = {
        name: value
        for name, value in wanted.items()
        if name != "listed_on" and getattr(earlier, name) != value
    }
    if "state" in changes:
        changes["listed_on"] = wanted["listed_on"]
    return changes


def _note_price(item: Wanted, earlier: Known, outcome: Outcome) -> None:
    if item.content.fee_fen == earlier.fee_fen:
        return
    problems = ProblemList(item.row, item.facts.key)
    before, after = amount_text(earlier.fee_fen), amount_text(item.content.fee_fen)
    problems.note("price_changed", "fee", before, after)
    outcome.problems += problems.found
