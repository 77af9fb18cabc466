"""The hottest statements, run by the driver itself.

SQLAlchemy takes five times as long to run a statement as the driver needs to ask it, and the
driver waits for each answer before it asks the next (docs/decisions/0138). A `Direct` statement
is written like any other, compiled once for each engine, and asked through the connection of the
session, in its transaction. Several can be asked in one round trip: the server runs them one after
the other, and each sees what was committed before it began, as if asked one by one.

For statements that are asked by the hundred while people wait, and for what the busiest pages read
(docs/decisions/0163). What the database refuses is told as SQLAlchemy tells it for any other
statement. `in_` with several values has no one text: `is_among`, or conditions joined by `or_`.
"""

from __future__ import annotations

import json
import sqlite3
from collections import namedtuple
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Dialect,
    Text,
    TypeDecorator,
    bindparam,
)
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler

from marketplace.foundation.db import db, dialect_name

Convert = Callable[[Any], Any]
Rows = list[Any]
"""Named tuples with the labels of the statement's columns."""


def is_among(column: ColumnElement[Any], name: str, kind: Any = BigInteger) -> ColumnElement[bool]:
    """The column is one of the values given by a name, however many: one text, so one plan.

    PostgreSQL looks at them only when it runs, else it would plan anew each time.
    """
    return _Among(column, name, kind)


