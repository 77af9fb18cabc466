"""Take in 100,000 courses, beside a bare executemany of the same rows; SQLite and PostgreSQL.

    python -m benchmarks.catalog_import [ROWS]

The product reads and judges a CSV in our own format, as `catalog import` does, in a process of
its own whose peak memory is measured. The baseline puts the very rows it left (courses, versions,
search entries) into an empty database of the same schema, prepared beforehand, with the driver
alone: one executemany per table and 1,000 rows, one commit each. Checked after every round: as
many courses, versions and search entries as rows, and no problem.
"""

from __future__ import annotations

import csv
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

from flask import Flask
from sqlalchemy import func, select, text

from benchmarks.harness import Rounds, durable_postgres, product, report
from marketplace.catalog.models import Course, CourseVersion
from marketplace.catalog.operations.import_institutions import CatalogInstitutionIntake
from marketplace.catalog.operations.imports import CatalogIntake
from marketplace.cli.importing import take_in
from marketplace.foundation.db import db
from marketplace.foundation.files import file_sha256
from marketplace.imports.models import ImportRun
from marketplace.imports.queries import count_import_problems

ROWS = 100_000
ROUNDS = 5
INSTITUTIONS = 500
CHUNK = 1_000
WORDS = (
    "电工 焊接 养老护理 数控 月嫂 茶艺 烘焙 安全 实务 初级 操作 规程 welding nursing truck driving "
    "safety network repair basics advanced spreadsheet"
).split()
TABLES = ("course", "course_version", "course_search")


def write_files(folder: Path, rows: int) -> None:
    """A register of institutions and a list of courses, the same for the same number of rows."""
    dice = Random(20260101)
    with (folder / "institutions.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("institution_key", "name", "status"))
        writer.writerows(
            (f"S-{n:04d}", f"第{n}职业培训学校", "approved") for n in range(INSTITUTIONS)
        )
    with (folder / "courses.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(
            ("course_key", "institution_key", "institution_name", "title", "fee", "fee_tuition",
             "fee_materials", "hours", "mode", "level", "status", "certificate", "description")
        )  # fmt: skip
        for number in range(rows):
            tuition, materials = dice.randrange(300, 4_000), dice.randrange(50, 300)
            school = number % INSTITUTIONS
            writer.writerow(
                (f"K-{number:06d}", f"S-{school:04d}", f"第{school}职业培训学校",
                 " ".join(dice.sample(WORDS, 3)) + f" {number}", f"{tuition + materials}.00",
                 f"{tuition}.00", f"{materials}.00", dice.randrange(8, 400),
                 dice.choice(("onsite", "online", "blended")), dice.randrange(1, 6), "approved",
                 "结业证书", " ".join(dice.choices(WORDS, k=12)))
            )  # fmt: skip


def child(url: str, folder: Path) -> None:
    """One import in this process: seconds and peak memory, after the institutions are there."""
    app = product(url)
    with app.app_context():
        _take_in(CatalogInstitutionIntake(folder / "institutions.csv", source="generic"))
        path = folder / "courses.csv"
        started = time.perf_counter()
        run = _take_in(CatalogIntake(path, source="generic", currency="CNY"))
        seconds = time.perf_counter() - started
        problems = count_import_problems(run.id)
        counts = dict(run.counts)
        db.session.remove()
        db.engine.dispose()
    print(json.dumps({"seconds": seconds, "peak_mib": peak_mib(), "problems": problems, **counts}))


def peak_mib() -> float:
    """The most memory this process ever held. `ru_maxrss` would count its parent's before exec."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _take_in(intake: Any) -> ImportRun:
    return take_in(
        intake,
        as_of=date(2026, 1, 1),
        file_name=intake.path.name,
        file_sha256=file_sha256(intake.path),
        on_progress=lambda _done: None,
    )


def run_child(url: str, folder: Path) -> dict[str, Any]:
    """The same in a fresh process."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.catalog_import", "--child", url, str(folder)],
        capture_output=True, check=True, text=True, env={**os.environ},
    )  # fmt: skip
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def rows_left(app: Flask, rows: int) -> dict[str, tuple[str, Sequence[Any]]]:
    """Per table: the driver's own statement and the very rows the import left."""
    is_sqlite = str(app.config["SQLALCHEMY_DATABASE_URI"]).startswith("sqlite")
    found = {}
    with app.app_context():
        for table in TABLES:
            key = "rowid, *" if is_sqlite and table == "course_search" else "*"
            query = f"SELECT {key} FROM {table} ORDER BY 1"  # noqa: S608
            result = db.session.execute(text(query))
            columns = list(result.keys())
            names = ", ".join(columns)
            mark = "?" if is_sqlite else "%s"
            marks = ", ".join([mark] * len(columns))
            statement = f"INSERT INTO {table} ({names}) VALUES ({marks})"  # noqa: S608
            found[table] = (statement, [tuple(map(_plain, row)) for row in result])
            assert len(found[table][1]) == rows, f"{table}: {len(found[table][1])} of {rows}"
        courses = db.session.scalar(select(func.count()).select_from(Course))
        versions = db.session.scalar(select(func.count()).select_from(CourseVersion))
        assert (courses, versions) == (rows, rows)
        db.session.remove()
        db.engine.dispose()
    return found


