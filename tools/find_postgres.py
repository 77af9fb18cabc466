"""Make sure `make test` has a PostgreSQL server: the machine's own, else a wheel, else say so.

    python tools/find_postgres.py

Looks where tests/postgres.py looks. When nothing is there, installs the hashed wheel of
requirements/pg.txt into this environment. When that fails too, says what to do; with CI set that
is an error, otherwise the tests run on SQLite alone and say that they skipped PostgreSQL.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.postgres import find_server_binaries  # noqa: E402

HELP = """No PostgreSQL server binaries were found, and the wheel could not be installed.
Tests that need PostgreSQL are skipped. To run them, do one of these:
  - install a server (Debian: apt-get install postgresql), nothing needs to be started;
  - put initdb and pg_ctl on the PATH;
  - set TEST_DATABASE_URL=postgresql://user:password@host/postgres to a server you may fill.
"""


def works(binaries: Path) -> bool:
    """The binaries are for this machine."""
    try:
        done = subprocess.run(
            [str(binaries / "initdb"), "--version"], capture_output=True, timeout=30, check=False
        )
    except OSError:
        return False
    return done.returncode == 0


def install_wheel() -> None:
    print("no PostgreSQL server here: installing one as a wheel", file=sys.stderr)
    subprocess.run(
        [
            sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
            "--require-hashes", "--no-deps", "-r", str(ROOT / "requirements" / "pg.txt"),
        ],
        check=False,
    )  # fmt: skip


def main() -> int:
    if os.environ.get("TEST_DATABASE_URL"):
        return 0
    found = find_server_binaries()
    if found is None or not works(found):
        install_wheel()
        found = find_server_binaries()
    if found and works(found):
        return 0
    print(HELP, file=sys.stderr)
    return 1 if os.environ.get("CI") else 0


if __name__ == "__main__":
    sys.exit(main())
