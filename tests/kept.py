"""Fixtures whose rows are made once and laid out again for the next test that asks for them.

A world built by operations costs a tenth of a second and more; its rows, laid out again, a few
milliseconds. Mark the fixture under `@pytest.fixture`:

    @pytest.fixture
    @kept
    def case(app, now):
        with write_transaction():
            return make_ready_case()

What it may ask for: `app`, `now`, `client`, `engine_name` and other kept fixtures. What it answers
is pickled: plain values, dataclasses, rows (which are read again for each test). What it does
besides saving rows (signing in, files, settings) would be missing in the next test, so that
belongs into a fixture of its own. A fixture asked for after a test has written is simply made.
Worth it from three tests on; a large world can also be a marked function (factories/demo.py).
"""

from __future__ import annotations

import inspect
import io
import pickle
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from sqlalchemy import inspect as look_at
from sqlalchemy.orm import make_transient_to_detached

from marketplace.foundation.db import Base, db, dialect_name
from tests.conftest import app_on
from tests.databases import Commits

Made = TypeVar("Made")
Key = tuple[str, ...]
SURROUNDINGS = {"app", "now", "client", "engine_name"}
_kept: dict[Key, tuple[bytes, Any]] = {}
_names: set[str] = set()


class _Rows(pickle.Pickler):
    """Rows are written as their table and key."""

    def persistent_id(self, thing: Any) -> Any:
        if not isinstance(thing, Base):
            return None
        key = look_at(thing).identity
        assert key, f"{thing!r} was not saved"
        return type(thing), key


class _RowsAgain(pickle.Unpickler):
    """Rows as after a commit: read when first looked at."""

    def persistent_load(self, pid: Any) -> Any:
        kind, key = pid
        session = db.session()
        known = session.identity_map.get(session.identity_key(kind, key))
        if known is not None:
            return known
        mapper = look_at(kind)
        row = mapper.class_manager.new_instance()
        for column, value in zip(mapper.primary_key, key, strict=True):
            setattr(row, mapper.get_property_by_column(column).key, value)
        make_transient_to_detached(row)
        session.add(row)
        return row


def kept(make: Callable[..., Made]) -> Callable[..., Made]:
    """Make once on each engine; lay out what was made for every other test."""
    asked = set(inspect.signature(make).parameters)
    own = f"{make.__module__}.{make.__qualname__}"
    _names.add(f"{make.__module__}.{make.__name__}")
    known = {name for name in asked if f"{make.__module__}.{name}" in _names}
    assert asked <= SURROUNDINGS | known, f"{own} asks for {asked - SURROUNDINGS - known}"

    @wraps(make)
    def made_or_laid_out(**given: Any) -> Made:
        _app, template = app_on(dialect_name())
        if template.commits != Commits.count:
            return make(**given)
        key = (template.name, *template.story, own)
        if key in _kept:
            answer, rows = _kept[key]
            db.session.rollback()
            template.lay_out(rows)
        else:
            answer = _written(make(**given))
            db.session.rollback()
            _kept[key] = (answer, template.keep())
        template.story, template.commits = (*template.story, own), Commits.count
        return _RowsAgain(io.BytesIO(answer)).load()

    return made_or_laid_out


def _written(made: Any) -> bytes:
    buffer = io.BytesIO()
    _Rows(buffer).dump(made)
    return buffer.getvalue()
