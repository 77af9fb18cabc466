"""What stood before listing periods were kept is put together from what is known, and says so."""

from __future__ import annotations

from datetime import timedelta

from flask_migrate import downgrade, upgrade
from sqlalchemy import select

from marketplace.catalog.operations.courses import delist_course
from marketplace.directories.models import AccreditationListing, CourseListing, InstitutionListing
from marketplace.directories.queries.all_directories import get_directory
from marketplace.directories.queries.listings import ALL, DirectoryQuery, list_directory
from marketplace.directories.states import ListingBasis
from marketplace.foundation import clock
from marketplace.foundation.db import db, write_transaction
from marketplace.foundation.paging import PageRequest
from marketplace.institutions.operations.registration import (
    reinstate_institution,
    suspend_institution,
)
from tests.conftest import NOW
from tests.factories.catalog import make_listed_course
from tests.factories.institutions import make_accredited_institution, make_institution

BEFORE_DIRECTORIES = "0003"


def test_the_past_is_put_together_and_marked(app, now):
    _live_a_little()
    db.session.remove()
    downgrade(revision=BEFORE_DIRECTORIES)
    upgrade()
    for model in (InstitutionListing, AccreditationListing, CourseListing):
        assert {row.basis for row in db.session.scalars(select(model))} == {
            ListingBasis.RECONSTRUCTED
        }
    assert _states("institutions", 0) == ["accredited"]
    assert _states("institutions", 1) == ["suspended"]
    assert _states("institutions", 2) == ["accredited"]
    assert [_states("courses", day) for day in range(4)] == [
        ["listed"],
        ["paused"],
        ["listed"],
        ["delisted"],
    ]
    _name, directory = get_directory("institutions")
    assert directory.history().reconstructed_until is not None


def _live_a_little() -> None:
    with write_transaction():
        institution = make_accredited_institution()
        course = make_listed_course(institution)
        make_institution()
    for day, act in enumerate((suspend_institution, reinstate_institution), start=1):
        with clock.frozen(NOW + timedelta(days=day)), write_transaction():
            act(institution.id, reason="检查", actor_id=None)
    with clock.frozen(NOW + timedelta(days=3)), write_transaction():
        delist_course(course.id, reason="停开", actor_id=None)


def _states(name: str, days: int) -> list[str]:
    _name, directory = get_directory(name)
    query = DirectoryQuery(clock.local_date(NOW + timedelta(days=days)), state=ALL)
    return [row["state"] for row in list_directory(directory, query, PageRequest()).items]
