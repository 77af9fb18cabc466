"""The database: one session, one place that commits, one base for tables.

Reads run in a deferred transaction; every write goes through `write_transaction()`, which starts
with BEGIN IMMEDIATE on SQLite, because row locks (`with_for_update`) are silently dropped there.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Annotated, Any, TypeVar, cast

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    BigInteger,
    Connection,
    Date,
    DateTime,
    Dialect,
    Engine,
    Enum,
    Integer,
    MetaData,
    Table,
    Text,
    event,
    inspect,
)
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    Session,
    make_transient_to_detached,
    mapped_column,
    registry,
)
from sqlalchemy.types import JSON, TypeDecorator

from marketplace.foundation import crypto, prepared  # noqa: F401  (opens connections)

BigInt = BigInteger().with_variant(Integer, "sqlite")
Id = Annotated[int, mapped_column(BigInt, primary_key=True)]


class UtcDateTime(TypeDecorator[datetime]):
    """An instant: stored in UTC, always returned with its zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        assert value.tzinfo is not None, "an instant carries its zone"
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


_NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
_TYPES: dict[Any, Any] = {
    int: BigInt,
    str: Text,
    date: Date,
    datetime: UtcDateTime,
    dict[str, Any]: JSON,
    list[Any]: JSON,
}


class Base(DeclarativeBase):
    """Base of all tables: named constraints, no reused row ids on SQLite."""

    registry = registry(metadata=MetaData(naming_convention=_NAMING), type_annotation_map=_TYPES)

    @classmethod
    def __table_cls__(cls, *args: Any, **kwargs: Any) -> Table:
        # SQLite reuses the largest deleted row id unless told not to; keys must never collide.
        kwargs.setdefault("sqlite_autoincrement", True)
        return Table(*args, **kwargs)


db = SQLAlchemy(model_class=Base)
Written = TypeVar("Written", bound=Base)


def state_column(states: type[StrEnum], *, name: str = "state", **kwargs: Any) -> Any:
    """A life-cycle column: text in the database, checked there, an enum in Python."""
    kind = Enum(
        states,
        native_enum=False,
        create_constraint=True,
        length=32,
        name=name,
        values_callable=lambda members: [member.value for member in members],
    )
    return mapped_column(kind, **kwargs)


class Sealed:
    """A personal field kept encrypted in `<name>_sealed`, bound to its table, column and row.

    The owner needs a `code` before the first assignment: it is part of the authenticated data,
    so that a ciphertext copied to another person's row does not open.
    """

    def __set_name__(self, owner: type, name: str) -> None:
        self.column = f"{name}_sealed"

    def _purpose(self, row: Any) -> str:
        assert row.code, "a sealed field needs the row's code first"
        return f"{row.__tablename__}.{self.column}:{row.code}"

    def __get__(self, row: Any, owner: type) -> Any:
        if row is None:
            return self
        stored = getattr(row, self.column)
        return None if stored is None else crypto.decrypt(stored, purpose=self._purpose(row))

    def open(self, stored: str | None, *, table: str, code: str) -> str | None:
        """The field of a row that was read without an object."""
        if stored is None:
            return None
        return crypto.decrypt(stored, purpose=f"{table}.{self.column}:{code}")

    def close(self, plain: str | None, *, table: str, code: str) -> str | None:
        """The field for a row that is written without an object."""
        return plain and crypto.encrypt(plain, purpose=f"{table}.{self.column}:{code}")

    def __set__(self, row: Any, plain: str | None) -> None:
        sealed = None if plain is None else crypto.encrypt(plain, purpose=self._purpose(row))
        setattr(row, self.column, sealed)


@contextmanager
def write_transaction() -> Iterator[Session]:
    """One unit of work: everything in the block is saved, or nothing.

    The only place that commits. Blocks do not nest: two commits are two units of work.
    """
    session = db.session()
    if session.info.get("writing"):
        raise RuntimeError("write_transaction does not nest")
    session.rollback()
    session.info["writing"] = True
    try:
        session.connection(execution_options={"sqlite_begin": "IMMEDIATE"})
        yield session
        session.commit()
    except BaseException:
        session.rollback()
        raise
    finally:
        session.info.pop("writing", None)


@contextmanager
def rehearsal() -> Iterator[Session]:
    """A dry run: the block really acts, its effects can be read, and nothing is kept."""
    session = db.session()
    if session.info.get("writing"):
        raise RuntimeError("write_transaction does not nest")
    session.rollback()
    session.info["writing"] = True
    try:
        session.connection(execution_options={"sqlite_begin": "IMMEDIATE"})
        yield session
    finally:
        session.rollback()
        session.info.pop("writing", None)


def table_of(model: type[Base]) -> Table:
    """The table of a model, for the few hot statements that read and write without objects."""
    return cast(Table, model.__table__)


def forget_rows(model: type[Base], ids: Iterable[int]) -> None:
    """These rows were changed without objects: objects read before are read again when used."""
    session = db.session()
    key_of = inspect(model).identity_key_from_primary_key
    for row_id in ids:
        known = session.identity_map.get(key_of((row_id,)))
        if known is not None:
            session.expire(known)


def adopt_row(row: Written) -> Written:
    """A row written without objects, as an object that needs no reading."""
    make_transient_to_detached(row)
    db.session.add(row)
    return row


def as_read(model: type[Written], columns: Mapping[str, Any]) -> Written:
    """The same, given all columns of the row: made as an object that was read is made, because
    setting columns one by one takes five times as long."""
    row = cast(Written, inspect(model).class_manager.new_instance())
    row.__dict__.update(columns)
    return adopt_row(row)


def next_object(model: type[Written], values: Iterator[Any]) -> Written:
    """An object of the next values of a row that was read without objects: all columns of its
    table. The one this session knows already; else made of them, in a third of the mapper's time.
    """
    columns = dict(zip(table_of(model).c.keys(), values, strict=False))
    key = inspect(model).identity_key_from_primary_key((columns["id"],))
    known = db.session().identity_map.get(key)
    return as_read(model, columns) if known is None else cast(Written, known)


def dialect_name() -> str:
    """`sqlite` or `postgresql`."""
    return db.engine.dialect.name


@event.listens_for(Session, "before_flush")
def _no_write_outside(session: Session, _context: Any, _instances: Any) -> None:
    touched = session.new or session.deleted or any(map(session.is_modified, session.dirty))
    if touched and not session.info.get("writing"):
        raise RuntimeError("rows may only be written inside write_transaction()")


@event.listens_for(Engine, "connect")
def _on_connect(connection: Any, _record: Any) -> None:
    if not isinstance(connection, sqlite3.Connection):
        return
    connection.isolation_level = None  # we emit BEGIN ourselves, see _on_begin
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "busy_timeout=30000",
        "recursive_triggers=ON",
    ):
        connection.execute(f"PRAGMA {pragma}")


@event.listens_for(Engine, "begin")
def _on_begin(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        mode = connection.get_execution_options().get("sqlite_begin", "")
        connection.exec_driver_sql(f"BEGIN {mode}".strip())


__all__ = [
    "Base",
    "BigInt",
    "Id",
    "Mapped",
    "Sealed",
    "UtcDateTime",
    "adopt_row",
    "as_read",
    "db",
    "dialect_name",
    "forget_rows",
    "mapped_column",
    "next_object",
    "rehearsal",
    "state_column",
    "table_of",
    "write_transaction",
]
