"""The demo world, served: what the five journeys through the whole loop begin with."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.payouts.rails.payer import DEMO_PAYER, use_payer
from tests.browser import Site
from tests.conftest import NOW, app_on, fresh_database
from tests.factories.demo import load_small_world


@pytest.fixture(scope="session")
def demo_file() -> bytes:
    """What the small demo world adds to a fresh database, made once in this process."""
    _app, template = app_on("sqlite")
    with clock.frozen(NOW), fresh_database("sqlite"):
        load_small_world()
        db.session.remove()
        return template.keep()


@pytest.fixture
def demo_site(browser: Browser, demo_file: bytes) -> Iterator[Site]:
    """The product in demo mode on a copy of the demo world, at the tests' usual time."""
    _app, template = app_on("sqlite")
    with clock.frozen(NOW), fresh_database("sqlite") as app:
        template.lay_out(demo_file)
        app.config["DEMO"] = True
        use_payer(DEMO_PAYER)
        running = Site(app, browser, NOW)
        yield running
        running.stop()
        app.config["DEMO"] = False
    assert not running.complaints, running.complaints
