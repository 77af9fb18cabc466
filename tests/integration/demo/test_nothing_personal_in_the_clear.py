"""A stolen database file tells no name, number or bank account; neither does the log."""

from __future__ import annotations

import base64
import io
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import select

from marketplace.foundation.db import db, dialect_name
from marketplace.foundation.logs import configure_logging
from marketplace.institutions.models import PayoutAccount
from marketplace.people.models import User, Worker
from tests.factories.demo import load_small_world
from tests.matrix import ask, browser_of, routes

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("demo")]
# First of its group, so that the file looked at is the one the world was made in.
PEOPLE_MAX = 40


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
        path = Path(app.extensions["test_database_url"].removeprefix("sqlite:///"))
        backup = path.with_name(f"{path.name}-backup")
        with closing(sqlite3.connect(path)) as live, closing(sqlite3.connect(backup)) as copy:
            live.backup(copy)
        files = sorted(path.parent.glob(f"{path.name}*"))
        assert backup in files
        cells += [file.read_bytes() for file in files]
    return b"\n".join(cells)


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


def test_neither_database_nor_log_tells_who_people_are(app, now):
    _counts, told_meanwhile = load_small_world()
    stream = io.StringIO(told_meanwhile)
    stream.seek(0, io.SEEK_END)
    configure_logging(stream)
    try:
        for user_id in db.session.scalars(select(User.id).order_by(User.id).limit(5)).all():
            browser = browser_of(app, user_id)
            for rule in routes(app, "GET"):
                if not rule.arguments:
                    ask(app, browser, rule.rule)
        _type_numbers_where_they_do_not_belong(app)
    finally:
        configure_logging(sys.__stderr__)
    secrets = _secrets()
    assert {"ID number", "phone", "name", "payee account"} == set(secrets.values())
    stored, logged = _stored(app), stream.getvalue().encode()
    assert b"/me/" in logged
    told = {
        f"{kind} in the {where}"
        for secret, kind in secrets.items()
        for disguise in _disguises(secret)
        for where, found in (("database", stored), ("log", logged))
        if disguise in found
    }
    assert not told


def test_the_search_for_disguises_finds_them():
    secret = "990101199005170040"
    for before in (b"", b"x", b"xy"):
        hidden = base64.b64encode(before + secret.encode() + b"!")
        assert any(piece in hidden for piece in _disguises(secret))
    assert any(piece in secret.encode().hex().encode() for piece in _disguises(secret))
