"""The demo world, served: what the five journeys through the whole loop begin with."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from marketplace.demo.world import load_demo_world
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.payouts.rails.payer import DEMO_PAYER, use_payer
from tests.browser import Site
from tests.conftest import NOW, app_on, fresh_database


@pytest.fixture(scope="session")
def demo_file() -> Path:
    """The small demo world in a file, made once for all journeys of this process."""
    _app, template = app_on("sqlite")
    kept = template.root / "demo.sqlite3"
    with clock.frozen(NOW), fresh_database("sqlite"):
        load_demo_world(seed=1, scale="small", progress=lambda _line: None)
        db.session.remove()
        db.engine.dispose()
        connection = sqlite3.connect(template.current)
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()
        shutil.copy(template.current, kept)
    return kept


@pytest.fixture
def demo_site(browser: Browser, demo_file: Path) -> Iterator[Site]:
    """The product in demo mode on a copy of the demo world, at the tests' usual time."""
    _app, template = app_on("sqlite")
    with clock.frozen(NOW), fresh_database("sqlite") as app:
        shutil.copy(demo_file, template.current)
        app.config["DEMO"] = True
        use_payer(DEMO_PAYER)
        running = Site(app, browser, NOW)
        yield running
        running.stop()
        app.config["DEMO"] = False
    assert not running.complaints, running.complaints
