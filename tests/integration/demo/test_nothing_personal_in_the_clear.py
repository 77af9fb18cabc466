"""A stolen database file tells no name, number or bank account; neither does the log."""

from __future__ import annotations

import base64
import io
import random
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import numpy
import pytest
from sqlalchemy import select

from marketplace.foundation.db import db, dialect_name
from marketplace.foundation.logs import configure_logging
from marketplace.institutions.models import PayoutAccount
from marketplace.people.models import User, Worker
from tests.conftest import address_of_database
from tests.databases import Commits
from tests.factories.demo import load_small_world
from tests.matrix import ask, browser_of, leave_out_pdf, routes

pytestmark = pytest.mark.slow
# First of its group, so that the file looked at is the one the world was made in; the journeys
# are told in the same world.
PEOPLE_MAX = 40
WINDOW = 8
"""Bytes looked at together; no disguise is shorter."""

_saving: dict[int, list[str]] = {}
"""User -> the pages that saved something. What a page logs is the same on the other engine, in the
same world; there only these are asked for again."""


def _secrets() -> dict[str, str]:
    """What must not be found, and what kind it is."""
    workers = db.session.scalars(select(Worker).order_by(Worker.id).limit(PEOPLE_MAX)).all()
    numbers = db.session.scalars(select(PayoutAccount).limit(PEOPLE_MAX)).all()
    found = {worker.id_number: "ID number" for worker in workers}
    found |= {worker.phone: "phone" for worker in workers}
    found |= {worker.name: "name" for worker in workers if len(worker.name) > 2}
    return found | {row.number: "payee account" for row in numbers}


def _disguises(secret: str) -> set[bytes]:
    """Plain, reversed, hexadecimal, and base64 at each of its three alignments."""
    plain = secret.encode()
    found = {plain, secret[::-1].encode(), plain.hex().encode(), plain.hex().upper().encode()}
    for shift in range(3):
        text = base64.b64encode(b"\0" * shift + plain)
        piece = text[4 if shift else 0 : len(text) // 4 * 4 - 4]
        if len(piece) >= 8:
            found.add(piece)
    return found


def _stored(app) -> bytes:
    """Every value of every table; on SQLite also the file as it lies on the disk with its journal
    (WAL), and a backup as the database writes it."""
    cells: list[bytes] = []
    for table in db.metadata.sorted_tables:
        for row in db.session.execute(select(table)):
            cells += [value if isinstance(value, bytes) else str(value).encode() for value in row]
    if dialect_name() == "sqlite":
        path = Path(address_of_database(app).removeprefix("sqlite:///"))
        backup = path.with_name(f"{path.name}-backup")
        with closing(sqlite3.connect(path)) as live, closing(sqlite3.connect(backup)) as copy:
            live.backup(copy)
        files = sorted(path.parent.glob(f"{path.name}*"))
        assert backup in files
        cells += [file.read_bytes() for file in files]
    return b"\n".join(cells)


def _found_in(text: bytes, wanted: set[bytes]) -> set[bytes]:
    """Which of these stand anywhere in the text, all looked for in one pass.

    At each place the next eight bytes, as a number, are looked up among the beginnings of what
    is wanted; where they may be one, the text itself is compared. Asking for each alone took 20 s.
    """
    assert all(len(one) >= WINDOW for one in wanted)
    by_start: dict[bytes, list[bytes]] = {}
    for one in wanted:
        by_start.setdefault(one[:WINDOW], []).append(one)
    known = numpy.zeros(1 << 20, dtype=bool)
    known[_hashed(b"".join(by_start), 0)] = True
    found: set[bytes] = set()
    for shift in range(WINDOW):
        for place in numpy.flatnonzero(known[_hashed(text, shift)]) * WINDOW + shift:
            candidates = by_start.get(text[place : place + WINDOW], ())
            found |= {one for one in candidates if text.startswith(one, place)}
    return found


def _hashed(text: bytes, shift: int) -> numpy.ndarray:
    """Twenty bits of every eighth window from there on."""
    count = max(0, len(text) - shift) // WINDOW
    windows = numpy.frombuffer(text, dtype=numpy.uint64, count=count, offset=shift if count else 0)
    return (windows * numpy.uint64(0x9E3779B97F4A7C15)) >> numpy.uint64(44)


def _look_at_every_page(app, user_id: int) -> None:
    """Whatever a person sees without naming an object."""
    browser, saving = browser_of(app, user_id), []
    pages = [rule.rule for rule in routes(app, "GET") if not rule.arguments]
    for path in _saving.get(user_id, pages):
        before = Commits.count
        ask(app, browser, path)
        saving += [path] * (Commits.count > before)
    _saving.setdefault(user_id, saving)


def _type_numbers_where_they_do_not_belong(app) -> None:
    """What people do: the ID number as login, the telephone in a search, either in an address."""
    worker = db.session.scalars(select(Worker).order_by(Worker.id).limit(1)).one()
    browser = browser_of(app, None)
    for number in (worker.id_number, worker.phone):
        sign_in = {"login": number, "password": "what I remember"}
        ask(app, browser, "/account/sign-in", "POST", data=sign_in)
        ask(app, browser, "/account/sign-up", "POST", data={**sign_in, "name": "x"})
        ask(app, browser, f"/courses/{number}")
        ask(app, browser, "/courses", query_string={"q": number})
        ask(app, browser, f"/{number}", "POST", data={"number": number})


def test_neither_database_nor_log_tells_who_people_are(app, now, monkeypatch):
    leave_out_pdf(monkeypatch)
    _counts, told_meanwhile = load_small_world()
    stream = io.StringIO(told_meanwhile)
    stream.seek(0, io.SEEK_END)
    configure_logging(stream)
    try:
        for user_id in db.session.scalars(select(User.id).order_by(User.id).limit(5)).all():
            _look_at_every_page(app, user_id)
        _type_numbers_where_they_do_not_belong(app)
    finally:
        configure_logging(sys.__stderr__)
    secrets = _secrets()
    assert {"ID number", "phone", "name", "payee account"} == set(secrets.values())
    stored, logged = _stored(app), stream.getvalue().encode()
    assert b"/account/sign-in" in logged
    disguises = {one: kind for secret, kind in secrets.items() for one in _disguises(secret)}
    assert not {f"{disguises[one]} in the database" for one in _found_in(stored, set(disguises))}
    assert not {f"{disguises[one]} in the log" for one in _found_in(logged, set(disguises))}


def test_the_search_for_disguises_finds_them():
    secret = "990101199005170040"
    for before in (b"", b"x", b"xy"):
        hidden = base64.b64encode(before + secret.encode() + b"!")
        assert any(piece in hidden for piece in _disguises(secret))
    assert any(piece in secret.encode().hex().encode() for piece in _disguises(secret))


def test_one_pass_finds_each_disguise_wherever_it_stands():
    rng = random.Random(1)
    wanted = {one for number in range(30) for one in _disguises(f"99010119900517{number:04}")}
    for one in sorted(wanted):
        for before in rng.sample(range(40), 3):
            text = rng.randbytes(before) + one + rng.randbytes(rng.randrange(20))
            assert one in _found_in(text, wanted)
            assert _found_in(text.replace(one, one[:-1] + b"?"), wanted) == set()
    assert _found_in(b"", wanted) == _found_in(b"x" * 7, wanted) == set()
    assert _found_in(b"".join(sorted(wanted)), wanted) == wanted
