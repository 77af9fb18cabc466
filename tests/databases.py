"""A fresh, migrated database for every test, on either engine, in milliseconds.

Each engine has one migrated template per test process, and one copy of it on which tests take
turns: it is emptied after each (see `SqliteCopy.put` and `Wiper`). A test that changed the schema
costs a new copy. So tests really commit: deferred constraints and triggers act as in production.

Connections are pooled, as in production, and outlive a test as long as the copy does.

What a database is to hold is put into it when somebody first connects (`settle`): between the end
of a test and the first question of the next one lie up to three worlds, and only the last counts.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from flask import Flask
from flask_migrate import upgrade
from psycopg import sql
from sqlalchemy import Connection, Engine, event
from sqlalchemy.pool import QueuePool

from marketplace.foundation.db import _on_connect as set_up_connection
from marketplace.foundation.db import db
from marketplace.foundation.preparing import PreparingConnection
from tests.postgres import Server, find_server_binaries

SHM = Path("/dev/shm")
TESTS_PER_CLONE = 300
"""After so many tests the clone's dead rows cost more than a new clone."""

STATEMENTS_PREPARED_MAX = 1_000
"""The tests of a copy share its connections; they use more statements than the usual hundred."""

STATEMENTS_COMPILED_MAX = 5_000
"""Tests ask all statements of the product in one process, ten times the usual five hundred."""


def pooled(template: Any) -> dict[str, Any]:
    """How the product connects to whatever database the present test has."""
    connect: Callable[[], Any] = lambda: template.connect()  # noqa: E731 — tests replace it
    return {
        "creator": connect,
        "poolclass": QueuePool,
        "pool_size": 10,
        "max_overflow": 20,
        "query_cache_size": STATEMENTS_COMPILED_MAX,
    }


def settle_first(engine: Engine, template: Any) -> None:
    """Before a connection is used, the database holds what it should, and no test before this
    one has left a setting on the connection."""

    def settle(connection: Any, record: Any, _proxy: Any) -> None:
        template.settle()
        if record.info.get("test") != template.test:
            record.info["test"] = template.test
            template.as_new(connection)

    event.listen(engine, "checkout", settle)


class Commits:
    """How often this process saved something: so one sees whether a test has written."""

    count = 0


@event.listens_for(Engine, "commit")
def _count_commits(_connection: Connection) -> None:
    Commits.count += 1


class Story:
    """What the present database holds: which worlds were laid out, if nothing was saved since."""

    story: tuple[str, ...] = ()
    commits = -1

    def __init__(self) -> None:
        self.settling = threading.Lock()
        self.test = 0

    def as_new(self, connection: Any) -> None:
        """A connection of an earlier test is used again."""

    def begin(self) -> None:
        """The database is as migrated."""
        self.test += 1
        self.story, self.commits = (), Commits.count


class SqliteTemplate(Story):
    """The migrated file, and the copy that tests take turns on.

    Reading 800 tables, indexes and triggers anew takes 5 ms of each connection, so connections
    outlive a test. Whatever a test saves stays in the journal beside the file (WAL), for nobody
    moves it into the file; with an empty journal the database is as migrated, with the journal
    that a world left it is that world. The shared index of the journal is marked as void, and
    the next one who reads sets it up again, as after a crash.

    A test that changed the schema, whose database another process knew, or that left a connection
    in use, costs a new copy and new connections.
    """

    name = "sqlite"

    def __init__(self) -> None:
        super().__init__()
        parent = SHM if SHM.is_dir() and os.access(SHM, os.W_OK) else None
        self.root = Path(tempfile.mkdtemp(prefix="marketplace-sqlite-", dir=parent))
        self.template = self.root / "template.sqlite3"
        self.count = 0
        self.copy: SqliteCopy | None = None
        self.wanted: bytes | None = None
        self.url = f"sqlite:///{self.template}"

    def settle(self) -> None:
        """Let the present copy hold what it should."""
        with self.settling:
            if self.copy and self.wanted is not None:
                self.copy.put(self.wanted)
                self.wanted = None

    def connect(self) -> sqlite3.Connection:
        self.settle()
        path = self.copy.path if self.copy else self.template
        connection = sqlite3.connect(
            path, check_same_thread=False, timeout=30, cached_statements=STATEMENTS_PREPARED_MAX
        )
        if self.copy:
            connection.execute("PRAGMA wal_autocheckpoint = 0")
        return connection

    def as_new(self, connection: Any) -> None:
        """The product's own settings; damage is planted with checks and triggers off."""
        connection.execute("PRAGMA ignore_check_constraints = OFF")
        set_up_connection(connection, None)

    def migrated(self, app: Flask) -> None:
        with app.app_context():
            upgrade()
            db.engine.dispose()
        connection = sqlite3.connect(self.template)
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()

    def fresh(self) -> str:
        self.begin()
        if self.copy is None:
            self.count += 1
            self.copy = SqliteCopy(self.template, self.root / f"test-{self.count}.sqlite3")
        self.wanted = b""
        return f"sqlite:///{self.copy.path}"

    def tell(self) -> None:
        """Somebody else gets to know where the database is."""
        self.settle()
        assert self.copy
        self.copy.is_known = True

    def keep(self) -> bytes:
        """What the present database holds, to be laid out again for other tests."""
        self.settle()
        assert self.copy
        return self.copy.keep()

    def lay_out(self, kept: bytes) -> None:
        """What was kept becomes the present database; nobody may be using it."""
        self.wanted = kept

    def drop(self) -> bool:
        """Let go of what the test saved; False: connections are of no further use."""
        assert self.copy
        in_use = db.engine.pool.checkedout()  # type: ignore[attr-defined]
        if not in_use and self.copy.is_as_made():
            return True
        self.copy.remove()
        self.copy = None
        return False

    def stop(self) -> None:
        shutil.rmtree(self.root, ignore_errors=True)


