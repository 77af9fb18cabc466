"""Requests a second of busy pages with two gunicorn workers, beside a bare page.

    python -m benchmarks.pages

The bare page is what Flask and Jinja do at least: twenty rows of the same database in a plain
template, served by the same gunicorn. Checked: every answer is a 200.
"""

from __future__ import annotations

import http.client
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from flask import Flask, render_template_string
from sqlalchemy import create_engine, text

from benchmarks.harness import Reader, interleave, product, report
from marketplace.foundation.db import write_transaction
from tests.conftest import TEST_KEYS
from tests.factories.catalog import make_listed_course, make_open_course_run
from tests.factories.institutions import make_accredited_institution

CLIENTS, ROUNDS, SECONDS, ROWS = 4, 5, 2.0, 20
PORTS = {"bare": 18471, "product": 18472}
BARE = "benchmarks.pages:bare()"
PAGE = """<!doctype html><html lang="en"><title>Rows</title><body><h1>Rows</h1><table>
{% for row in rows %}<tr><td>{{ row.code }}</td><td>{{ row.title }}</td></tr>{% endfor %}
</table></body></html>"""


def bare() -> Flask:
    """Twenty rows, one query, one template."""
    app = Flask("bare")
    engine = create_engine(os.environ["DATABASE_URL"])

    @app.get("/")
    def show() -> str:
        with engine.connect() as connection:
            rows = connection.execute(
                text(
                    "SELECT course.code, title FROM course"
                    " JOIN course_version ON course_version.course_id = course.id"
                    " ORDER BY course.id LIMIT 20"
                )
            ).all()
        return render_template_string(PAGE, rows=rows)

    return app


def requests_a_second(port: int, path: str) -> float:
    """Ask for a page again and again from several connections; every answer must be a 200."""
    until = time.perf_counter() + SECONDS
    done = [0] * CLIENTS
    wrong: list[int] = []

    def ask(number: int) -> None:
        reader = Reader(port)
        while time.perf_counter() < until:
            if (status := reader.get(path)) != 200:
                wrong.append(status)
                return
            done[number] += 1

    began = time.perf_counter()
    threads = [threading.Thread(target=ask, args=(number,)) for number in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong, f"{path}: {wrong}"
    return sum(done) / (time.perf_counter() - began)


def main() -> None:
    """Measure on SQLite, print a table for docs/performance.md."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/pages.sqlite3"
        app = product(url)
        with app.app_context(), write_transaction():
            institution = make_accredited_institution()
            courses = [make_listed_course(institution) for _row in range(ROWS)]
            for course in courses:
                make_open_course_run(course)
            code, institution_code = courses[0].code, institution.code
        servers = [_serve(app_name, url, folder) for app_name in PORTS]
        try:
            pages = ["/", "/courses", f"/courses/{code}", "/institutions"]
            pages.append(f"/institutions/{institution_code}")
            contenders = {"bare page": lambda: requests_a_second(PORTS["bare"], "/")}
            for path in pages:
                named = path.replace(code, "…").replace(institution_code, "…")
                contenders[named] = lambda path=path: requests_a_second(PORTS["product"], path)
            results = interleave(contenders, rounds=ROUNDS)
        finally:
            for server in servers:
                server.terminate()
                server.wait()
    report(
        f"Busy pages on SQLite, 2 gunicorn workers, {CLIENTS} clients",
        results,
        baseline="bare page",
        checked="every answer was a 200",
    )


def _serve(name: str, url: str, folder: str) -> subprocess.Popen[bytes]:
    port = PORTS[name]
    environ = os.environ | {"DATABASE_URL": url, "FIELD_KEYS": TEST_KEYS, "VAR_DIR": folder}
    command = [
        sys.executable, "-m", "gunicorn", "--config", "/dev/null", "--workers", "2",
        "--worker-class", "gthread", "--threads", "4", "--log-level", "error",
        "--bind", f"127.0.0.1:{port}", BARE if name == "bare" else "wsgi:app",
    ]  # fmt: skip
    log = (Path(folder) / f"{name}.log").open("wb")
    server = subprocess.Popen(command, env=environ, stdout=log, stderr=log)
    for _try in range(300):
        try:
            http.client.HTTPConnection("127.0.0.1", port, timeout=1).connect()
        except OSError:
            time.sleep(0.1)
        else:
            return server
    raise RuntimeError((Path(folder) / f"{name}.log").read_text())


if __name__ == "__main__":
    main()
