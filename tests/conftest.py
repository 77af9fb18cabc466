"""What every test may ask for: an app on a fresh database of either engine, a client, a clock."""

from __future__ import annotations

import base64
import gc
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar, cast

import pytest
from flask import Flask
from hypothesis import HealthCheck, settings
from jinja2 import FileSystemBytecodeCache

from marketplace.app import create_app, payer_of, use_issuer_of
from marketplace.foundation import clock
from marketplace.foundation.db import db, dialect_name, write_transaction
from marketplace.foundation.settings import Settings
from marketplace.payouts.rails.payer import use_payer
from tests.browser import browser, page, site  # noqa: F401
from tests.databases import PostgresTemplate, SqliteTemplate, pooled, settle_first
from tests.pages import PageClient
from tests.postgres import find_server_binaries

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
"""Every test starts on Friday 20 November 2026, 10:00 in Shanghai."""

TEST_KEYS = ",".join(
    f"{name}:{base64.urlsafe_b64encode(name.encode().ljust(32, b'.')).decode()}"
    for name in ("index", "k1")
)
TEST_ISSUER_KEYS = f"k1:{base64.urlsafe_b64encode(b'issuer'.ljust(32, b'.')).decode()}"
SHARED = Path(__file__).resolve().parents[2] / "shared"
COMPILED = "MARKETPLACE_TEST_TEMPLATES"
"""Where the compiled templates of this run are: no engine and no worker compiles one again."""
Made = TypeVar("Made")
# Hypothesis asks the clock whether drawing is slow: on a busy machine that says nothing of ours.
settings.register_profile("busy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy")
_templates: dict[str, Any] = {}
_worlds: dict[tuple[str, Callable[[], Any]], tuple[Any, Any]] = {}


def engines() -> list[str]:
    """Both engines; TEST_ENGINES=sqlite narrows it while developing."""
    return os.environ.get("TEST_ENGINES", "sqlite,postgresql").split(",")


def build_app(engine_name: str, template: SqliteTemplate | PostgresTemplate) -> Flask:
    """The product, its connections going to the present test's database."""
    settings = Settings(
        database_url=template.url,
        secret_key="test",
        field_keys=TEST_KEYS,
        currency="CNY",
        timezone="Asia/Shanghai",
        demo=False,
        upload_bytes_max=8 * 1024 * 1024,
        outbox_dir=Path("/nonexistent"),
        rate_limit_storage="memory://",
        secure_cookies=False,
        payer_name="测试市就业服务中心",
        payer_bank_account="9990000000000000002",
        payer_bank_code="999100000002",
        issuer_keys=TEST_ISSUER_KEYS,
        issuer_name="测试市就业服务中心",
        public_url="https://vouchers.test",
        password_memory_kib=64,
    )
    config = {
        "TESTING": True,
        "SQLALCHEMY_ENGINE_OPTIONS": pooled(template),
        "RATELIMIT_ENABLED": False,
        "SERVER_NAME": None,
    }
    app = create_app(settings, config)
    app.jinja_env.bytecode_cache = FileSystemBytecodeCache(os.environ[COMPILED])
    template.migrated(app)
    with app.app_context():
        settle_first(db.engine, template)
    return app


def app_on(engine_name: str) -> tuple[Flask, Any]:
    if engine_name not in _templates:
        template = SqliteTemplate() if engine_name == "sqlite" else PostgresTemplate()
        _templates[engine_name] = (build_app(engine_name, template), template)
        gc.collect()
        gc.freeze()  # what the product consists of stays; looking at it again and again is slow
        gc.set_threshold(50_000, 20, 50)  # looking for garbage took a tenth of the time
    return _templates[engine_name]


@contextmanager
def fresh_database(engine_name: str) -> Iterator[Flask]:
    """The product in its context, on a database without a row; the database is gone after."""
    app, template = app_on(engine_name)
    settings = app.extensions["settings"]  # another app of this process may have its own
    use_payer(payer_of(settings))
    use_issuer_of(settings)
    app.extensions["test_database_url"] = template.fresh()
    with app.app_context():
        try:
            yield app
        finally:
            db.session.remove()
            if not template.drop():
                db.engine.dispose()