def _plain(value: Any) -> Any:
    return json.dumps(value) if isinstance(value, dict) else value


def bare(app: Flask, folder: Path, left: dict[str, tuple[str, Sequence[Any]]]) -> float:
    """The same rows with the driver alone; rows of the list a second."""
    with app.app_context():
        _take_in(CatalogInstitutionIntake(folder / "institutions.csv", source="generic"))
        db.session.remove()
        raw = db.engine.raw_connection()
        cursor = raw.cursor()
        total = len(left["course"][1])
        is_sqlite = db.engine.dialect.name == "sqlite"
        started = time.perf_counter()
        for start in range(0, total, CHUNK):
            if is_sqlite:
                cursor.execute("BEGIN IMMEDIATE")
            for statement, rows in left.values():
                cursor.executemany(statement, rows[start : start + CHUNK])
            raw.commit()
        seconds = time.perf_counter() - started
        cursor.close()
        raw.close()
        db.engine.dispose()
    return total / seconds


def measure(engine: str, url_of: Any, rows: int) -> None:
    """Interleaved rounds on one engine; prints the table."""
    figures: dict[str, list[float]] = {"bare executemany": [], "catalog import": []}
    peaks = []
    with tempfile.TemporaryDirectory(prefix="marketplace-bench-") as name:
        folder = Path(name)
        write_files(folder, rows)
        for number in range(ROUNDS):
            print(f"  {engine}, round {number + 1} of {ROUNDS}", file=sys.stderr, flush=True)
            url = url_of(f"import{number}")
            told = run_child(url, folder)
            assert told["courses.added"] == told["rows"] == rows, told
            assert told["problems"] == 0, told
            figures["catalog import"].append(rows / told["seconds"])
            peaks.append(told["peak_mib"])
            left = rows_left(product(url), rows)
            figures["bare executemany"].append(bare(product(url_of(f"bare{number}")), folder, left))
    report(
        f"Take in {rows:,} courses, {engine}",
        [Rounds(name, tuple(values)) for name, values in figures.items()],
        baseline="bare executemany",
        checked=f"{rows:,} courses, versions and search entries each round, no problem; peak "
        f"memory of the import {statistics.median(peaks):.0f} MiB (at most {max(peaks):.0f})",
    )


def main() -> None:
    """Measure both engines."""
    if sys.argv[1:2] == ["--child"]:
        child(sys.argv[2], Path(sys.argv[3]))
        return
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    with tempfile.TemporaryDirectory(prefix="marketplace-bench-") as folder:
        measure("SQLite", lambda name: f"sqlite:///{folder}/{name}.sqlite3", rows)
    with durable_postgres() as server:

        def new_database(name: str) -> str:
            command = ["-h", str(server.root), "-U", "postgres", name]
            subprocess.run([str(server.binaries / "createdb"), *command], check=True)
            return server.url(name)

        measure("PostgreSQL", new_database, rows)


if __name__ == "__main__":
    main()