class SqliteCopy:
    """One file that tests take turns on.

    Its journal and the index of that are opened once: closing a file ends all locks this process
    has on it, also those of SQLite.
    """

    UNTOUCHED_NS = 1_000_000_000
    """When the file was last written, as long as nobody writes it."""
    INDEX_HEAD = bytes(136)
    """Two copies of the head, and what is known of readers: void (SQLite's walformat)."""

    def __init__(self, template: Path, path: Path) -> None:
        self.path = path
        self.is_known = False
        self.beside: dict[str, int] = {}
        shutil.copy(template, path)
        os.utime(path, ns=(self.UNTOUCHED_NS, self.UNTOUCHED_NS))
        # Always connected, so that nobody is the last to leave and moves the journal into the file.
        self.watcher = sqlite3.connect(path, check_same_thread=False)
        self.schema = self._schema()

    def put(self, journal: bytes) -> None:
        """Hold what this journal says and nothing else."""
        assert self._is_untouched()
        file = self._beside("-wal")
        os.ftruncate(file, 0)
        os.pwrite(file, journal, 0)
        os.pwrite(self._beside("-shm"), self.INDEX_HEAD, 0)

    def keep(self) -> bytes:
        """The journal, which says all that differs from the file."""
        assert self._is_untouched(), "somebody moved the journal into the file"
        file = self._beside("-wal")
        return os.pread(file, os.fstat(file).st_size, 0)

    def is_as_made(self) -> bool:
        """Whether an empty journal makes it what it was."""
        return not self.is_known and self._is_untouched() and self._schema() == self.schema

    def remove(self) -> None:
        self.watcher.close()
        for path in self.path.parent.glob(f"{self.path.name}*"):
            path.unlink()
        for file in self.beside.values():
            os.close(file)

    def _schema(self) -> int:
        """Changes with every CREATE, ALTER or DROP."""
        version, *_rest = self.watcher.execute("PRAGMA schema_version").fetchone()
        return int(version)

    def _is_untouched(self) -> bool:
        return self.path.stat().st_mtime_ns == self.UNTOUCHED_NS

    def _beside(self, suffix: str) -> int:
        if suffix not in self.beside:
            self.beside[suffix] = os.open(f"{self.path}{suffix}", os.O_RDWR)
        return self.beside[suffix]