def address_of_database(app: Flask) -> str:
    """Where another process or a second product finds the present test's database."""
    _app, template = app_on(dialect_name())
    template.tell()
    return str(app.extensions["test_database_url"])


def start_again() -> None:
    """An empty database in the midst of a test."""
    app, template = app_on(dialect_name())
    db.session.remove()
    if not template.drop():
        db.engine.dispose()
    app.extensions["test_database_url"] = template.fresh()


def laid_out(make: Callable[[], Made]) -> Made:
    """What `make` makes on an empty database, made once and laid out again for other tests.

    For large worlds; `make` answers plain values, no rows.
    """
    engine_name = dialect_name()
    _app, template = app_on(engine_name)
    if (engine_name, make) in _worlds:
        made, kept = _worlds[engine_name, make]
        db.session.remove()
        template.lay_out(kept)
        template.commits = -1
        return cast(Made, made)
    with write_transaction():
        made = make()
    db.session.remove()
    _worlds[engine_name, make] = (made, template.keep())
    return made


LONG = (
    "tests/journeys/",
    "tests/integration/imports/test_killed",
    "tests/integration/demo/",
    "tests/web/test_hostile_input",
    "tests/web/test_matrix",
)


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        os.environ[COMPILED] = tempfile.mkdtemp(prefix="marketplace-templates-")


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        shutil.rmtree(os.environ[COMPILED], ignore_errors=True)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Who shares something runs on one worker (tests/groups.py)."""
    from tests.groups import GroupScheduling

    return GroupScheduling(config, log) if config.getvalue("dist") == "loadgroup" else None


def pytest_collection() -> None:
    """What collecting makes stays to the end: looking for garbage in it finds none."""
    gc.disable()


def pytest_collection_finish() -> None:
    gc.enable()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Long stories first, so that no worker is left alone with one at the end.

    What asks a stand-in for Stripe is no part of a run that has none.
    """
    if not os.environ.get("STRIPE_MOCK_URL"):
        asking = [item for item in items if item.get_closest_marker("stripe_mock")]
        items[:] = [item for item in items if item not in asking]
        config.hook.pytest_deselected(items=asking)
    items.sort(key=lambda item: not item.nodeid.startswith(LONG))


def pytest_sessionfinish() -> None:
    for _app, template in _templates.values():
        template.stop()


ONLY_ON = {"postgresql": "postgres", "sqlite": "sqlite"}
"""Engine -> the mark of a test that means something there alone: nothing is skipped for it."""


def _is_marked(metafunc: pytest.Metafunc, mark: str) -> bool:
    return metafunc.definition.get_closest_marker(mark) is not None


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Every test that touches data runs on both engines."""
    if "engine_name" in metafunc.fixturenames:
        only = [name for name, mark in ONLY_ON.items() if _is_marked(metafunc, mark)]
        names = only or engines()
        metafunc.parametrize("engine_name", names, scope="function")


@pytest.fixture
def app(engine_name: str) -> Iterator[Flask]:
    """The product on a fresh database."""
    if engine_name == "postgresql" and not (
        os.environ.get("TEST_DATABASE_URL") or find_server_binaries()
    ):
        if os.environ.get("CI"):
            pytest.fail("PostgreSQL is required here")
        pytest.skip("no PostgreSQL server binaries on this machine")
    with fresh_database(engine_name) as app:
        yield app


@pytest.fixture
def now(request: pytest.FixtureRequest) -> Iterator[datetime]:
    """A clock that stands still at NOW; use `clock.frozen(...)` inside a test to move it."""
    with clock.frozen(NOW):
        yield NOW


@pytest.fixture
def client(app: Flask, now: datetime) -> PageClient:
    """A browser that checks every page it gets."""
    return PageClient(app)


@pytest.fixture
def shared_data() -> Path:
    """The real input kept beside the project; tests that need it skip where it is absent."""
    folder = SHARED / "data"
    if not folder.is_dir():
        pytest.skip("no shared data beside the project")
    return folder
