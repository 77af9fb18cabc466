"""The demo world, served: what the five journeys through the whole loop begin with."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from marketplace.demo.world import load_demo_world
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.payouts.rails.payer import DEMO_PAYER, Payer, use_payer
from tests.browser import Site
from tests.conftest import NOW, app_on

TEST_PAYER = Payer("测试市就业服务中心", "9990000000000000002", "999100000002")


@pytest.fixture(scope="session")
def demo_file() -> Path:
    """The small demo world in a file, made once for all journeys of this process."""
    app, template = app_on("sqlite")
    template.fresh()
    with clock.frozen(NOW), app.app_context():
        load_demo_world(seed=1, scale="small", progress=lambda _line: None)
        db.session.remove()
    connection = sqlite3.connect(template.current)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    kept = template.root / "demo.sqlite3"
    shutil.copy(template.current, kept)
    template.drop()
    return kept


@pytest.fixture
def demo_site(browser: Browser, demo_file: Path) -> Iterator[Site]:
    """The product in demo mode on a copy of the demo world, at the tests' usual time."""
    app, template = app_on("sqlite")
    template.fresh()
    shutil.copy(demo_file, template.current)
    app.config["DEMO"] = True
    use_payer(DEMO_PAYER)
    with ExitStack() as stack:
        stack.enter_context(clock.frozen(NOW))
        stack.enter_context(app.app_context())
        running = Site(app, browser, NOW)
        yield running
        running.stop()
        db.session.remove()
    template.drop()
    app.config["DEMO"] = False
    use_payer(TEST_PAYER)
    assert not running.complaints, running.complaints
