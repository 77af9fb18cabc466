"""Three hundred learners of ten classes sign in within one minute, beside a bare POST.

    python -m benchmarks.checkin

Gunicorn with two workers of four threads on SQLite. Every learner has their own login and types
the figures of the classroom screen at their own moment of the minute; the bare POST inserts one
row with full durability, asked for at the same moments, by the same gunicorn. Checked: 300
learners are present, none twice, none missing. Goal: p95 under three times that of the bare POST.
"""

from __future__ import annotations

import http.client
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from random import Random
from urllib.parse import urlencode

from flask import Flask, request
from sqlalchemy import create_engine, event, func, select, text

from benchmarks.harness import machine, product
from marketplace.catalog.models import CourseRun, Lesson
from marketplace.edge.identity import CurrentUser
from marketplace.enrollment.models import Attendance, Enrollment
from marketplace.enrollment.operations.enroll import enroll_worker
from marketplace.enrollment.operations.sign_in import open_sign_in
from marketplace.enrollment.sign_in_codes import typed_code_for, window_of
from marketplace.foundation import clock
from marketplace.foundation.db import db, write_transaction
from marketplace.people.models import User
from tests.conftest import TEST_KEYS
from tests.factories.catalog import make_listed_course, make_open_course_run
from tests.factories.enrollment import make_staff
from tests.factories.institutions import make_accredited_institution
from tests.factories.people import make_user, make_worker

CLASSES, LEARNERS = 10, 30
SECONDS = float(os.environ.get("CHECKIN_SECONDS", 60))
WARM_UP = 10
LESSON = timedelta(hours=4)
PORTS = {"bare": 18473, "product": 18474}
TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


def bare() -> Flask:
    """One row, one commit, as durable as the product's."""
    app = Flask("bare")
    engine = create_engine(os.environ["DATABASE_URL"], connect_args={"timeout": 30})

    @event.listens_for(engine, "connect")
    def durable(connection: object, _record: object) -> None:
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=30000"):
            connection.execute(f"PRAGMA {pragma}")  # type: ignore[attr-defined]

    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE IF NOT EXISTS row (code TEXT)"))

    @app.post("/")
    def insert() -> str:
        with engine.begin() as connection:
            connection.execute(text("INSERT INTO row VALUES (:code)"), request.form)
        return "ok"

    return app


@dataclass
class Learner:
    """A phone: the cookie of its login, the token of its form, the opening of its lesson."""

    cookie: str
    csrf: str
    opening: str


def ask(port: int, path: str, form: dict[str, str] | None, cookie: str = "") -> tuple[int, str]:
    """One request on a connection of its own, as three hundred phones have."""
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
        headers = {"Cookie": cookie}
        if form is None:
            connection.request("GET", path, headers=headers)
        else:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            connection.request("POST", path, urlencode(form), headers)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()


