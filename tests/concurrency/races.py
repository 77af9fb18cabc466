"""Many at once, for real: threads with their own connections, started by one shot."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from threading import Barrier
from typing import Any

from flask import Flask

from marketplace.app import create_app
from marketplace.foundation import clock
from marketplace.foundation.db import db, write_transaction
from marketplace.foundation.errors import Refused
from tests.conftest import NOW, address_of_database

CONNECTIONS_MAX = 50
"""The others wait for one, as behind any server's pool; a thread each they are all the same."""


@contextmanager
def pooled(app: Flask, threads: int) -> Iterator[Flask]:
    """The product a second time, on the same database, with a pool of real connections."""
    db.session.rollback()
    settings = replace(app.extensions["settings"], database_url=address_of_database(app))
    options = {"pool_size": threads, "max_overflow": 0, "pool_timeout": 120}
    config = {"SQLALCHEMY_ENGINE_OPTIONS": options, "TESTING": True, "RATELIMIT_ENABLED": False}
    second = create_app(settings, config)
    try:
        yield second
    finally:
        with second.app_context():
            db.session.remove()
            db.engine.dispose()


def race(app: Flask, act: Callable[[int], Any], *, count: int) -> list[Any]:
    """Run `act(0..count-1)`, each in its own thread and unit of work, all let go at one instant;
    answers values or refusal codes."""
    barrier = Barrier(count)
    with pooled(app, min(count, CONNECTIONS_MAX)) as second:

        def run(number: int) -> Any:
            with second.app_context(), clock.frozen(NOW):
                barrier.wait(60)
                answer = attempt(act, number)
                db.session.remove()
            return answer

        with ThreadPoolExecutor(count) as pool:
            return list(pool.map(run, range(count)))


def attempt(act: Callable[[int], Any], number: int) -> Any:
    """One unit of work: what it answered, or why it was refused."""
    try:
        with write_transaction():
            return act(number)
    except Refused as refused:
        return refused.codes
