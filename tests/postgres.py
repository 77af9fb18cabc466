"""A throwaway PostgreSQL for the tests: own data directory, unix socket only, no fsync."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

MEMORY = Path("/dev/shm")
MEMORY_FREE_MIN = 4 * 1024**3
"""Bytes. A server in memory makes its files in half the time; containers often have 64 MiB."""


def find_server_binaries() -> Path | None:
    """The folder with initdb and pg_ctl: PATH, Debian's place, or the wheel of `make test`."""
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: p.parts[-3])
    if debian:
        return debian[-1].parent
    wheel = list(Path(sys.prefix).glob("lib/python*/site-packages/*pgserver/pginstall/bin/initdb"))
    return wheel[0].parent if wheel else None


class Server:
    """One PostgreSQL server, started for this run and removed after it.

    Tests do without fsync; benchmarks ask for a `durable` one, with the defaults of production.
    """

    def __init__(self, binaries: Path, *, durable: bool = False) -> None:
        self.binaries = binaries
        self.durable = durable
        self.root = Path(tempfile.mkdtemp(prefix="marketplace-pg-", dir=self._place()))
        self.data = self.root / "data"
        self.user: str | None = None
        if os.geteuid() == 0:  # PostgreSQL refuses to run as root
            self.user = self._unprivileged_user()
            account = pwd.getpwnam(self.user)
            os.chown(self.root, account.pw_uid, account.pw_gid)

    def _place(self) -> Path | None:
        """In memory where there is plenty; what is to be durable lies on the disk."""
        roomy = (
            not self.durable
            and MEMORY.is_dir()
            and os.access(MEMORY, os.W_OK)
            and shutil.disk_usage(MEMORY).free >= MEMORY_FREE_MIN
        )
        return MEMORY if roomy else None

    @staticmethod
    def _unprivileged_user() -> str:
        for name in ("postgres", "nobody"):
            try:
                pwd.getpwnam(name)
            except KeyError:
                continue
            return name
        raise RuntimeError("no unprivileged user to run PostgreSQL as")

    def _run(self, *command: str) -> None:
        done = subprocess.run(
            [str(self.binaries / command[0]), *command[1:]],
            user=self.user,
            cwd=self.root,
            capture_output=True,
            text=True,
            env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "HOME": str(self.root)},
        )
        if done.returncode:
            raise RuntimeError(f"{command[0]}: {done.stderr or done.stdout}")

    def start(self) -> None:
        self._run(
            "initdb", "-D", str(self.data), "-U", "postgres", "-A", "trust",
            "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync",
        )  # fmt: skip
        options = (
            f"-c listen_addresses='' -c unix_socket_directories={self.root} -c max_connections=200"
        )
        if not self.durable:
            options += " -c fsync=off -c synchronous_commit=off -c full_page_writes=off"
        self._run(
            "pg_ctl", "-D", str(self.data), "-w", "-l", str(self.root / "log"), "-o", options,
            "start",
        )  # fmt: skip

    def stop(self) -> None:
        try:
            self._run("pg_ctl", "-D", str(self.data), "-m", "immediate", "-w", "stop")
        finally:
            shutil.rmtree(self.root, ignore_errors=True)

    def new_database(self, name: str) -> str:
        """Make an empty database; its address."""
        self._run("createdb", "-h", str(self.root), "-U", "postgres", name)
        return self.url(name)

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://postgres@/{database}?host={self.root}"