def over_a_minute(acts: Sequence[Callable[[], None]]) -> list[float]:
    """Each act at its own random moment of the minute; how long each took, in milliseconds."""
    random = Random(5)  # noqa: S311  (moments, not secrets)
    took: list[float] = []

    def run(act: Callable[[], None], moment: float) -> None:
        time.sleep(moment)
        began = time.perf_counter()
        act()
        took.append((time.perf_counter() - began) * 1000)

    threads = [threading.Thread(target=run, args=(act, random.uniform(0, SECONDS))) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(took) == len(acts), "a client failed, see above"
    return sorted(took)


def make_world(app: Flask) -> tuple[list[tuple[str, str]], list[int]]:
    """Ten classes whose lesson is on now; of each learner the cookie and the opening's code."""
    interface = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
    learners: list[tuple[str, str]] = []
    lessons: list[int] = []
    with app.app_context():
        for number in range(CLASSES):
            with write_transaction():
                institution = make_accredited_institution()
                run = make_open_course_run(make_listed_course(institution), capacity=LEARNERS)
                staff = make_staff(institution.id)
                users: list[User] = []
                for place in range(LEARNERS):
                    user = make_user(f"phone-{number}-{place}")
                    enroll_worker(make_worker(user).id, course_run_id=run.id, actor_id=user.id)
                    users.append(user)
                lesson = db.session.scalars(
                    select(Lesson).where(Lesson.course_run_id == run.id).limit(1)
                ).one()
                lesson.starts_at, lesson.ends_at = clock.now(), clock.now() + LESSON
                opening = open_sign_in(lesson.id, actor_id=staff.id).code
                lessons.append(lesson.id)
                for user in users:
                    login = {"_user_id": CurrentUser(user).get_id(), "_fresh": True}
                    learners.append((f"session={interface.dumps(login)}", opening))
        db.session.remove()
        db.engine.dispose()
    return learners, lessons


def open_form(cookie: str, opening: str) -> Learner:
    """The phone opens the page before the minute begins; its answer keeps the cookie going."""
    with closing(
        http.client.HTTPConnection("127.0.0.1", PORTS["product"], timeout=60)
    ) as connection:
        connection.request("GET", "/me/sign-in", headers={"Cookie": cookie})
        answer = connection.getresponse()
        page = answer.read().decode()
        assert answer.status == 200, answer.status
        kept = [value.split(";")[0] for name, value in answer.getheaders() if name == "Set-Cookie"]
        found = TOKEN.search(page)
    assert found, "the page has a form"
    return Learner("; ".join(kept) or cookie, found[1], opening)


def sign_in(learner: Learner) -> None:
    """What the learner does: the figures on the screen at this moment."""
    figures = typed_code_for(learner.opening, window_of(clock.now()))
    form = {"csrf_token": learner.csrf, "typed_code": figures}
    status, page = ask(PORTS["product"], "/me/sign-in", form, learner.cookie)
    assert status == 303, (status, page[:2000])


def insert_row(number: int) -> None:
    status, page = ask(PORTS["bare"], "/", {"code": f"row {number}"})
    assert status == 200, (status, page)


def check(app: Flask, lessons: list[int]) -> str:
    """Everybody is present at their lesson, once."""
    with app.app_context():
        rows = db.session.execute(
            select(
                Attendance.lesson_id, func.count(), func.count(Attendance.enrollment_id.distinct())
            )
            .where(Attendance.lesson_id.in_(lessons))
            .group_by(Attendance.lesson_id)
        ).all()
        learners = db.session.scalar(select(func.count()).select_from(Enrollment).join(CourseRun))
        db.engine.dispose()
    assert [tuple(row)[1:] for row in rows] == [(LEARNERS, LEARNERS)] * CLASSES, rows
    assert learners == CLASSES * LEARNERS
    return f"{learners} of {learners} learners present, none lost, none doubled"


def p(took: list[float], share: float) -> float:
    return took[min(len(took) - 1, int(len(took) * share))]


def main() -> None:
    """Measure, check, print a table for docs/performance.md."""
    with tempfile.TemporaryDirectory() as folder:
        app = product(f"sqlite:///{folder}/product.sqlite3")
        cookies, lessons = make_world(app)
        servers = [
            _serve("bare", f"sqlite:///{folder}/bare.sqlite3", folder),
            _serve("product", f"sqlite:///{folder}/product.sqlite3", folder, app.secret_key),
        ]
        try:
            phones = [open_form(cookie, opening) for cookie, opening in cookies]
            for number in range(WARM_UP):
                insert_row(-number)
                ask(PORTS["product"], "/me/sign-in", None, phones[number].cookie)
            before = over_a_minute([lambda n=n: insert_row(n) for n in range(len(phones))])
            signed = over_a_minute([lambda one=one: sign_in(one) for one in phones])
            after = over_a_minute([lambda n=n: insert_row(n) for n in range(len(phones))])
        finally:
            for server in servers:
                server.terminate()
                server.wait()
        checked = check(app, lessons)
    base = sorted(before + after)
    print(f"\n### {len(phones)} sign-ins of {CLASSES} classes in {SECONDS:.0f} s, 2 workers\n")
    print("| what | p50 ms | p95 ms | p99 ms |\n| --- | ---: | ---: | ---: |")
    for name, took in (("bare POST, one row", base), ("sign in to a lesson", signed)):
        print(f"| {name} | {p(took, 0.5):.1f} | {p(took, 0.95):.1f} | {p(took, 0.99):.1f} |")
    print(f"\n**p95: {p(signed, 0.95) / p(base, 0.95):.2f} × the bare POST**")
    print(f"\nChecked after the run: {checked}. {machine()}")


def _serve(
    name: str, url: str, folder: str, secret: str | bytes | None = None
) -> subprocess.Popen[bytes]:
    environ = os.environ | {"DATABASE_URL": url, "FIELD_KEYS": TEST_KEYS, "VAR_DIR": folder}
    if secret:
        environ["SECRET_KEY"] = str(secret)
    command = [
        sys.executable, "-m", "gunicorn", "--config", "/dev/null", "--workers", "2",
        "--worker-class", "gthread", "--threads", "4", "--log-level", "error",
        "--bind", f"127.0.0.1:{PORTS[name]}",
        "benchmarks.checkin:bare()" if name == "bare" else "wsgi:app",
    ]  # fmt: skip
    log = (Path(folder) / f"{name}.log").open("wb")
    server = subprocess.Popen(command, env=environ, stdout=log, stderr=log)
    for _try in range(300):
        try:
            http.client.HTTPConnection("127.0.0.1", PORTS[name], timeout=1).connect()
        except OSError:
            time.sleep(0.1)
        else:
            return server
    raise RuntimeError((Path(folder) / f"{name}.log").read_text())


if __name__ == "__main__":
    main()
