"""A product that has started once and forks: what a test kills costs no second start.

Starting the interpreter and the product takes seconds; a test that kills a runner and starts it
again five times would spend most of its time on that. The fork is a process of its own, with its
own connections, and dies of SIGKILL as any other.

    warm = WarmProduct(app)
    runner = warm.start("jobs", "run", "--until-empty", IMPORT_PIECE_PAUSE="0.05")
    runner.send_signal(signal.SIGKILL); runner.wait()

Run as a module it reads orders on standard input, one JSON a line: {"command", "environ"};
answers {"pid"} at once and {"status"} when the fork has ended.
"""

from __future__ import annotations

import atexit
import json
import os
import select
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import create_engine

from marketplace.app import create_app
from marketplace.foundation.db import db
from tests.conftest import TEST_KEYS, address_of_database

ROOT = Path(__file__).resolve().parents[1]


class Running:
    """A command of the product in a fork; used like a `Popen`."""

    def __init__(self, process: subprocess.Popen[str], pid: int) -> None:
        self.process = process
        self.pid = pid
        self.status: int | None = None

    def poll(self) -> int | None:
        """How it ended, None while it runs."""
        assert self.process.stdout
        if self.status is None and select.select([self.process.stdout], [], [], 0)[0]:
            self.status = json.loads(self.process.stdout.readline())["status"]
        return self.status

    def wait(self, timeout: float = 60) -> int:
        """How it ended: its exit code, or minus the signal that killed it."""
        assert self.process.stdout
        if self.status is None:
            ended, _, _ = select.select([self.process.stdout], [], [], timeout)
            assert ended, f"still running after {timeout} s"
        status = self.poll()
        assert status is not None
        return status

    def send_signal(self, number: int) -> None:
        os.kill(self.pid, number)


class WarmProduct:
    """The product on the present test's database, waiting for commands.

    All tests of a process share one that has started; which database it is follows with each
    command.
    """

    shared: subprocess.Popen[str] | None = None

    def __init__(self, app: Flask, **env: str) -> None:
        self.env = {"DATABASE_URL": address_of_database(app), **env}
        self.last: Running | None = None

    def start(self, *command: str, **env: str) -> Running:
        """One command of `flask`, beside the test."""
        process = self._started()
        assert process.stdin and process.stdout
        process.stdin.write(json.dumps({"command": command, "environ": self.env | env}) + "\n")
        process.stdin.flush()
        self.last = Running(process, json.loads(process.stdout.readline())["pid"])
        return self.last

    def stop(self) -> None:
        """What a failed test left running ends, so that the next one is not told of it."""
        if self.last and self.last.poll() is None:
            self.last.send_signal(signal.SIGKILL)
            self.last.wait()

    @classmethod
    def _started(cls) -> subprocess.Popen[str]:
        if cls.shared is None:
            own = {"PYTHONPATH": str(ROOT), "DATABASE_URL": "sqlite://"}
            own |= {"FIELD_KEYS": TEST_KEYS, "SECRET_KEY": "test"}
            cls.shared = subprocess.Popen(
                [sys.executable, "-m", "tests.warm"],
                cwd=ROOT,
                env={**os.environ, **own},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            atexit.register(cls.shared.communicate, timeout=60)
        return cls.shared


def _obey(app: Flask, order: dict[str, Any]) -> None:
    """As `flask` would, in this process; what it prints is nobody's."""
    os.environ.update(order["environ"])
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)
    with app.app_context():
        options = app.config["SQLALCHEMY_ENGINE_OPTIONS"]
        db.engines[None] = create_engine(os.environ["DATABASE_URL"], **options)
        app.cli.main(args=order["command"], prog_name="flask")


def main() -> None:
    """Fork once for each order, one after the other."""
    app = create_app()
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            status = 1
            try:
                _obey(app, json.loads(line))
            except SystemExit as ended:
                status = ended.code if isinstance(ended.code, int) else int(bool(ended.code))
            finally:
                os._exit(status)
        os.write(1, (json.dumps({"pid": child}) + "\n").encode())
        _pid, how = os.waitpid(child, 0)
        status = os.waitstatus_to_exitcode(how)
        os.write(1, (json.dumps({"status": status}) + "\n").encode())


if __name__ == "__main__":
    main()