class PostgresTemplate(Story):
    """The migrated template database, and the clone the present test works on."""

    name = "postgresql"

    def __init__(self) -> None:
        super().__init__()
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

    def _clone(self) -> None:
        """By copying files, as all releases before 15 do: page by page through the log takes
        twice the work."""
        with psycopg.connect(self.dsn("postgres"), autocommit=True) as connection:
            by_file = " STRATEGY FILE_COPY" if connection.info.server_version >= 150_000 else ""
            connection.execute(
                f'CREATE DATABASE "{self.current}" TEMPLATE "{self.template}"{by_file}'
            )

    def settle(self) -> None:
        """Let the present clone hold what it should."""
        with self.settling:
            if self.wiper:
                self.wiper.settle()

    def connect(self) -> psycopg.Connection:
        connection = PreparingConnection.connect(self.dsn(self.current))
        connection.prepared_max = STATEMENTS_PREPARED_MAX
        return connection

    def migrated(self, app: Flask) -> None:
        with app.app_context():
            upgrade()
            db.engine.dispose()

    def tell(self) -> None:
        """Somebody else gets to know where the database is."""
        self.settle()

    def fresh(self) -> str:
        """The database of the next test: the one emptied after the last, or a new clone."""
        self.begin()
        if self.wiper is None:
            self.count += 1
            self.current = f"test_{self.worker}_{self.count}"
            self._clone()
            self.wiper = Wiper(psycopg.connect(self.dsn(self.current), autocommit=True))
        return self.base.format(database=self.current)

    def keep(self) -> Kept:
        """The rows of the present database, to be laid out again for other tests."""
        assert self.wiper
        self.settle()
        return self.wiper.keep()

    def lay_out(self, kept: Kept) -> None:
        """What was kept becomes what the database holds; nobody may be writing."""
        assert self.wiper
        self.wiper.wanted = kept

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
    TRUNCATE makes new files for a table and all its indexes. All goes in one message: asking for
    each table alone costs more than the work.
    """

    def __init__(self, connection: psycopg.Connection) -> None:
        self.connection = connection
        self.tests = 0
        self.wanted: Kept | None = None
        self.columns = self._own_columns()
        tables = {name: rows for name in self.columns if (rows := self._rows(name))}
        self.template = Kept(tables, self._counters())
        touched = sql.SQL(" UNION ALL ").join(
            sql.SQL("SELECT {} WHERE EXISTS (SELECT FROM {})").format(
                sql.Literal(name), sql.Identifier(name)
            )
            for name in self.columns
        )
        self.filled = touched.as_string(connection)
        self.schema = self._schema()
        self.last_writer = self._next_writer()

    def wipe(self) -> bool:
        """It is to be as the template was; False if only a new clone can be that."""
        self.tests += 1
        self.wanted = None
        self._end_forgotten_work()
        if self._next_writer() == self.last_writer:
            return True  # nobody wrote, not even in vain
        if self._schema() != self.schema:
            return False
        self.wanted = self.template
        return True

    def settle(self) -> None:
        """Put in what is wanted."""
        wanted, self.wanted = self.wanted, None
        if wanted:
            self.put(wanted)
        if wanted is self.template:
            self.last_writer = self._next_writer()

    def keep(self) -> Kept:
        """The tables that have rows, and the counters."""
        return Kept({name: self._rows(name) for name in self._filled()}, self._counters())

    def put(self, kept: Kept) -> None:
        """Let these be all rows, with the guards of history off; and the counters."""
        present = self._counters()
        script = ["BEGIN; SET LOCAL session_replication_role = replica"]
        script += [f'DELETE FROM "{table}"' for table in self._filled()]
        script += [self._insertion(table, rows) for table, rows in kept.rows.items()]
        script += [
            f"SELECT setval('{name}', {value or 1}, {value is not None})"
            for name, value in kept.counters.items()
            if value != present[name]
        ]
        self.connection.execute("; ".join([*script, "COMMIT"]).encode())

    def _end_forgotten_work(self) -> None:
        """Transactions a test left open would hold its rows; a killed child's may still end."""
        self.connection.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE state <> 'idle'"
            " AND datname = current_database() AND pid <> pg_backend_pid()"
        )

    def _next_writer(self) -> str:
        """The number of the next transaction that writes; reading takes none."""
        row = self.connection.execute("SELECT pg_snapshot_xmax(pg_current_snapshot())::text")
        return str(row.fetchall()[0][0])

    def _schema(self) -> str:
        row = self.connection.execute(SCHEMA, prepare=True).fetchone()
        assert row
        return str(row[0])

    def _filled(self) -> list[str]:
        return [row[0] for row in self.connection.execute(self.filled, prepare=True)]

    def _rows(self, table: str) -> list[str]:
        statement = sql.SQL("SELECT t::text FROM {} t ORDER BY 1").format(sql.Identifier(table))
        return [row[0] for row in self.connection.execute(statement)]

    def _insertion(self, table: str, rows: list[str]) -> str:
        columns = ", ".join(f'"{column}"' for column in self.columns[table])
        written = ", ".join(sql.Literal(row).as_string(self.connection) for row in rows)
        return (
            f'INSERT INTO "{table}" ({columns}) OVERRIDING SYSTEM VALUE'
            f' SELECT {columns} FROM unnest(ARRAY[{written}]::"{table}"[])'
        )

    def _own_columns(self) -> dict[str, list[str]]:
        """Table -> what can be written of it."""
        found = self.connection.execute(
            "SELECT c.relname, array_agg(a.attname::text ORDER BY a.attnum) FROM pg_class c"
            " JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0"
            " AND NOT a.attisdropped AND a.attgenerated = ''"
            " WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace"
            " GROUP BY c.relname ORDER BY c.relname"
        )
        return {str(name): columns for name, columns in found}

    def _counters(self) -> dict[str, int | None]:
        return dict(
            self.connection.execute(
                "SELECT quote_ident(sequencename), last_value FROM pg_sequences"
                " WHERE schemaname = 'public'",
                prepare=True,
            ).fetchall()
        )
