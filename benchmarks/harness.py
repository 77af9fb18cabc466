"""What every benchmark needs: a durable throwaway PostgreSQL, interleaved rounds, a ratio.

A figure alone says little on a shared machine; a product's figure divided by a baseline measured
in the same run, median of interleaved rounds, says something.
"""

from __future__ import annotations

import http.client
import multiprocessing
import os
import platform
import resource
import statistics
import subprocess
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import text

from marketplace.app import create_app
from marketplace.foundation.bulk import refresh_statistics
from marketplace.foundation.db import db, dialect_name, write_transaction
from marketplace.foundation.lasting import set_aside
from marketplace.foundation.settings import read_settings
from tests.conftest import TEST_KEYS
from tests.postgres import Server, find_server_binaries


@dataclass(frozen=True)
class Rounds:
    """Figures of one contender, one per round, in operations a second."""

    name: str
    figures: tuple[float, ...]

    @property
    def median(self) -> float:
        return statistics.median(self.figures)

    def line(self) -> str:
        spread = f"{min(self.figures):,.0f}–{max(self.figures):,.0f}"
        return f"| {self.name} | {self.median:,.0f} | {spread} |"


def interleave(contenders: dict[str, Callable[[], float]], *, rounds: int = 5) -> list[Rounds]:
    """Run every contender once a round, in turn; each returns operations a second."""
    figures: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, run in contenders.items():
            figures[name].append(run())
    return [Rounds(name, tuple(values)) for name, values in figures.items()]


def report(title: str, results: list[Rounds], *, baseline: str, checked: str) -> None:
    """A table for docs/performance.md: medians, spread, ratio, and what was checked after."""
    base = next(result for result in results if result.name == baseline)
    print(f"\n### {title}\n\n| what | per second (median) | spread |\n| --- | ---: | --- |")
    for result in results:
        print(result.line())
    for result in results:
        if result.name != baseline:
            print(f"\n**{result.name}: {result.median / base.median:.2f} × {baseline}**")
    print(f"\nChecked after the run: {checked}. {machine()}")


def machine() -> str:
    """Where it was measured, and what this process took of memory there."""
    peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return (
        f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()};"
        f" {peak_mib:.0f} MiB at most"
    )


def connection_process() -> int | None:
    """The process of PostgreSQL that serves the present connection; none on SQLite."""
    if db.engine.dialect.name == "sqlite":
        return None
    return db.session.scalar(text("SELECT pg_backend_pid()"))


def processor_seconds(backend: int | None) -> float:
    """Of this process and of the one that serves its connection: how crowded the machine is shows
    in it less than in the time of the clock."""
    if backend is None:
        return time.process_time()
    nanoseconds = int(Path(f"/proc/{backend}/schedstat").read_text().split()[0])
    return time.process_time() + nanoseconds / 1e9


@contextmanager
def durable_postgres() -> Iterator[Server]:
    """A server with default durability: fsync and synchronous commit on."""
    binaries = find_server_binaries()
    assert binaries, "no PostgreSQL server binaries"
    server = Server(binaries, durable=True)
    server.start()
    try:
        yield server
    finally:
        server.stop()


def product(url: str, *, pool_size: int = 10) -> Flask:
    """The product on a migrated database, with a pool for several clients."""
    folder = tempfile.mkdtemp(prefix="marketplace-bench-")
    settings = read_settings(
        {
            "DATABASE_URL": url,
            "FIELD_KEYS": TEST_KEYS,
            "VAR_DIR": folder,
            "PASSWORD_MEMORY_KIB": "64",  # nobody signs in here by a password
        }
    )
    pool = {} if url.startswith("sqlite") else {"pool_size": pool_size, "max_overflow": 0}
    app = create_app(settings, {"SQLALCHEMY_ENGINE_OPTIONS": pool})
    with app.app_context():
        upgrade()
        db.engine.dispose()
    set_aside()  # as the processes that serve and work do
    return app


def gather_statistics() -> None:
    """Leave the database as one that has been running finds it: autovacuum looks every minute,
    and on SQLite the runner of jobs does. `pgbench -i` does the same to its own tables."""
    if dialect_name() == "postgresql":
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as one:
            one.execute(text("VACUUM (ANALYZE)"))
    else:
        with write_transaction():
            refresh_statistics()


class Clients:
    """Processes with a connection each, as web workers are, that live through all rounds."""

    def __init__(self, app: Flask, count: int) -> None:
        forks = multiprocessing.get_context("fork")
        self.ends, self.workers = [], []
        for _client in range(count):
            mine, theirs = forks.Pipe()
            worker = forks.Process(target=_serve, args=(app, theirs), daemon=True)
            worker.start()
            self.ends.append(mine)
            self.workers.append(worker)

    def run(self, act: Callable[[Any], int], shares: Sequence[Any]) -> float:
        """Each client does `act(share)`, all at once; operations a second over all of them."""
        started = time.perf_counter()
        for end, share in zip(self.ends, shares, strict=True):
            end.send((act, share))
        done = [end.recv() for end in self.ends]
        took = time.perf_counter() - started
        assert None not in done, "a client failed, see above"
        return sum(done) / took

    def stop(self) -> None:
        for end, worker in zip(self.ends, self.workers, strict=True):
            end.send(None)
            worker.join()


def _serve(app: Flask, end: Any) -> None:
    with app.app_context():
        while asked := end.recv():
            act, share = asked
            try:
                end.send(act(share))
            except Exception:
                traceback.print_exc()
                end.send(None)


def prepare_pgbench(server: Server, database: str, *, scale: int = 10) -> None:
    """The tables of pgbench in a database of their own."""
    server.new_database(database)
    subprocess.run(
        [str(server.binaries / "pgbench"), "-i", "-q", "-s", str(scale), "-h", str(server.root),
         "-U", "postgres", database],
        check=True, capture_output=True,
    )  # fmt: skip


def pgbench(server: Server, database: str, *, seconds: int, clients: int = 8) -> float:
    """PostgreSQL's own TPC-B-like load on the same server, in transactions a second."""
    command = [
        str(server.binaries / "pgbench"), "-n", "-c", str(clients), "-j", "2",
        "-T", str(seconds), "-h", str(server.root), "-U", "postgres", database,
    ]  # fmt: skip
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    line = next(line for line in text.splitlines() if line.startswith("tps"))
    return float(line.split("=")[1].split()[0])


_addresses = count(1)
PAGES_OF_AN_ADDRESS = 500
"""The product lets one address have 600 pages a minute."""


class Reader:
    """Asks for pages over one connection after the other, each from an address of its own, as many
    readers do; one reader alone would soon be told to slow down."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.left = 0

    def get(self, path: str) -> int:
        """Read a page; its status."""
        if not self.left:
            number = next(_addresses)
            source = f"127.{number >> 16 & 127}.{number >> 8 & 255}.{number & 255}"
            self.connection = http.client.HTTPConnection(
                "127.0.0.1", self.port, timeout=60, source_address=(source, 0)
            )
            self.left = PAGES_OF_AN_ADDRESS
        self.left -= 1
        self.connection.request("GET", path)
        answer = self.connection.getresponse()
        answer.read()
        return answer.status

    def begin_again(self) -> None:
        """After the server closed the connection."""
        self.connection.close()
