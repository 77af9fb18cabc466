"""What search engines may read of the catalog, in chunks of ids: bounded, and cheap to find."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from marketplace.catalog.models import Course
from marketplace.catalog.queries.search import is_offered
from marketplace.foundation.db import db
from marketplace.institutions.models import Institution
from marketplace.institutions.states import InstitutionState

CHUNK = 50_000
"""Addresses in one sitemap at most (sitemaps.org); a chunk is a range of as many ids."""
READ_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class SitemapChunk:
    """One sitemap: the ids from `number * CHUNK + 1` on, and its latest change."""

    number: int
    changed_at: datetime


def list_course_chunks() -> list[SitemapChunk]:
    """The chunks that hold any offered course."""
    number = (Course.id - 1) // CHUNK
    rows = db.session.execute(
        select(number.label("number"), func.max(Course.changed_at))
        .join(Institution, Institution.id == Course.institution_id)
        .where(is_offered())
        .group_by(number)
        .order_by(number)
        .limit(CHUNK)
    )
    return [SitemapChunk(int(row[0]), row[1]) for row in rows]


def iterate_offered_courses(chunk: int) -> Iterator[tuple[str, datetime]]:
    """Code and last change of the offered courses of a chunk, read a thousand at a time."""
    after, last = chunk * CHUNK, (chunk + 1) * CHUNK
    while True:
        rows = db.session.execute(
            select(Course.id, Course.code, Course.changed_at)
            .join(Institution, Institution.id == Course.institution_id)
            .where(is_offered(), Course.id > after, Course.id <= last)
            .order_by(Course.id)
            .limit(READ_AT_ONCE)
        ).all()
        if not rows:
            return
        yield from ((row.code, row.changed_at) for row in rows)
        after = rows[-1].id


def iterate_accredited_institutions() -> Iterator[str]:
    """Codes of the institutions with a public page, the first fifty thousand."""
    after, count = 0, 0
    while count < CHUNK:
        rows = db.session.execute(
            select(Institution.id, Institution.code)
            .where(
                Institution.state == InstitutionState.ACCREDITED,
                Institution.quarantine_reason.is_(None),
                Institution.id > after,
            )
            .order_by(Institution.id)
            .limit(min(READ_AT_ONCE, CHUNK - count))
        ).all()
        if not rows:
            return
        yield from (row.code for row in rows)
        after, count = rows[-1].id, count + len(rows)
