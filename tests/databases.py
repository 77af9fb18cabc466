"""A fresh, migrated database for every test, on either engine, in milliseconds.

Each engine has one migrated template per test process. SQLite tests get a copy of its file.
PostgreSQL needs half a second to clone a template, so its tests take turns on one clone that is
emptied after each (see `PostgresTemplate.drop`); a test that changed the schema costs a new clone.
So tests really commit: deferred constraints and triggers act as in production.

Connections are pooled within a test, as in production, and never outlive it on SQLite.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from flask import Flask
from flask_migrate import upgrade
from psycopg import sql
from sqlalchemy.pool import QueuePool

from marketplace.foundation.db import db
from tests.postgres import Server, find_server_binaries

SHM = Path("/dev/shm")
TESTS_PER_CLONE = 300
"""After so many tests the clone's dead rows cost more than a new clone."""


def pooled(template: Any) -> dict[str, Any]:
    """How the product connects to whatever database the present test has."""
    connect: Callable[[], Any] = lambda: template.connect()  # noqa: E731 — tests replace it
    return {"creator": connect, "poolclass": QueuePool, "pool_size": 10, "max_overflow": 20}


class SqliteTemplate:
    """The migrated file, and the copy the present test works on."""

    name = "sqlite"

    def __init__(self) -> None:
        parent = SHM if SHM.is_dir() and os.access(SHM, os.W_OK) else None
        self.root = Path(tempfile.mkdtemp(prefix="marketplace-sqlite-", dir=parent))
        self.template = self.root / "template.sqlite3"
        self.current = self.template
        self.count = 0
        self.url = f"sqlite:///{self.template}"

    def connect(self) -> sqlite3.Connection:
        return sqlite3.connect(self.current, check_same_thread=False, timeout=30)

    def migrated(self, app: Flask) -> None:
        with app.app_context():
            upgrade()
            db.engine.dispose()
        connection = sqlite3.connect(self.template)
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()

    def fresh(self) -> str:
        self.count += 1
        self.current = self.root / f"test-{self.count}.sqlite3"
        shutil.copy(self.template, self.current)
        return f"sqlite:///{self.current}"

    def keep(self) -> Path:
        """The present database, to be laid out again for other tests."""
        kept = self.root / f"kept-{self.count}.sqlite3"
        connection = sqlite3.connect(self.current)
        connection.execute("VACUUM INTO ?", (str(kept),))
        connection.close()
        return kept

    def lay_out(self, kept: Path) -> None:
        """What was kept becomes the present database; nobody may be connected."""
        shutil.copy(kept, self.current)

    def drop(self) -> bool:
        """Remove the copy; False: connections to it are of no further use."""
        for path in self.root.glob(f"{self.current.name}*"):
            path.unlink()
        return False

    def stop(self) -> None:
        shutil.rmtree(self.root, ignore_errors=True)


class PostgresTemplate:
    """The migrated template database, and the clone the present test works on."""

    name = "postgresql"

    def __init__(self) -> None:
        self.server: Server | None = None
        worker = f"{os.environ.get('PYTEST_XDIST_WORKER', 'main')}_{os.getpid()}"
        self.template = f"template_{worker}"
        self.current = self.template
        self.count = 0
        self.worker = worker
        self.wiper: Wiper | None = None
        given = os.environ.get("TEST_DATABASE_URL")
        if given:
            self.base = given.replace("postgresql://", "postgresql+psycopg://")
            self.base = self.base.rsplit("/", 1)[0] + "/{database}"
        else:
            binaries = find_server_binaries()
            assert binaries, "no PostgreSQL server binaries found (make test installs them)"
            self.server = Server(binaries)
            self.server.start()
            self.base = self.server.url("{database}")
        self.url = "postgresql+psycopg://"
        self._admin(f'DROP DATABASE IF EXISTS "{self.template}"')
        self._admin(f'CREATE DATABASE "{self.template}"')

    def dsn(self, database: str) -> str:
        return self.base.format(database=database).replace("+psycopg", "")

    def _admin(self, statement: str) -> None:
        with psycopg.connect(self.dsn("postgres"), autocommit=True) as connection:
            connection.execute(statement)

    def connect(self) -> psycopg.Connection:
        return psycopg.connect(self.dsn(self.current))

    def migrated(self, app: Flask) -> None:
        with app.app_context():
            upgrade()
            db.engine.dispose()

    def fresh(self) -> str:
        """The database of the next test: the one emptied after the last, or a new clone."""
        if self.wiper is None:
            self.count += 1
            self.current = f"test_{self.worker}_{self.count}"
            self._admin(f'CREATE DATABASE "{self.current}" TEMPLATE "{self.template}"')
            self.wiper = Wiper(psycopg.connect(self.dsn(self.current), autocommit=True))
        return self.base.format(database=self.current)

    def keep(self) -> Kept:
        """The rows of the present database, to be laid out again for other tests."""
        assert self.wiper
        return self.wiper.keep()

    def lay_out(self, kept: Kept) -> None:
        """Put what was kept into the database, which is empty."""
        assert self.wiper
        self.wiper.put(kept)

    def drop(self) -> bool:
        """Empty the database; False if it had to be thrown away, so connections are dead."""
        assert self.wiper
        if self.wiper.tests < TESTS_PER_CLONE and self.wiper.wipe():
            return True
        self.wiper.connection.close()
        self.wiper = None
        self._admin(f'DROP DATABASE IF EXISTS "{self.current}" WITH (FORCE)')
        return False

    def stop(self) -> None:
        if self.wiper:
            self.wiper.connection.close()
        if self.server:
            self.server.stop()


