"""`ledger check` sees a directory that does not say what stands in the registers."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from marketplace.directories.checks import CHECKS
from marketplace.foundation.db import db, write_transaction
from tests.factories.catalog import make_listed_course
from tests.factories.corruption import damage, guards_off
from tests.kept import kept


@pytest.fixture
@kept
def course(app, now):
    with write_transaction():
        return make_listed_course()


def violations():
    db.session.rollback()
    return {violation.invariant for check in CHECKS for violation in check()}


def test_a_directory_that_agrees_is_silent(course):
    assert violations() == set()


@pytest.mark.parametrize(
    ("harm", "invariant"),
    [
        ("UPDATE institution SET state = 'suspended'", "institution listed as it stands"),
        ("UPDATE institution SET name = 'x'", "institution listed as it stands"),
        ("DELETE FROM institution_listing", "institution listed as it stands"),
        ("UPDATE course SET state = 'delisted'", "course listed as it stands"),
        ("DELETE FROM course_listing", "course listed as it stands"),
    ],
)
def test_damage_done_with_the_guards_off_is_found(course, harm, invariant):
    with guards_off():
        damage(harm)
    assert violations() == {invariant}


def test_a_missing_trigger_is_found(course):
    on = "" if db.engine.dialect.name == "sqlite" else " ON course"
    with write_transaction():
        db.session.execute(text(f"DROP TRIGGER course_listing_follows{on}"))
    assert violations() == {"directories guarded"}
