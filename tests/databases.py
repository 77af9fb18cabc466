"""A fresh, migrated database for every test, on either engine, in milliseconds.

Each engine has one migrated template per test process. SQLite tests get a copy of its file,
PostgreSQL tests a database cloned from it. So tests really commit: deferred constraints and
triggers act as in production.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from pathlib import Path

import psycopg
from flask import Flask
from flask_migrate import upgrade

from tests.postgres import Server, find_server_binaries

SHM = Path("/dev/shm")


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
        connection = sqlite3.connect(self.template)
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()

    def fresh(self) -> str:
        self.count += 1
        self.current = self.root / f"test-{self.count}.sqlite3"
        shutil.copy(self.template, self.current)
        return f"sqlite:///{self.current}"

    def drop(self) -> None:
        for path in self.root.glob(f"{self.current.name}*"):
            path.unlink()

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

    def fresh(self) -> str:
        self.count += 1
        self.current = f"test_{self.worker}_{self.count}"
        self._admin(f'CREATE DATABASE "{self.current}" TEMPLATE "{self.template}"')
        return self.base.format(database=self.current)

    def drop(self) -> None:
        self._admin(f'DROP DATABASE IF EXISTS "{self.current}" WITH (FORCE)')

    def stop(self) -> None:
        if self.server:
            self.server.stop()
