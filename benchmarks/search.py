"""Search at 200,000 courses: words, facets, the whole page; beside a bare index query and page.

    python -m benchmarks.search [--courses 200000] [--small 20000] [--engine sqlite]
                                [--programs FILE --institutions FILE] [--quick]

The courses are synthetic, zh and en, of our own making; with `--programs` and `--institutions`
(New Jersey's files) the real ones lie beneath. Two hundred mixed queries with facets run in
rounds, each query in turn with (a) the index asked for the same words and nothing else, and (b) a
bare Flask page that reads and renders 20 rows of the same database, by `render_template_string`,
which compiles the page's template with every request, and (c) the same with a template compiled
once. The first round is that of a process that has just read the catalog: courses are new to it,
and words but for those every process makes ready (`search_warming`). It is told apart from the
later ones; no page is kept, so those do the same work with words and cards that are known. Told by
the clock and by processor time of this process (on PostgreSQL without the server's). Checked:
totals of a sample against LIKE.
"""

from __future__ import annotations

import argparse
import itertools
import logging
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from subprocess import run as run_command
from typing import Any
from urllib.parse import urlencode

import structlog
from flask import Flask, render_template_string
from sqlalchemy import select, text

from benchmarks.catalog_world import make_catalog, make_queries
from benchmarks.harness import durable_postgres, machine, product
from marketplace.catalog.models import Course, CourseVersion
from marketplace.catalog.operations.imports import CatalogIntake
from marketplace.catalog.operations.search_index import reindex_courses
from marketplace.catalog.queries.search import CourseQuery, search_courses
from marketplace.catalog.queries.search_index import fts5_query, tsquery_text
from marketplace.catalog.search_phrases import phrases_of
from marketplace.cli.importing import take_in
from marketplace.foundation import clock
from marketplace.foundation.db import db, dialect_name, write_transaction
from marketplace.foundation.files import file_sha256
from marketplace.foundation.paging import PageRequest
from marketplace.institutions.models import Institution
from marketplace.institutions.operations.imports import InstitutionIntake

ROUNDS = 5
CLOCK, CPU = 0, 1
SHARES = (0.5, 0.95)
NARROW = 1_000
BARE_PAGE = """<!doctype html><html><head><title>Courses</title></head><body><h1>Courses</h1>
<table>{% for row in rows %}<tr><td>{{ row.code }}</td><td>{{ row.title }}</td>
<td>{{ row.name }}</td><td>{{ row.fee_fen }}</td></tr>{% endfor %}</table></body></html>"""


@dataclass(frozen=True)
class Timing:
    """Milliseconds of one contender: each round a list, one pair (clock, processor) a query."""

    name: str
    rounds: list[list[tuple[float, float]]]

    def p(self, share: float, *, clock: int, first: bool = False) -> float:
        """A percentile of the first round, or the median over the later ones."""
        rounds = self.rounds[:1] if first else self.rounds[1:]
        return statistics.median(
            _percentile([figures[clock] for figures in one], share) for one in rounds
        )

    def line(self, *, first: bool) -> str:
        figures = [
            self.p(share, clock=clock, first=first) for clock in (CLOCK, CPU) for share in SHARES
        ]
        return f"| {self.name} | {' | '.join(f'{ms:.2f}' for ms in figures)} |"


def _percentile(figures: Sequence[float], share: float) -> float:
    return sorted(figures)[min(len(figures) - 1, int(len(figures) * share))]


def bare_app(app: Flask) -> Flask:
    """Flask, Jinja and 20 rows of the same database; nothing of ours around it."""
    bare = Flask("bare")
    with app.app_context():
        engine = db.engine
    wanted = (
        select(Course.code, CourseVersion.title, Institution.name, CourseVersion.fee_fen)
        .join(CourseVersion, CourseVersion.id == Course.current_version_id)
        .join(Institution, Institution.id == Course.institution_id)
        .order_by(Course.id)
        .limit(20)
    )

    compiled = bare.jinja_env.from_string(BARE_PAGE)

    @bare.get("/")
    def show() -> str:
        with engine.connect() as connection:
            return render_template_string(BARE_PAGE, rows=connection.execute(wanted).all())

    @bare.get("/compiled")
    def show_compiled() -> str:
        with engine.connect() as connection:
            return compiled.render(rows=connection.execute(wanted).all())

    return bare


def ask_index(words: str) -> int:
    """The words in the index, any part, all of them: numbers only."""
    phrases = phrases_of(words)
    if not phrases:
        return 0
    if dialect_name() == "sqlite":
        asked = " AND ".join(map(fts5_query, phrases))
        statement = text("SELECT rowid FROM course_search WHERE course_search MATCH :asked")
    else:
        asked = " & ".join(f"({tsquery_text(phrase)})" for phrase in phrases)
        statement = text(
            "SELECT course_id FROM course_search WHERE title @@ CAST(:asked AS tsquery) "
            "OR names @@ CAST(:asked AS tsquery) OR body @@ CAST(:asked AS tsquery)"
        )
    return len(db.session.execute(statement, {"asked": asked}).all())


