"""Memory of the processes of `make run`, idle and under load (P10).

    python -m benchmarks.memory [SECONDS [PAUSE]]

Seconds of load: 30 unless told, the goal speaks of an hour. A pause, in seconds, between the
requests of each of the four clients leaves the machine to others; none unless told.

The web server with its own configuration and the runner of background jobs, on SQLite. Resident
memory of each process: idle, after the first fifth of the load (when every page was drawn once and
what is kept is kept), and at the end; every minute of it goes to stderr. Goal: at most 200 MiB a
process, no growth. Checked: every answer under load was a 200.
"""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path

from benchmarks.harness import Reader, machine, product
from marketplace.foundation import clock
from marketplace.foundation.db import write_transaction
from tests.conftest import TEST_KEYS
from tests.factories.catalog import make_listed_course, make_open_course_run
from tests.factories.institutions import make_accredited_institution

SECONDS = 30.0
CLIENTS, ROWS = 4, 200
ROOT = Path(__file__).resolve().parents[1]
MIB_MAX = 200


def _free_port() -> int:
    """Of this machine, where another run may be under way."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


PORT = _free_port()


def resident_mib(process_id: int) -> float:
    """What a process holds in memory now."""
    for line in Path(f"/proc/{process_id}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0


def family(process_id: int) -> list[int]:
    """A process and those it started."""
    children = Path(f"/proc/{process_id}/task/{process_id}/children").read_text().split()
    return [process_id, *(one for child in children for one in family(int(child)))]


def sizes(started: dict[str, subprocess.Popen[bytes]]) -> dict[str, float]:
    """MiB of each process, by what it is."""
    found = {}
    for name, process in started.items():
        for place, one in enumerate(family(process.pid)):
            found[name if place == 0 else f"{name} worker {place}"] = resident_mib(one)
    return found


@dataclass
class Load:
    """What several clients ask for, and what they got."""

    paths: list[str]
    pause: float
    pages: int = 0
    wrong: list[str] = field(default_factory=list)


def ask(load: Load, start: int, until: float) -> None:
    """Pages one after the other over one connection."""
    paths = load.paths[start:] + load.paths[:start]
    reader = Reader(PORT)
    for path in cycle(paths):
        if time.perf_counter() > until:
            return
        try:
            status = reader.get(path)
        except (OSError, http.client.HTTPException):
            reader.begin_again()  # the worker was replaced, as its configuration says
            continue
        load.pages += 1
        if status != 200:
            load.wrong.append(f"{path}: {status}")
        time.sleep(load.pause)


def put_under(load: Load, seconds: float, started: dict[str, subprocess.Popen[bytes]]) -> None:
    """Several clients at once; what the processes hold is told every minute."""
    until = time.perf_counter() + seconds
    threads = [threading.Thread(target=ask, args=(load, start, until)) for start in range(CLIENTS)]
    for thread in threads:
        thread.start()
    while (left := until - time.perf_counter()) > 0:
        time.sleep(min(left, 60))
        told = ", ".join(f"{name} {mib:.1f}" for name, mib in sizes(started).items())
        print(f"{clock.now():%H:%M:%S} {load.pages:,} pages: {told}", file=sys.stderr, flush=True)
    for thread in threads:
        thread.join()
    assert not load.wrong, load.wrong[:3]


def start(folder: str, url: str) -> dict[str, subprocess.Popen[bytes]]:
    """As `make run` does."""
    environ = os.environ | {
        "DATABASE_URL": url, "FIELD_KEYS": TEST_KEYS, "VAR_DIR": folder, "PORT": str(PORT),
    }  # fmt: skip
    log = (Path(folder) / "log").open("wb")

    def run(*command: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(command, cwd=ROOT, env=environ, stdout=log, stderr=log)

    started = {
        "web": run(sys.executable, "-m", "gunicorn", "wsgi:app"),
        "jobs": run(sys.executable, "-m", "flask", "--app", "wsgi", "jobs", "run"),
    }
    for _try in range(600):
        try:
            http.client.HTTPConnection("127.0.0.1", PORT, timeout=1).connect()
        except OSError:
            time.sleep(0.1)
        else:
            return started
    for process in started.values():
        process.terminate()
    raise RuntimeError((Path(folder) / "log").read_text())


def main() -> None:
    """Measure, check, print a table for docs/performance.md."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else SECONDS
    pause = float(sys.argv[2]) if len(sys.argv) > 2 else 0.0
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/memory.sqlite3"
        app = product(url)
        with app.app_context(), write_transaction():
            institution = make_accredited_institution()
            codes = [make_listed_course(institution).code for _row in range(ROWS)]
            make_open_course_run(make_listed_course(institution))
            paths = ["/", "/courses", "/institutions", f"/institutions/{institution.code}"]
            paths += [f"/courses/{code}" for code in codes]
        started = start(folder, url)
        try:
            time.sleep(3)
            idle = sizes(started)
            load = Load(paths, pause)
            put_under(load, seconds / 5, started)
            warm = sizes(started)
            put_under(load, seconds * 4 / 5, started)
            end = sizes(started)
        finally:
            for process in started.values():
                process.terminate()
                process.wait()
    print(f"\n### Memory of `make run`, {load.pages:,} pages in {seconds:.0f} s (P10), MiB\n")
    print("| process | idle | after a fifth | at the end |\n| --- | ---: | ---: | ---: |")
    for name, last in end.items():
        print(f"| {name} | {idle.get(name, 0):.0f} | {warm.get(name, 0):.0f} | {last:.0f} |")
    largest = max(*end.values(), *warm.values())
    growth = max(last / warm[name] for name, last in end.items() if name in warm)
    print(f"\n**Largest {largest:.0f} of {MIB_MAX} MiB; largest growth {growth:.2f} ×**")
    print(f"\nChecked: every answer was a 200. {machine()}")


if __name__ == "__main__":
    main()
