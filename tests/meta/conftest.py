"""The product put together without a database: enough to look at its routes and templates."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from flask import Flask
from jinja2 import FileSystemBytecodeCache

from marketplace.app import create_app
from marketplace.foundation.settings import Settings
from tests.conftest import COMPILED, TEST_KEYS


@pytest.fixture(scope="session")
def site() -> Flask:
    """All routes, templates and commands; no table exists."""
    settings = Settings(
        database_url="sqlite://",
        secret_key="test",
        field_keys=TEST_KEYS,
        currency="CNY",
        timezone="Asia/Shanghai",
        demo=False,
        upload_bytes_max=1024,
        outbox_dir=Path("/nonexistent"),
        rate_limit_storage="memory://",
        secure_cookies=False,
    )
    app = create_app(settings, {"TESTING": True, "RATELIMIT_ENABLED": False})
    app.jinja_env.bytecode_cache = FileSystemBytecodeCache(os.environ[COMPILED])
    return app