def measure(app: Flask, queries: Sequence[dict[str, str]], *, rounds: int) -> list[Timing]:
    """Every contender answers every query once a round, in turn."""
    contenders = _contenders(app, queries)
    began = time.perf_counter(), time.process_time()
    app.test_client().get("/courses")  # reads the catalog into memory, as a worker does once
    took = time.perf_counter() - began[0], time.process_time() - began[1]
    _progress(f"catalog in memory: {took[0]:.1f} s by the clock, {took[1]:.1f} s of processor time")
    timings = {name: Timing(name, []) for name in contenders}
    for _ in range(rounds):
        for timing in timings.values():
            timing.rounds.append([])
        for number in range(len(queries)):
            for name, work in contenders.items():
                timings[name].rounds[-1].append(_timed(lambda: work(number)))  # noqa: B023
        _progress("a round is over")
    return list(timings.values())


def _contenders(app: Flask, queries: Sequence[dict[str, str]]) -> dict[str, Callable[[int], None]]:
    """Name -> what answers the query of a number."""
    client, bare = app.test_client(), bare_app(app).test_client()
    turns = itertools.count()
    urls = [f"/courses?{urlencode(query)}" for query in queries]

    def page(number: int) -> None:
        # Each query from an address of its own: nobody may ask as often as this runs.
        address = {"REMOTE_ADDR": f"10.{next(turns) // 250 % 250}.{number % 250}.1"}
        _get_ok(client, urls[number], environ_base=address)

    def index(number: int) -> None:
        with app.app_context():
            ask_index(queries[number].get("q", ""))

    def bare_page(address: str) -> Callable[[int], None]:
        _get_ok(bare, address)
        return lambda _number: _get_ok(bare, address)

    return {
        "bare index query of the same words": index,
        "bare Flask page of 20 rows": bare_page("/"),
        "the same, its template compiled once": bare_page("/compiled"),
        "the whole search page": page,
    }


def _get_ok(client: Any, url: str, **how: Any) -> None:
    assert client.get(url, **how).status_code == 200, url


def _timed(work: Callable[[], object]) -> tuple[float, float]:
    """Milliseconds by the clock and of the processor."""
    began = time.perf_counter(), time.process_time()
    work()
    return (time.perf_counter() - began[0]) * 1000, (time.process_time() - began[1]) * 1000


def check(app: Flask, words: Sequence[str]) -> str:
    """Totals of single words against LIKE over the same texts."""
    with app.app_context():
        for word in words:
            found = search_courses(CourseQuery(word), PageRequest(1, 1)).page.total
            like = db.session.scalar(
                text(
                    """SELECT count(*) FROM course
                       JOIN course_version v ON v.id = current_version_id
                       JOIN institution i ON i.id = institution_id
                       LEFT JOIN occupation o ON o.id = occupation_id
                       WHERE course.state = 'listed' AND course.quarantine_reason IS NULL
                       AND i.state = 'accredited' AND i.quarantine_reason IS NULL
                       AND (v.title LIKE :part OR v.description LIKE :part OR i.name LIKE :part
                            OR o.title LIKE :part)"""
                ),
                {"part": f"%{word}%"},
            )
            assert found == like, f"{word}: {found} found, LIKE says {like}"
    return f"{len(words)} words found exactly what LIKE finds"


def prepare(url: str, courses: int, files: Sequence[Path]) -> tuple[Flask, float]:
    """The product with so many courses; seconds to build the index."""
    app = product(url)
    with app.app_context():
        if files:
            _take_in_real(*files)
        began = time.perf_counter()
        make_catalog(courses, progress=_progress)
        _vacuum()  # else PostgreSQL reads courses for the index without any idea of the tables
        _progress(f"{courses:,} courses made in {time.perf_counter() - began:.0f} s")
        began = time.perf_counter()
        with write_transaction():
            reindex_courses()
        took = time.perf_counter() - began
        _vacuum()
        _progress(f"search index built in {took:.0f} s")
    return app, took


def _vacuum() -> None:
    """What PostgreSQL does by itself some minutes later."""
    if dialect_name() == "postgresql":
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))


def _take_in_real(programs: Path, institutions: Path) -> None:
    intakes = (
        (institutions, InstitutionIntake(institutions, source="us-nj-providers")),
        (programs, CatalogIntake(programs, source="us-nj-etpl", currency="CNY")),
    )
    for path, intake in intakes:
        take_in(
            intake,
            as_of=clock.today(),
            file_name=path.name,
            file_sha256=file_sha256(path),
            on_progress=lambda _rows: None,
        )