SCHEMA = """
    SELECT jsonb_build_array(
        (SELECT jsonb_build_array(count(*), max(xmin::text::bigint)) FROM pg_class),
        (SELECT jsonb_build_array(count(*), max(xmin::text::bigint)) FROM pg_attribute),
        (SELECT jsonb_build_array(count(*), max(xmin::text::bigint)) FROM pg_constraint),
        (SELECT jsonb_build_array(count(*), max(xmin::text::bigint)) FROM pg_trigger),
        (SELECT jsonb_build_array(count(*), max(xmin::text::bigint)) FROM pg_index),
        (SELECT jsonb_build_array(count(*), max(xmin::text::bigint)) FROM pg_proc),
        (SELECT jsonb_build_array(count(*), max(xmin::text::bigint)) FROM pg_namespace))::text
"""
"""Changes with every CREATE, ALTER, DROP or TRUNCATE since: each writes rows of the catalogue."""


@dataclass(frozen=True)
class Kept:
    """Rows, as PostgreSQL writes them, by table; the last number each counter gave."""

    rows: dict[str, list[str]]
    counters: dict[str, int | None]


class Wiper:
    """Takes back whatever a test saved: rows and key counters.

    Rows are deleted, not truncated: a test touches some of the tables with a few rows each, and
    TRUNCATE makes new files for a table and all its indexes.
    """

    def __init__(self, connection: psycopg.Connection) -> None:
        self.connection = connection
        self.tests = 0
        self.tables = [
            row[0]
            for row in connection.execute(
                "SELECT c.relname FROM pg_class c WHERE c.relkind = 'r'"
                " AND c.relnamespace = 'public'::regnamespace ORDER BY c.relname"
            )
        ]
        filled = {name: rows for name in self.tables if (rows := self._rows(name))}
        self.template = Kept(filled, self._counters())
        touched = sql.SQL(" UNION ALL ").join(
            sql.SQL("SELECT {} WHERE EXISTS (SELECT FROM {})").format(
                sql.Literal(name), sql.Identifier(name)
            )
            for name in self.tables
            if name not in self.template.rows
        )
        self.filled = touched.as_string(connection)
        self.schema = self._schema()

    def wipe(self) -> bool:
        """As the template was; False if only a new clone can be that."""
        self.tests += 1
        self._end_forgotten_work()
        if self._schema() != self.schema:
            return False
        touched = [row[0] for row in self.connection.execute(self.filled)]
        touched += [name for name, rows in self.template.rows.items() if self._rows(name) != rows]
        before = {name: self.template.rows.get(name, []) for name in touched}
        self.put(Kept(before, self.template.counters))
        return True

    def keep(self) -> Kept:
        """The tables that have other rows than the template's."""
        tables = {name: self._rows(name) for name in self.tables}
        changed = {
            name: rows for name, rows in tables.items() if rows != self.template.rows.get(name, [])
        }
        return Kept(changed, self._counters())

    def put(self, kept: Kept) -> None:
        """Give these tables these rows, with the guards of history off; and the counters."""
        with self.connection.transaction():
            self.connection.execute("SET LOCAL session_replication_role = replica")
            for table, rows in kept.rows.items():
                self.connection.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table)))
                if rows:
                    self._insert(table, rows)
            for name, value in self._counters().items():
                if value != kept.counters[name]:
                    self._set_counter(name, kept.counters[name])

    def _end_forgotten_work(self) -> None:
        """Transactions a test left open would hold its rows; a killed child's may still end."""
        self.connection.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE state <> 'idle'"
            " AND datname = current_database() AND pid <> pg_backend_pid()"
        )

    def _schema(self) -> str:
        row = self.connection.execute(SCHEMA, prepare=True).fetchone()
        assert row
        return str(row[0])

    def _rows(self, table: str) -> list[str]:
        statement = sql.SQL("SELECT t::text FROM {} t ORDER BY 1").format(sql.Identifier(table))
        return [row[0] for row in self.connection.execute(statement)]

    def _insert(self, table: str, rows: list[str]) -> None:
        columns = sql.SQL(", ").join(map(sql.Identifier, self._own_columns(table)))
        statement = sql.SQL(
            "INSERT INTO {table} ({columns}) OVERRIDING SYSTEM VALUE SELECT {columns}"
            " FROM unnest(%s::text[]) written, LATERAL (SELECT (written::{table}).*) row_of_old"
        )
        named = statement.format(table=sql.Identifier(table), columns=columns)
        self.connection.execute(named, (rows,))

    def _own_columns(self, table: str) -> list[str]:
        found = self.connection.execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0"
            " AND NOT attisdropped AND attgenerated = '' ORDER BY attnum",
            (f'"{table}"',),
        )
        return [row[0] for row in found]

    def _counters(self) -> dict[str, int | None]:
        return dict(
            self.connection.execute(
                "SELECT quote_ident(sequencename), last_value FROM pg_sequences"
                " WHERE schemaname = 'public'"
            )
        )

    def _set_counter(self, name: str, value: int | None) -> None:
        self.connection.execute(
            "SELECT setval(%s::regclass, coalesce(%s, 1), %s)", (name, value, value is not None)
        )
