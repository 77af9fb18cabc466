"""Keeping the search index in step with what is listed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, NamedTuple

from sqlalchemy import bindparam, select, text

from marketplace.catalog.models import Course, CourseVersion, Occupation
from marketplace.catalog.rules import LEVEL_NAMES
from marketplace.catalog.states import CourseState
from marketplace.foundation.bulk import copy_into
from marketplace.foundation.db import db, dialect_name
from marketplace.foundation.text import tokens
from marketplace.institutions.models import Institution
from marketplace.jurisdictions.models import Jurisdiction

CHUNK = 500
_POSITION_MAX = 16_383
"""PostgreSQL knows no later position in a text; what is beyond is found by no phrase."""


class IndexedText(NamedTuple):
    """What of one listed course can be found."""

    course_id: int
    title: str
    names: str
    """Institution, occupation, level, places: what stands beside a title."""
    body: str


def index_course(course_id: int) -> None:
    """Bring one course's entry up to date: there when listed, gone when not."""
    index_courses([course_id])


def index_courses(course_ids: Iterable[int]) -> int:
    """Bring many courses' entries up to date; returns how many are now findable."""
    count = 0
    for chunk in _chunks(course_ids):
        _delete(chunk)
        count += _write(chunk)
        note_changes("course", chunk)
    return count


def _write(chunk: Sequence[int]) -> int:
    rows = _read(chunk)
    if rows:
        _insert(rows)
    return len(rows)


def index_courses_of_institutions(institution_ids: Sequence[int]) -> int:
    """After institutions were renamed or released: their names are part of what is searched."""
    if not institution_ids:
        return 0
    ids = db.session.scalars(
        select(Course.id).where(Course.institution_id.in_(institution_ids)).order_by(Course.id)
    ).all()
    return index_courses(ids)


def reindex_courses() -> int:
    """Build the index anew from the courses; for operators, after a restore or a repair."""
    db.session.execute(text("DELETE FROM course_search"))
    # Whoever has the catalog in memory meets a log it does not know, and reads everything.
    db.session.execute(text("DELETE FROM search_change"))
    note_changes("begun", [0])
    ids = db.session.scalars(
        select(Course.id).where(Course.state == CourseState.LISTED).order_by(Course.id)
    ).all()
    return sum(_write(chunk) for chunk in _chunks(ids))


def note_changes(kind: str, ref_ids: Sequence[int]) -> None:
    """Tell every process that keeps the catalog in memory what to look at again."""
    if not ref_ids:
        return
    sqlite = dialect_name() == "sqlite"
    ids = (
        "SELECT :kind, value FROM json_each(:ids)" if sqlite
        else "SELECT :kind, unnest(CAST(:ids AS bigint[]))"
    )  # fmt: skip
    db.session.execute(
        text(f"INSERT INTO search_change (kind, ref_id) {ids}"),  # noqa: S608  (ours)
        {"kind": kind, "ids": json.dumps(list(ref_ids)) if sqlite else list(ref_ids)},
    )


def _chunks(course_ids: Iterable[int]) -> Iterator[list[int]]:
    ids = iter(course_ids)
    while chunk := list(islice(ids, CHUNK)):
        yield chunk


def _read(course_ids: Sequence[int]) -> list[IndexedText]:
    rows = db.session.execute(
        select(
            Course.id,
            Course.level,
            CourseVersion.title,
            Institution.name,
            Institution.city,
            Institution.county,
            Jurisdiction.path,
            Occupation.title.label("occupation"),
            CourseVersion.description,
        )
        .join(CourseVersion, CourseVersion.id == Course.current_version_id)
        .join(Institution, Institution.id == Course.institution_id)
        .outerjoin(Jurisdiction, Jurisdiction.id == Institution.jurisdiction_id)
        .outerjoin(Occupation, Occupation.id == Course.occupation_id)
        .where(
            Course.id.in_(course_ids),
            Course.state == CourseState.LISTED,
            Course.quarantine_reason.is_(None),
        )
        .order_by(Course.id)
        .limit(len(course_ids))
    ).all()
    places = _list_place_names({row.path for row in rows if row.path})
    return [
        IndexedText(
            row.id,
            row.title,
            "\n".join(
                name
                for name in (
                    row.name,
                    row.occupation,
                    LEVEL_NAMES.get(row.level or 0),
                    row.city,
                    row.county,
                    *(places[code] for code in (row.path or "").split("/") if code in places),
                )
                if name
            ),
            row.description,
        )
        for row in rows
    ]


def _list_place_names(paths: Iterable[str]) -> dict[str, str]:
    codes = sorted({code for path in paths for code in path.split("/") if code})
    rows = db.session.execute(
        select(Jurisdiction.code, Jurisdiction.name)
        .where(Jurisdiction.code.in_(codes))
        .order_by(Jurisdiction.code)
        .limit(len(codes) or 1)
    )
    return {code: name for code, name in rows}


def _key_column() -> str:
    return "rowid" if dialect_name() == "sqlite" else "course_id"


def _delete(course_ids: Sequence[int]) -> None:
    statement = text(f"DELETE FROM course_search WHERE {_key_column()} IN :ids")  # noqa: S608
    db.session.execute(
        statement.bindparams(bindparam("ids", expanding=True)), {"ids": list(course_ids)}
    )


def _insert(rows: Sequence[IndexedText]) -> None:
    """By the driver's own ways: a list of a hundred thousand courses writes as many entries."""
    if dialect_name() == "sqlite":
        db.session.connection().exec_driver_sql(
            "INSERT INTO course_search (rowid, title, names, body) VALUES (?, ?, ?, ?)",
            [_fts_row(row) for row in rows],
        )
        return
    with copy_into("course_search (course_id, title, names, body)") as copy:
        for row in rows:
            copy.write_row((row.course_id, *map(tsvector_text, row[1:])))


def _fts_row(row: IndexedText) -> tuple[Any, ...]:
    return (row.course_id, *(" ".join(tokens(part)) for part in row[1:]))


def tsvector_text(part: str) -> str:
    """The literal `'电工':1 'weld':2`."""
    numbered = enumerate(tokens(part)[:_POSITION_MAX], start=1)
    return " ".join(f"'{token}':{position}" for position, token in numbered)