@contextmanager
def databases(engine: str) -> Iterator[Callable[[str], str]]:
    """Addresses of fresh databases of one engine, by name."""
    if engine == "sqlite":
        folder = tempfile.mkdtemp(prefix="marketplace-bench-")
        yield lambda name: f"sqlite:///{folder}/{name}.sqlite3"
        return
    with durable_postgres() as server:

        def make(name: str) -> str:
            createdb = str(server.binaries / "createdb")
            run_command([createdb, "-h", str(server.root), "-U", "postgres", name], check=True)
            return server.url(name)

        yield make


def narrow_queries(app: Flask, queries: Sequence[dict[str, str]]) -> list[dict[str, str]]:
    """Those that find something, and less than a thousand."""
    with app.app_context():
        return [
            query
            for query in queries
            if set(query) == {"q"}
            and 0 < search_courses(CourseQuery(query["q"]), PageRequest(1, 1)).page.total < NARROW
        ]


def report(engine: str, timings: Sequence[Timing], count: int, seconds: float) -> None:
    """A table for docs/performance.md."""
    print(f"\n### {engine}: {count:,} courses, 200 queries with facets, {ROUNDS} rounds\n")
    _index, bare, compiled, page = timings
    for first, title in ((True, "first round: a process just started"), (False, "later rounds")):
        print(
            f"\n| milliseconds a query, {title} | clock p50 | p95 | processor p50 | p95 |\n"
            "| --- | ---: | ---: | ---: | ---: |"
        )
        for timing in timings:
            print(timing.line(first=first))
        for name, base in (("bare page", bare), ("bare page compiled once", compiled)):
            ratios = [
                page.p(share, clock=clock, first=first) / base.p(share, clock=clock, first=first)
                for clock in (CLOCK, CPU)
                for share in SHARES
            ]
            told = " | ".join(f"**{ratio:.2f}**" for ratio in ratios)
            print(f"| **page ÷ {name}** | {told} |")
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"\nIndex built in {seconds:.0f} s; at most {memory:.0f} MiB in this process.")


def main() -> None:
    """Measure, check, print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--courses", type=int, default=200_000)
    parser.add_argument("--small", type=int, default=20_000)
    parser.add_argument("--engine", choices=("sqlite", "postgresql"), action="append")
    parser.add_argument("--programs", type=Path)
    parser.add_argument("--institutions", type=Path)
    parser.add_argument("--quick", action="store_true", help="Two rounds, no growth.")
    asked = parser.parse_args()
    files = [asked.programs, asked.institutions] if asked.programs else []
    queries, words = make_queries()
    for engine in asked.engine or ("sqlite", "postgresql"):
        with databases(engine) as url:
            app, seconds = prepare(url("large"), asked.courses, files)
            # A line a request goes to a file in production and to this screen here: left out.
            structlog.configure(
                wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING)
            )
            timings = measure(app, queries, rounds=2 if asked.quick else ROUNDS)
            report(engine, timings, asked.courses, seconds)
            print(f"\nChecked after the run: {check(app, words)}. {machine()}", flush=True)
            if not asked.quick:
                _growth(app, prepare(url("small"), asked.small, files)[0], queries)
            with app.app_context():
                db.engine.dispose()


def _growth(large: Flask, small: Flask, queries: Sequence[dict[str, str]]) -> None:
    few = narrow_queries(large, queries)
    turns = itertools.count()
    timings: dict[str, list[tuple[float, float]]] = {"small": [], "large": []}
    clients = {"small": small.test_client(), "large": large.test_client()}
    for client in clients.values():
        client.get("/courses")
    for number in range(ROUNDS + 1):
        for query, (name, client) in itertools.product(few, clients.items()):
            address = {"REMOTE_ADDR": f"10.{next(turns) // 250 % 250}.0.1"}
            url = f"/courses?{urlencode(query)}"
            took = _timed(lambda: client.get(url, environ_base=address))  # noqa: B023
            if number:  # the first round makes the words known to both
                timings[name].append(took)
    for which, name in ((CLOCK, "by the clock"), (CPU, "of processor time")):
        small_ms, large_ms = (
            statistics.median(took[which] for took in timings[size]) for size in ("small", "large")
        )
        print(
            f"\nGrowth of {len(few)} queries with fewer than {NARROW:,} hits, small to large, p50 "
            f"{name}: **{large_ms / small_ms:.2f} ×** ({small_ms:.2f} → {large_ms:.2f} ms).",
            flush=True,
        )


def _progress(line: str) -> None:
    print(f"  {line}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
