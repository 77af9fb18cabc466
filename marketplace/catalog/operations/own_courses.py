"""An institution's own list of courses: drafts and revisions, never listed without review."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import or_, select

from marketplace.catalog.models import Course, CourseVersion
from marketplace.catalog.operations.courses import draft_course, revise_course, submit_course
from marketplace.catalog.operations.import_differences import content_changes
from marketplace.catalog.operations.import_plans import settled_content
from marketplace.catalog.queries.courses import get_latest_version
from marketplace.catalog.queries.occupations import list_occupation_ids
from marketplace.catalog.rules import CourseContent, refusals_for_course_content
from marketplace.catalog.sources import generic
from marketplace.catalog.sources.facts import CourseFacts
from marketplace.catalog.states import CourseState
from marketplace.foundation.db import db
from marketplace.foundation.errors import Refusal, Refused
from marketplace.foundation.files import as_text_table, prove_table, refuse_without_rows
from marketplace.imports.cells import amount_text
from marketplace.imports.intakes import Difference, Outcome, RunFacts
from marketplace.imports.problems import Parsed, ProblemList
from marketplace.imports.reading import open_format, read_proved_rows
from marketplace.imports.states import Verdict
from marketplace.institutions.queries import get_institution

KIND = "own-courses"
ROWS_MAX = 2_000
PIECE_ROWS = 50
"""Each row is drafted through the same act as on the page: a short turn for other writers."""


@dataclass(frozen=True, slots=True)
class _Act:
    """What a row does: a course drafted, one revised, or nothing."""

    row: int
    facts: CourseFacts
    content: CourseContent
    occupation_id: int | None
    course: Course | None
    version: CourseVersion | None

    @property
    def verdict(self) -> Verdict | None:
        if self.version is None:
            return Verdict.ADDED
        return Verdict.CHANGED if self.content.sha256 != self.version.content_sha256 else None


class OwnCourseIntake:
    """One file of one institution's courses. `submits`: ask for their review at once."""

    kind = KIND
    source = generic.SOURCE

    def __init__(
        self, path: Path, *, institution_id: int, currency: str, submits: bool = False
    ) -> None:
        self.path = path
        self.institution_id = institution_id
        self.submits = submits
        institution = get_institution(institution_id)
        self.institution_code = institution.code
        own_keys = frozenset({institution.code, institution.source_key})
        self.form = generic.own_form_for(currency, own_keys)
        self.unstated: frozenset[str] = frozenset()
        self.row_count: int | None = None

    def read(self) -> Iterator[Parsed]:
        """Every row of the file. Refuses more rows than an institution has courses."""
        with as_text_table(self.path) as path:
            count = prove_table(path, required=self.form.required, aliases=self.form.names)
            refuse_without_rows(count, path.name)
            if count > ROWS_MAX:
                raise Refused(Refusal("import_too_many_rows", {"limit": ROWS_MAX}))
            self.row_count = count
            with open_format(path, self.form) as table:
                self.unstated = self.form.unstated(table.columns)
            yield from read_proved_rows(path, self.form)

    def save(self, parsed: Sequence[Parsed], run: RunFacts) -> Outcome:
        """Draft and revise, each through the act a person would do it with."""
        outcome = Outcome()
        for act in self._acts(parsed, outcome):
            course_id = self._do(act, run)
            if course_id is not None and self.submits:
                self._submit(course_id, run)
        return outcome

    def compare(self, parsed: Sequence[Parsed], run: RunFacts) -> Outcome:
        """What saving a piece would do."""
        outcome = Outcome()
        for act in self._acts(parsed, outcome):
            if act.verdict is None:
                continue
            changes = content_changes(act.content, act.version) if act.version else []
            outcome.differences.append(
                Difference(act.row, act.facts.key, act.content.title, act.verdict, tuple(changes))
            )
        return outcome

    def close(self, run: RunFacts) -> Outcome:
        """Courses the file does not name stay as they are."""
        return Outcome()

    def compare_absent(self, run: RunFacts) -> Outcome:
        """None is withdrawn."""
        return Outcome()

    def _acts(self, parsed: Sequence[Parsed], outcome: Outcome) -> list[_Act]:
        outcome.counts["rows"] += sum(1 for row in parsed if row.is_row)
        rows = [(row.row, row.facts) for row in parsed if isinstance(row.facts, CourseFacts)]
        occupations = list_occupation_ids(
            facts.occupation_code for _row, facts in rows if facts.occupation_code
        )
        acts = []
        for number, facts in rows:
            course = self._find(facts.key)
            version = get_latest_version(course) if course else None
            content = settled_content(facts.content, version, self.unstated)
            occupation_id = occupations.get(facts.occupation_code or "")
            act = _Act(number, facts, content, occupation_id, course, version)
            if not _is_left_out(act, outcome):
                acts.append(act)
                outcome.counts[f"courses.{act.verdict or 'unchanged'}"] += 1
        return acts

    def _find(self, key: str) -> Course | None:
        """By our public code, the source's number, or the number of an earlier file."""
        return db.session.scalar(
            select(Course)
            .where(
                Course.institution_id == self.institution_id,
                or_(
                    Course.code == key,
                    Course.source_key == key,
                    Course.source_key == f"{self.institution_code}/{key}",
                ),
            )
            .order_by(Course.id)
            .limit(1)
        )

    def _do(self, act: _Act, run: RunFacts) -> int | None:
        if act.course is None:
            return draft_course(
                self.institution_id,
                content=act.content,
                occupation_id=act.occupation_id,
                level=act.facts.level,
                actor_id=run.actor_id,
                source_key=f"{self.institution_code}/{act.facts.key}",
            ).id
        if act.version is None or act.verdict is None:
            return None
        revise_course(
            act.course.id,
            content=act.content,
            based_on=act.version.number,
            actor_id=run.actor_id,
        )
        return act.course.id

    def _submit(self, course_id: int, run: RunFacts) -> None:
        course = db.session.get(Course, course_id)
        if course and course.state in (CourseState.DRAFT, CourseState.RETURNED):
            submit_course(course_id, actor_id=run.actor_id)


def _is_left_out(act: _Act, outcome: Outcome) -> bool:
    """Whether the row cannot become a draft, and why; unchanged rows are not judged again."""
    problems = ProblemList(act.row, act.facts.key)
    if act.verdict is not None:
        _judge(act, problems)
    is_out = bool(problems.found)
    if act.course is not None and _names_another_occupation(act):
        problems.warn("occupation_kept", "occupation_code", act.facts.occupation_code)
    outcome.problems += problems.found
    return is_out


def _judge(act: _Act, problems: ProblemList) -> None:
    content = act.content
    for refusal in refusals_for_course_content(content, act.facts.level):
        if refusal.code == "course_hours":
            problems.reject("course_hours_needed", "hours", str(content.hours or ""))
        elif refusal.code == "course_fee":
            problems.reject("course_fee_out_of_range", "fee", amount_text(content.fee_fen))
        else:
            problems.reject("value_missing", refusal.field or "row")
    if act.course is not None and act.course.state == CourseState.SUBMITTED:
        problems.reject("course_under_review", "course_key", act.facts.key)


def _names_another_occupation(act: _Act) -> bool:
    assert act.course is not None
    return bool(act.facts.occupation_code) and act.occupation_id != act.course.occupation_id