class _Values(TypeDecorator[list[Any]]):
    """Several values as SQLite takes them in one place."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Sequence[Any] | None, dialect: Dialect) -> str:
        return json.dumps(value)


class _Among(ColumnElement[bool]):
    inherit_cache = False

    def __init__(self, column: ColumnElement[Any], name: str, kind: Any) -> None:
        self.column = column
        self.given = bindparam(name, type_=ARRAY(kind))


@compiles(_Among, "postgresql")
def _among_on_postgresql(element: _Among, compiler: SQLCompiler, **options: Any) -> str:
    column, given = (compiler.process(one, **options) for one in (element.column, element.given))
    return f"{column} = ANY(ARRAY(SELECT unnest({given})))"


@compiles(_Among, "sqlite")
def _among_on_sqlite(element: _Among, compiler: SQLCompiler, **options: Any) -> str:
    given = bindparam(element.given.key, type_=_Values)
    column, values = (compiler.process(one, **options) for one in (element.column, given))
    return f"{column} IN (SELECT value FROM json_each({values}))"  # noqa: S608 (column and place)


@dataclass(frozen=True, slots=True)
class _Compiled:
    """A statement as one engine runs it."""

    text: str
    names: tuple[str, ...]
    defaults: Mapping[str, Any]
    to_driver: Mapping[str, Convert]
    from_driver: tuple[tuple[int, Convert], ...]
    make_row: Callable[[Any], Any]

    def values(self, asked: Mapping[str, Any]) -> list[Any]:
        """What the driver is given, in the order of the places in the text."""
        found = []
        for name in self.names:
            value = asked[name] if name in asked else self.defaults[name]
            convert = self.to_driver.get(name)
            found.append(convert(value) if convert else value)
        return found

    def rows(self, read: Sequence[Any]) -> Rows:
        """Rows as the rest of the product knows them."""
        if not self.from_driver:
            return [self.make_row(row) for row in read]
        made = []
        for row in read:
            values = list(row)
            for place, convert in self.from_driver:
                values[place] = convert(values[place])
            made.append(self.make_row(values))
        return made


class Direct:
    """A statement of SQLAlchemy that the driver runs; see the module."""

    def __init__(self, statement: Any, columns: Sequence[str] | None = None) -> None:
        """`columns` are those an insert gives values to; a row has them by name."""
        self.statement = statement
        self.columns = columns
        self._compiled: dict[str, _Compiled] = {}

    def on(self, engine: str) -> _Compiled:
        """As `sqlite` or `postgresql` runs it: compiled on first use."""
        if (found := self._compiled.get(engine)) is None:
            found = self._compiled[engine] = _compile(self.statement, self.columns, engine)
        return found


def ask(question: Direct, asked: Mapping[str, Any]) -> Rows:
    """The rows of one statement, in the present transaction."""
    return ask_together((question, asked))[0]


def ask_together(*questions: tuple[Direct, Mapping[str, Any]]) -> list[Rows]:
    """The rows of several statements, run in this order, on PostgreSQL in one round trip.

    When the database refuses one of them, the later ones are not run.
    """
    session = db.session()
    if session.autoflush:  # what objects have to write comes first, as with any statement
        session.flush()
    engine = dialect_name()
    wanted = [(question.on(engine), asked) for question, asked in questions]
    if engine == "sqlite":
        return [_ask_sqlite(one, asked) for one, asked in wanted]
    answers = _ask_postgresql([(one.text, one.values(asked)) for one, asked in wanted])
    return [one.rows(read) for (one, _asked), read in zip(wanted, answers, strict=True)]


def write_on_sqlite(question: Direct, rows: Sequence[Mapping[str, Any]]) -> None:
    """Run a statement once for each row."""
    compiled = question.on("sqlite")
    connection = db.session.connection()
    driver: Any = connection.connection.driver_connection
    values = [compiled.values(row) for row in rows]
    _tell_listeners(connection, compiled.text, values)
    try:
        driver.executemany(compiled.text, values)
    except sqlite3.Error as error:
        raise _told(error) from error


@contextmanager
def whole_on_sqlite() -> Iterator[None]:
    """All that the block writes, or nothing of it: a savepoint, set by the driver."""
    driver: Any = db.session.connection().connection.driver_connection
    driver.execute("SAVEPOINT whole")
    try:
        yield
    except BaseException:
        driver.execute("ROLLBACK TO whole")
        raise
    finally:
        driver.execute("RELEASE whole")


def _ask_sqlite(one: _Compiled, asked: Mapping[str, Any]) -> Rows:
    connection = db.session.connection()
    driver: Any = connection.connection.driver_connection
    values = one.values(asked)
    _tell_listeners(connection, one.text, values)
    try:
        return one.rows(driver.execute(one.text, values).fetchall())
    except sqlite3.Error as error:
        raise _told(error) from error


def _ask_postgresql(questions: Sequence[tuple[str, Sequence[Any]]]) -> list[list[Any]]:
    import psycopg  # only where there is a PostgreSQL, as what follows

    from marketplace.foundation.preparing import ask_server

    connection = db.session.connection()
    driver: Any = connection.connection.driver_connection
    for text, values in questions:
        _tell_listeners(connection, text, values)
    try:
        return ask_server(driver, questions)
    except psycopg.Error as error:
        if driver.closed:
            connection.invalidate(error)
        raise _told(error) from error
    except BaseException:
        if driver.closed:
            connection.invalidate()
        raise


def _tell_listeners(connection: Any, text: str, values: Sequence[Any]) -> None:
    """Whoever listens to the statements of SQLAlchemy hears of these too."""
    for listen in connection.dispatch.before_cursor_execute:
        listen(connection, None, text, values, None, False)


def _told(error: Exception) -> DBAPIError:
    """What a driver refused, as SQLAlchemy tells it."""
    dialect = db.engine.dialect
    dbapi: Any = dialect.loaded_dbapi
    found = DBAPIError.instance(None, None, error, dbapi.Error, dialect=dialect)
    assert isinstance(found, DBAPIError)
    return found


def _compile(statement: Any, given: Sequence[str] | None, engine: str) -> _Compiled:
    dialect: Dialect = db.engine.dialect
    if engine == "postgresql":
        from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

        dialect = PGDialect_psycopg(paramstyle="numeric_dollar")  # type: ignore[no-untyped-call]
    compiled = statement.compile(dialect=dialect, column_keys=given)
    to_driver = {
        name: convert
        for name in compiled.positiontup
        if (convert := _to_driver(compiled.binds[name].type, dialect))
    }
    columns = list(getattr(statement, "exported_columns", ()))
    from_driver = [
        (place, convert)
        for place, column in enumerate(columns)
        if (convert := column.type.dialect_impl(dialect).result_processor(dialect, None))
    ]
    row = namedtuple("Row", [column.key for column in columns], rename=True)  # type: ignore[misc]  # noqa: PYI024
    return _Compiled(
        text=compiled.string,
        names=tuple(compiled.positiontup),
        defaults={name: bind.value for name, bind in compiled.binds.items() if not bind.required},
        to_driver=to_driver,
        from_driver=tuple(from_driver),
        make_row=row._make,
    )


def _to_driver(kind: Any, dialect: Dialect) -> Convert | None:
    if isinstance(kind, ARRAY):
        return None
    found: Convert | None = kind.dialect_impl(dialect).bind_processor(dialect)
    return found
