"""What every directory shares: a question about a day, one page, all rows, what changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, func, literal, or_, select, union_all

from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.paging import Page, PageRequest
from marketplace.foundation.text import tidy

Row = dict[str, Any]
BATCH = 1_000
LISTED, ALL = "listed", "all"


@dataclass(frozen=True, slots=True)
class DirectoryQuery:
    """What is asked of a directory; empty fields ask for everything."""

    on: date
    text: str = ""
    jurisdiction_path: str | None = None
    occupation_id: int | None = None
    level: int | None = None
    state: str = LISTED
    """`listed`: what counts on that day; `all`; or one of the directory's states."""


@dataclass(frozen=True, slots=True)
class History:
    """From when a directory is known, and until when it was put together afterwards."""

    begins_on: date | None
    reconstructed_until: date | None


@dataclass(frozen=True, slots=True)
class Directory:
    """One directory: its columns as exports name them, its states, and where its rows are."""

    columns: tuple[str, ...]
    states: tuple[str, ...]
    """The first one is what `listed` means."""
    rows_of: Callable[[DirectoryQuery], Select[*tuple[Any, ...]]]
    """Rows with the columns (those `complete` adds apart), `entry_key` and `entry_mark`."""
    order_by: tuple[Any, ...]
    """By name where lists are short; by an index where there may be hundreds of thousands."""
    complete: Callable[[Sequence[Row], date], None]
    history: Callable[[], History]


@dataclass(frozen=True, slots=True)
class Change:
    """One entry that was added, removed or changed between two days."""

    act: str
    key: str
    title: str


def list_directory(directory: Directory, query: DirectoryQuery, page: PageRequest) -> Page[Row]:
    """One page of a directory as it stood, in its own order."""
    wanted = directory.rows_of(query)
    total = count_directory(directory, query)
    found = db.session.execute(
        wanted.order_by(*directory.order_by).offset(page.offset).limit(page.limit)
    ).mappings()
    rows = [dict(row) for row in found]
    directory.complete(rows, query.on)
    return Page(rows, total, page.number, page.limit)


def count_directory(directory: Directory, query: DirectoryQuery) -> int:
    """How many entries a directory had."""
    wanted = directory.rows_of(query)
    return db.session.scalar(select(func.count()).select_from(wanted.subquery())) or 0


def each_directory_row(directory: Directory, query: DirectoryQuery) -> Iterator[Row]:
    """Every row of a directory as it stood, in batches: memory stays flat."""
    found = db.session.execute(
        directory.rows_of(query).order_by(*directory.order_by),
        execution_options={"yield_per": BATCH},
    ).mappings()
    for batch in found.partitions(BATCH):
        rows = [dict(row) for row in batch]
        directory.complete(rows, query.on)
        yield from rows


def list_directory_changes(
    directory: Directory, query: DirectoryQuery, *, since: date, page: PageRequest
) -> Page[Change]:
    """What was added, removed or changed from the end of one day to the end of another."""
    before = directory.rows_of(replace(query, on=since)).subquery("before")
    after = directory.rows_of(query).subquery("after")
    added = (
        select(literal("added").label("act"), after.c.entry_key, after.c.entry_title)
        .outerjoin(before, before.c.entry_key == after.c.entry_key)
        .where(before.c.entry_key.is_(None))
    )
    removed = (
        select(literal("removed").label("act"), before.c.entry_key, before.c.entry_title)
        .outerjoin(after, after.c.entry_key == before.c.entry_key)
        .where(after.c.entry_key.is_(None))
    )
    changed = (
        select(literal("changed").label("act"), after.c.entry_key, after.c.entry_title)
        .join(before, before.c.entry_key == after.c.entry_key)
        .where(before.c.entry_mark != after.c.entry_mark)
    )
    all_of_them = union_all(added, removed, changed).subquery()
    total = db.session.scalar(select(func.count()).select_from(all_of_them)) or 0
    rows = db.session.execute(
        select(all_of_them)
        .order_by(all_of_them.c.act, all_of_them.c.entry_title, all_of_them.c.entry_key)
        .offset(page.offset)
        .limit(page.limit)
    )
    changes = [Change(row.act, row.entry_key, row.entry_title) for row in rows]
    return Page(changes, total, page.number, page.limit)


def end_of_day(on: date) -> datetime:
    """The first instant after a local day: what stood then is what the day is said to show."""
    return datetime.combine(on + timedelta(days=1), time(), clock.zone()).astimezone(UTC)


def stood(listing: Any, on: date) -> ColumnElement[bool]:
    """Whether a listing period was open at the end of a day."""
    ended = end_of_day(on)
    begun_before: ColumnElement[bool] = listing.from_at < ended
    return begun_before & or_(listing.until_at.is_(None), listing.until_at >= ended)


def texts_hold(text: str, *columns: Any) -> list[ColumnElement[bool]]:
    """Every word typed is part of one of the columns."""
    return [
        or_(*(column.icontains(word, autoescape=True) for column in columns))
        for word in tidy(text).split()[:8]
    ]


def state_is(state: str, present: ColumnElement[Any], listed: str) -> list[ColumnElement[bool]]:
    """The condition for a chosen state; none for all."""
    if state == ALL:
        return []
    return [present == (listed if state == LISTED else state)]


def nothing_to_complete(_rows: Sequence[Row], _on: date) -> None:
    """The rows are whole as they are read."""
