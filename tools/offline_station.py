#!/usr/bin/env python3
"""A sign-in station for lessons without network. Needs Python 3.9 and `cryptography`.

    python offline_station.py key                     # once: make this device's key
    python offline_station.py run BUNDLE.json         # in the lesson: learners sign in
    python offline_station.py close BUNDLE.json       # afterwards: write the signed file

`key` prints a line; a manager of the institution registers it on "Lessons without network" and
downloads the lesson for this device there. `run` takes a voucher (scanned or typed) or the
learner's own code of the lesson, one a line. Every sign-in is on the disk before it is confirmed,
bound to all before it, so a flat battery loses nothing and nothing can be changed afterwards.
`close` writes BUNDLE.signed.json, which is uploaded on the same page. Running and closing again
after that is fine as long as the lesson lasts.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import sha256
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

BUNDLE_FORMAT = "training-voucher-bundle-1"
FILE_FORMAT = "training-voucher-offline-1"
CODE = re.compile(r"[0-9A-Z-]{4,60}")
CODE_LENGTH = 8
LAST_LINE = "."


def main() -> int:
    """One of three commands; the exit code is 1 when something was refused."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("command", choices=("key", "run", "close"))
    parser.add_argument("bundle", nargs="?", type=Path, help="the lesson's file, downloaded")
    parser.add_argument("--key", type=Path, default=Path("device.key"), help="this device's key")
    arguments = parser.parse_args()
    if arguments.command == "key":
        return make_key(arguments.key)
    if arguments.bundle is None:
        parser.error("name the lesson's file")
    try:
        station = Station(arguments.bundle, arguments.key)
        return station.run() if arguments.command == "run" else station.close()
    except (Stopped, OSError) as stopped:
        print(stopped, file=sys.stderr)
        return 1


class Stopped(Exception):
    """Why the station does not go on."""


def make_key(path: Path) -> int:
    """Make this device's key, unless there is one, and print its public half."""
    if not path.exists():
        raw = Ed25519PrivateKey.generate().private_bytes_raw()
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(urlsafe_b64encode(raw).decode())
    print(public_text(read_key(path)))
    return 0


def utc_now() -> str:
    """The time of this device as both files write it."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


def read_key(path: Path) -> Ed25519PrivateKey:
    """This device's private key."""
    try:
        return Ed25519PrivateKey.from_private_bytes(urlsafe_b64decode(path.read_text("ascii")))
    except (OSError, ValueError) as error:
        raise Stopped(f"no key of this device in {path}: make one with `key`") from error


def public_text(key: Ed25519PrivateKey) -> str:
    """The public half as it is registered."""
    return urlsafe_b64encode(key.public_key().public_bytes_raw()).decode()


