"""What every benchmark needs: a durable throwaway PostgreSQL, interleaved rounds, a ratio.

A figure alone says little on a shared machine; a product's figure divided by a baseline measured
in the same run, median of interleaved rounds, says something.
"""

from __future__ import annotations

import multiprocessing
import os
import platform
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import text

from marketplace.app import create_app
from marketplace.foundation.db import db
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
    """Where it was measured."""
    return f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"


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
    settings = read_settings({"DATABASE_URL": url, "FIELD_KEYS": TEST_KEYS, "VAR_DIR": folder})
    pool = {} if url.startswith("sqlite") else {"pool_size": pool_size, "max_overflow": 0}
    app = create_app(settings, {"SQLALCHEMY_ENGINE_OPTIONS": pool})
    with app.app_context():
        upgrade()
        db.engine.dispose()
    return app


def clients(app: Flask, work: Callable[[int], int], *, count: int) -> float:
    """Run `work(client)` in `count` processes at once, as web workers do; operations a second."""
    forks = multiprocessing.get_context("fork")
    gate, done = forks.Barrier(count + 1), forks.Queue()

    def client(number: int) -> None:
        with app.app_context():
            db.session.execute(text("SELECT 1"))  # connected before the clock starts
            db.session.rollback()
            gate.wait()
            done.put(work(number))
            db.session.remove()
            db.engine.dispose()

    workers = [forks.Process(target=client, args=(number,)) for number in range(count)]
    for worker in workers:
        worker.start()
    gate.wait(120)
    started = time.perf_counter()
    total = sum(done.get(timeout=600) for _worker in workers)
    took = time.perf_counter() - started
    for worker in workers:
        worker.join()
        assert worker.exitcode == 0
    return total / took


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
