"""Writing what a plan decided: new courses, new versions, changed courses; plain statements."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select, update

from marketplace.catalog.models import Course, CourseVersion
from marketplace.catalog.operations.import_plans import Change, CoursePlan, Wanted, listing_of
from marketplace.catalog.operations.search_index import index_courses
from marketplace.catalog.states import CourseState
from marketplace.foundation import clock
from marketplace.foundation.bulk import insert_rows, reserve_ids
from marketplace.foundation.db import db
from marketplace.foundation.ids import new_code
from marketplace.imports.intakes import RunFacts

WITHDRAW_BATCH = 1_000


def write_courses(plan: CoursePlan, *, source: str, run: RunFacts) -> None:
    """Save a plan, and bring what is found by search up to date."""
    touched = _insert_courses(plan.new, source=source, run=run)
    revised = [change for change in plan.changed if change.is_revised]
    versions = _insert_versions(
        [(item.wanted, item.earlier.id, item.earlier.last_number + 1) for item in revised], run
    )
    dates = {"as_of": run.as_of, "changed_at": clock.now()}
    version_of = {change.earlier.id: id_ for change, id_ in zip(revised, versions, strict=True)}
    written: list[dict[str, Any]] = []
    for change in plan.changed:
        if change.verdict is None:
            continue
        row = {"id": change.earlier.id, **change.values, **dates}
        if change.is_revised:
            row["current_version_id"] = version_of[change.earlier.id]
        written.append(row)
        touched.append(change.earlier.id)
    for shape in sorted({tuple(sorted(row)) for row in written}):
        db.session.execute(
            update(Course).execution_options(synchronize_session=False),
            [row for row in written if tuple(sorted(row)) == shape],
        )
    index_courses(touched)


def withdraw_absent(source: str, keys: set[str]) -> int:
    """Delist the listed courses of a source that its complete list no longer names."""
    gone = [course_id for course_id, _key, _code in list_absent(source, keys)]
    for start in range(0, len(gone), WITHDRAW_BATCH):
        batch = gone[start : start + WITHDRAW_BATCH]
        db.session.execute(
            update(Course)
            .where(Course.id.in_(batch))
            .values(state=CourseState.DELISTED, listed_on=None, changed_at=clock.now())
            .execution_options(synchronize_session=False)
        )
        index_courses(batch)
    return len(gone)


def list_absent(source: str, keys: set[str]) -> list[tuple[int, str, str]]:
    """Listed courses of a source that a file does not name: id, key, public code."""
    rows = db.session.execute(
        select(Course.id, Course.source_key, Course.code)
        .where(Course.source == source, Course.listed_on.isnot(None))
        .order_by(Course.id)
    )
    return [(id_, key, code) for id_, key, code in rows if key not in keys and code not in keys]


def _insert_courses(new: Sequence[Wanted], *, source: str, run: RunFacts) -> list[int]:
    """A course and its first version name each other: their ids are taken beforehand."""
    if not new:
        return []
    now = clock.now()
    course_ids = reserve_ids(Course, len(new))
    version_ids = reserve_ids(CourseVersion, len(new))
    insert_rows(
        Course,
        [
            {
                "id": course_id,
                "code": new_code("C"),
                "institution_id": item.standing.institution_id,
                "source": source,
                "source_key": item.facts.key,
                "quarantine_reason": item.facts.quarantine_reason,
                "occupation_id": item.occupation_id,
                "level": item.facts.level,
                "current_version_id": version_id,
                "created_at": now,
                "as_of": run.as_of,
                "changed_at": now,
                **listing_of(item, item.facts.quarantine_reason),
            }
            for item, course_id, version_id in zip(new, course_ids, version_ids, strict=True)
        ],
    )
    numbered = [(item, course_id, 1) for item, course_id in zip(new, course_ids, strict=True)]
    _insert_versions(numbered, run, version_ids)
    return list(course_ids)


def _insert_versions(
    items: Sequence[tuple[Wanted, int, int]], run: RunFacts, ids: Sequence[int] | None = None
) -> Sequence[int]:
    """One version per course, as the items say: course and number."""
    if not items:
        return ()
    now = clock.now()
    version_ids = reserve_ids(CourseVersion, len(items)) if ids is None else ids
    insert_rows(
        CourseVersion,
        [
            {
                **item.content.as_dict(),
                "id": version_id,
                "course_id": course_id,
                "number": number,
                "content_sha256": item.content_sha256,
                "valid_from": run.as_of,
                "created_by": run.actor_id,
                "created_at": now,
            }
            for (item, course_id, number), version_id in zip(items, version_ids, strict=True)
        ],
    )
    return version_ids


__all__ = ["Change", "list_absent", "withdraw_absent", "write_courses"]