class Station:
    """One lesson on one device: the bundle, and the journal of what was signed in so far."""

    def __init__(self, path: Path, key_path: Path) -> None:
        self.path = path
        self.key = read_key(key_path)
        self.bundle = read_bundle(path, public_text(self.key))
        pin_server(key_path.with_suffix(".server"), self.bundle["server_key"])
        self.journal = path.with_suffix(".journal")
        self.head = sha256(self.bundle["signature"].encode()).hexdigest()
        self.records: list[dict[str, Any]] = []
        self.present: set[str] = set()
        for line in self._lines():
            self._append(json.loads(line))

    def run(self) -> int:
        """Learners sign in, one line each, until a line with a single dot."""
        lesson = self.bundle
        print(f"{lesson['title']} · {lesson['run']} #{lesson['lesson']} · {lesson['starts_at']}")
        print(f"{len(lesson['roster'])} learners. Scan a voucher or type the code of the lesson;")
        print(f"a line with {LAST_LINE!r} ends.")
        for line in sys.stdin:
            typed = line.strip().upper().replace(" ", "")
            if typed == LAST_LINE:
                break
            if typed:
                print(self.sign_in(typed, utc_now()))
        print(f"{len(self.records)} sign-ins on this device. Write the file with `close`.")
        return 0

    def sign_in(self, typed: str, at: str) -> str:
        """Write one sign-in down and answer what the learner reads."""
        if not self.bundle["doors_at"] <= at < self.bundle["ends_at"]:
            return "✗ Outside the lesson. Is the clock of this device right?"
        if self.records and at < self.records[-1]["at"]:
            return "✗ The clock of this device went back. Set it right."
        learner, kind, code = self._find(typed)
        if learner is None:
            return "✗ No voucher and no code of this class. Try again, or ask the staff."
        if learner["enrollment"] in self.present:
            return f"✓ {learner['name']} is signed in already."
        record = {"number": len(self.records) + 1, "at": at, "kind": kind, "code": code}
        self._write({**record, "enrollment": learner["enrollment"]})
        return f"✓ {learner['name']} is signed in."

    def close(self) -> int:
        """Write the signed file."""
        closed_at = utc_now()
        parts = (FILE_FORMAT, self.bundle["bundle"], len(self.records), self.head, closed_at)
        signature = self.key.sign("\n".join(map(str, parts)).encode())
        document = {
            "format": FILE_FORMAT,
            "bundle": self.bundle,
            "records": self.records,
            "closed_at": closed_at,
            "signature": urlsafe_b64encode(signature).decode(),
        }
        target = self.path.with_suffix(".signed.json")
        target.write_text(json.dumps(document, ensure_ascii=False, indent=1), encoding="utf-8")
        print(f"{target}: {len(self.records)} sign-ins. Upload by {self.bundle['sync_until']}.")
        return 0

    def _find(self, typed: str) -> tuple[dict[str, str] | None, str, str]:
        plain = typed.replace("-", "")
        for kind, code in (("voucher", typed), ("code", plain)):
            if not CODE.fullmatch(code) or (kind == "code" and len(code) != CODE_LENGTH):
                continue
            hint = sha256(f"{self.bundle['bundle']}|{code}".encode()).hexdigest()[:4]
            for learner in self.bundle["roster"]:
                if learner[kind] == hint:
                    return learner, kind, code
        return None, "", ""

    def _lines(self) -> list[str]:
        if not self.journal.exists():
            return []
        whole = self.journal.read_text(encoding="utf-8")
        kept, _, torn = whole.rpartition("\n")
        if torn:  # the battery went flat in the middle of a line: it was never confirmed
            self.journal.write_text(kept + "\n" if kept else "", encoding="utf-8")
        return kept.splitlines()

    def _write(self, row: dict[str, Any]) -> None:
        with self.journal.open("a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")
            file.flush()
            os.fsync(file.fileno())
        self._append(row)

    def _append(self, row: dict[str, Any]) -> None:
        self.present.add(row.pop("enrollment"))
        text = f"{self.head}\n{row['number']}|{row['at']}|{row['kind']}|{row['code']}"
        self.head = sha256(text.encode()).hexdigest()
        self.records.append(row)


def read_bundle(path: Path, device_key: str) -> dict[str, Any]:
    """The lesson's file, proved to be unchanged and for this device."""
    try:
        bundle = json.loads(path.read_text(encoding="utf-8"))
        content = {name: value for name, value in bundle.items() if name != "signature"}
        server = Ed25519PublicKey.from_public_bytes(urlsafe_b64decode(bundle["server_key"]))
        sealed = json.dumps(content, sort_keys=True, separators=(",", ":")).encode()
        server.verify(urlsafe_b64decode(bundle["signature"]), sealed)
    except (ValueError, KeyError, AttributeError, TypeError, InvalidSignature) as error:
        raise Stopped(f"{path} is no lesson's file, or it was changed") from error
    if bundle.get("format") != BUNDLE_FORMAT or bundle["device_key"] != device_key:
        raise Stopped(f"{path} was downloaded for another device")
    return dict(bundle)


def pin_server(path: Path, server_key: str) -> None:
    """The first lesson says whose signature counts; every later one must bear the same."""
    if not path.exists():
        path.write_text(server_key, encoding="ascii")
    elif path.read_text("ascii") != server_key:
        raise Stopped("this lesson comes from another server than those before it")


if __name__ == "__main__":
    sys.exit(main())
