"""Many rows at once: ids taken beforehand, plain statements, no objects."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import repeat
from typing import Any, cast

from sqlalchemy import (
    ARRAY,
    JSON,
    ColumnElement,
    LargeBinary,
    Table,
    any_,
    func,
    insert,
    literal,
    select,
    text,
)
from sqlalchemy.exc import DBAPIError

from marketplace.foundation.db import Base, db, dialect_name, table_of

ROWS_IN_A_MESSAGE = 100
Convert = Callable[[Any], Any]


def reserve_ids(model: type[Base], count: int) -> Sequence[int]:
    """Ids nobody else will get, inside a write transaction: rows may then name each other.

    SQLite has one writer at a time, which holds the counter until it commits; PostgreSQL gives
    numbers of the sequence.
    """
    if dialect_name() == "sqlite":
        last = db.session.scalar(
            text("SELECT seq FROM sqlite_sequence WHERE name = :name"),
            {"name": model.__tablename__},
        )
        return range((last or 0) + 1, (last or 0) + count + 1)
    rows = db.session.scalars(
        text(
            "SELECT nextval((SELECT CAST(pg_get_serial_sequence(:name, 'id') AS regclass))) "
            "FROM generate_series(1, :count) ORDER BY 1 LIMIT :count"
        ),
        {"name": model.__tablename__, "count": count},
    )
    return rows.all()


def insert_rows(model: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    """Write rows of one table the fastest way. Every row has the same columns.

    SQLAlchemy would look at each row anew, which takes as long as writing it; and a statement for
    each row takes PostgreSQL three times as long as COPY.
    """
    if not rows:
        return
    table = model.__table__
    assert isinstance(table, Table)
    names = tuple(rows[0])
    is_complete = all(column.default is None or column.name in names for column in table.columns)
    if is_complete:
        copy_rows(model, names, ([row[name] for name in names] for row in rows), same={})
    else:
        db.session.connection().execute(insert(table), list(rows))


def is_among(column: Any, wanted: Collection[int] | Collection[str]) -> ColumnElement[bool]:
    """Whether a column has one of very many values. They are one parameter, since making and
    reading a text with a thousand takes as long as looking them up."""
    if dialect_name() == "sqlite":
        given = func.json_each(json.dumps(list(wanted))).table_valued("value")
        return cast(ColumnElement[bool], column.in_(select(given.c.value)))
    return cast(ColumnElement[bool], column == any_(literal(list(wanted), ARRAY(column.type))))


def plan_for_the_values() -> None:
    """Until the unit of work ends, PostgreSQL plans each statement for the values it is given.

    A plan it keeps for any values compares each row with hundreds of them one after the other
    where it reads a whole table, as it does when it made the plan while the table was small; one
    for these values puts them into a hash table. Worth its fraction of a millisecond where lists
    are long.
    """
    if dialect_name() == "postgresql":
        db.session.execute(text("SELECT set_config('plan_cache_mode', 'force_custom_plan', true)"))


def refresh_statistics() -> bool:
    """Have SQLite sample its indexes (a bounded sample); PostgreSQL needs no asking."""
    if dialect_name() != "sqlite":
        return False
    db.session.execute(text("PRAGMA analysis_limit = 400"))
    db.session.execute(text("ANALYZE"))
    return True


def copy_rows(
    model: type[Base],
    names: Sequence[str],
    rows: Iterable[Sequence[Any]],
    *,
    same: Mapping[str, Any],
) -> None:
    """Write very many rows of one table the fastest way its database has: COPY on PostgreSQL,
    one prepared statement on SQLite. `names` are the columns of a row; `same` holds for all.

    Triggers, constraints and the present transaction apply as to any insert.
    """
    to_driver = [_to_driver(model, name) for name in (*names, *same)]
    shared = [
        convert(value) if convert else value
        for convert, value in zip(to_driver[len(names) :], same.values(), strict=True)
    ]
    quoted = db.engine.dialect.identifier_preparer
    table = quoted.format_table(table_of(model))
    columns = ", ".join(quoted.quote(name) for name in (*names, *same))
    own = to_driver[: len(names)]
    if dialect_name() == "sqlite":
        marks = ", ".join("?" * len(to_driver))
        statement = f"INSERT INTO {table} ({columns}) VALUES ({marks})"  # noqa: S608  (our names)
        if given := _converted(rows, own, shared):
            db.session.connection().exec_driver_sql(statement, given)
        return
    tail = "".join(f"\t{_copy_text(value)}" for value in shared) + "\n"
    with copy_into(f"{table} ({columns})") as copy:
        several: list[str] = []  # a message for each row takes as long as making its text
        for row in rows:
            texts = [
                _copy_text(convert(value) if convert else value)
                for convert, value in zip(own, row, strict=True)
            ]
            several.append("\t".join(texts) + tail)
            if len(several) == ROWS_IN_A_MESSAGE:
                copy.write("".join(several))
                several.clear()
        copy.write("".join(several))


@contextmanager
def copy_into(target: str) -> Iterator[Any]:
    """COPY into a table of PostgreSQL, `target` being its name and columns in brackets; what the
    database refuses is told as SQLAlchemy tells it for any other statement."""
    engine, statement = db.engine, f"COPY {target} FROM STDIN"
    driver: Any = db.session.connection().connection.driver_connection
    dbapi: Any = engine.dialect.loaded_dbapi
    try:
        with driver.cursor().copy(statement) as copy:
            yield copy
    except dbapi.Error as error:
        raise DBAPIError.instance(
            statement, None, error, dbapi.Error, dialect=engine.dialect
        ) from error


def _converted(
    rows: Iterable[Sequence[Any]], own: Sequence[Convert | None], shared: Sequence[Any]
) -> list[tuple[Any, ...]]:
    """Rows as the driver takes them: column by column, and only those whose type changes them."""
    columns = [
        map(convert, column) if convert else column
        for convert, column in zip(own, zip(*rows, strict=True), strict=False)
    ]
    if not columns:
        return []
    return list(zip(*columns, *map(repeat, shared), strict=False))


def _to_driver(model: type[Base], name: str) -> Convert | None:
    """What a column's type does to a value on its way to the driver, if anything."""
    dialect, kind = db.engine.dialect, table_of(model).c[name].type
    if dialect.name == "postgresql":  # objects made for psycopg are not what COPY is written with
        if isinstance(kind, JSON):
            return json.dumps
        if isinstance(kind, LargeBinary):
            return None
    return kind.dialect_impl(dialect).bind_processor(dialect)


_ESCAPED = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})


def _copy_text(value: Any) -> str:
    """A value as COPY reads it."""
    if value is None:
        return r"\N"
    if isinstance(value, bytes):
        return rf"\\x{value.hex()}"
    return value.translate(_ESCAPED) if isinstance(value, str) else str(value)
