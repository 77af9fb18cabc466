"""The directories of courses and institutions: whoever writes, the database keeps the history."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import insert, select, text, update
from sqlalchemy.exc import DatabaseError

from marketplace.catalog.models import Course
from marketplace.catalog.operations.courses import list_course, revise_course
from marketplace.directories.models import CourseListing, InstitutionListing
from marketplace.directories.queries.all_directories import get_directory
from marketplace.directories.queries.exports import csv_export, json_export
from marketplace.directories.queries.listings import (
    ALL,
    DirectoryQuery,
    each_directory_row,
    list_directory,
    list_directory_changes,
)
from marketplace.foundation import clock
from marketplace.foundation.db import db, write_transaction
from marketplace.foundation.paging import PageRequest
from marketplace.institutions.models import Accreditation, Institution
from marketplace.institutions.operations.accreditation import revoke_accreditation
from marketplace.institutions.operations.registration import suspend_institution
from marketplace.institutions.states import InstitutionState
from tests.conftest import NOW
from tests.factories.catalog import make_content, make_listed_course, make_occupation
from tests.factories.funds import make_place
from tests.factories.institutions import make_accredited_institution, make_institution

PAGE = PageRequest(1, 50)


def days_later(days):
    return clock.frozen(NOW + timedelta(days=days))


def rows(name, *, on=None, **asked):
    _name, directory = get_directory(name)
    query = DirectoryQuery(on or clock.today(), **asked)
    return list(list_directory(directory, query, PAGE).items)


def changes(name, *, since, until):
    _name, directory = get_directory(name)
    found = list_directory_changes(directory, DirectoryQuery(until), since=since, page=PAGE)
    return [(change.act, change.title) for change in found.items]


def day(days):
    return clock.local_date(NOW + timedelta(days=days))


def test_nothing_is_listed_before_it_is_decided(app, now):
    with write_transaction():
        make_institution("未获资质的学校")
        make_listed_course(make_accredited_institution("东湖学校"), title="低压电工")
    assert [row["name"] for row in rows("institutions", state=ALL)] == ["东湖学校"]
    assert [row["title"] for row in rows("courses")] == ["低压电工"]
    assert rows("courses", on=day(-1)) == rows("institutions", on=day(-1)) == []


def test_a_suspension_takes_both_out_and_the_day_before_stays(app, now):
    with write_transaction():
        institution = make_accredited_institution("东湖学校")
        make_listed_course(institution, title="低压电工")
    with days_later(5):
        with write_transaction():
            suspend_institution(institution.id, reason="检查", actor_id=None)
        assert rows("institutions") == rows("courses") == []
        assert [row["state"] for row in rows("institutions", state="suspended")] == ["suspended"]
        assert [row["state"] for row in rows("courses", state="paused")] == ["paused"]
        assert len(rows("institutions", on=day(4))) == len(rows("courses", on=day(4))) == 1
        assert changes("institutions", since=day(4), until=day(5)) == [("removed", "东湖学校")]
        assert changes("courses", since=day(4), until=day(5)) == [("removed", "低压电工")]


def test_a_revision_and_a_new_name_are_changes_not_rewritings(app, now):
    with write_transaction():
        institution = make_accredited_institution("东湖学校")
        course = make_listed_course(institution, title="低压电工")
    with days_later(3):
        with write_transaction():
            content = make_content("低压电工（新）")
            revise_course(course.id, content=content, based_on=1, actor_id=None)
            list_course(course.id, actor_id=None)
            held = db.session.get(Institution, institution.id)
            held.name, held.changed_at = "西湖学校", clock.now()
        assert [row["title"] for row in rows("courses")] == ["低压电工（新）"]
        assert [row["institution"] for row in rows("courses", on=day(2))] == ["东湖学校"]
        assert [row["version"] for row in rows("courses", on=day(2))] == [1]
        assert changes("courses", since=day(2), until=day(3)) == [("changed", "低压电工（新）")]
        assert changes("institutions", since=day(2), until=day(3)) == [("changed", "西湖学校")]


def test_an_accreditation_that_ended_or_was_revoked_no_longer_lists(app, now):
    with write_transaction():
        make_accredited_institution("到期学校", valid_until=day(2))
        revoked = make_accredited_institution("撤销学校")
    with days_later(4):
        with write_transaction():
            accreditation = db.session.scalars(
                select(Accreditation).where(Accreditation.institution_id == revoked.id)
            ).one()
            revoke_accreditation(accreditation.id, reason="停办", actor_id=None)
        assert rows("institutions") == []
        assert {row["state"] for row in rows("institutions", state=ALL)} == {"lapsed"}
        assert [row["name"] for row in rows("institutions", on=day(3))] == ["撤销学校"]
        assert len(rows("institutions", on=day(2))) == 2


def test_filters_by_place_occupation_level_and_words(app, now):
    with write_transaction():
        place = make_place("220822", "通榆县", above="220800")
        group = make_occupation("9-99", title="组")
        leaf = make_occupation("9-99-01", title="焊工")
        leaf.parent_id = group.id
        db.session.flush()
        one = make_accredited_institution(
            "焊接学校", jurisdiction_id=place.id, occupation_code="9-99-01", level=5
        )
        make_listed_course(one, occupation=leaf, title="焊工初级", level=5)
        make_accredited_institution("别处学校", occupation_code="9-98", level=3)
    for asked in (
        {"jurisdiction_path": "/220000/220800/"},
        {"occupation_id": group.id},
        {"level": 5},
        {"text": "焊接"},
    ):
        assert [row["name"] for row in rows("institutions", **asked)] == ["焊接学校"], asked
        assert [row["title"] for row in rows("courses", **asked)] == ["焊工初级"], asked
    assert rows("institutions", text="焊接", level=3) == rows("courses", level=4) == []
    assert rows("institutions", text="焊接")[0]["scope"] == "9-99-01:5"


def test_a_course_outside_the_accreditation_does_not_count(app, now):
    with write_transaction():
        institution = make_accredited_institution(occupation_code="9-98", level=5)
        make_listed_course(institution, occupation=make_occupation("9-97"), title="别的职业")
    assert rows("courses") == []
    assert [row["state"] for row in rows("courses", state=ALL)] == ["paused"]


def test_bulk_statements_are_seen_too(app, now):
    with write_transaction():
        institution = make_accredited_institution()
        courses = [make_listed_course(institution, title=f"课程{n}").id for n in range(3)]
    with days_later(1):
        with write_transaction():
            db.session.execute(
                update(Course)
                .where(Course.id.in_(courses))
                .values(state="delisted", changed_at=clock.now())
                .execution_options(synchronize_session=False)
            )
            known = db.session.execute(
                select(Institution.__table__).where(Institution.id == institution.id)
            ).mappings()
            copy = dict(known.one()) | {"code": "INS-BULK", "name": "批量", "source_key": "b"}
            copy |= {"uscc": None, "changed_at": clock.now()}
            copy.pop("id")
            db.session.execute(insert(Institution), [copy])
        assert rows("courses") == [] and len(rows("courses", on=day(0))) == 3
        assert [row["name"] for row in rows("institutions", state="lapsed")] == ["批量"]


def test_what_is_held_back_is_not_shown(app, now):
    with write_transaction():
        course = make_listed_course(title="存疑")
        course.quarantine_reason, course.changed_at = "price_odd", clock.now()
    assert rows("courses", state=ALL) == []


def test_without_the_trigger_the_history_would_be_blind(app, now):
    """The control: it is the trigger that sees, and a missing one is noticed."""
    name = "institution_listing_follows"
    on = "" if db.engine.dialect.name == "sqlite" else " ON institution"
    with write_transaction():
        institution = make_accredited_institution()
    with write_transaction():
        db.session.execute(text(f"DROP TRIGGER {name}{on}"))
        suspend_institution(institution.id, reason="检查", actor_id=None)
    assert len(rows("institutions")) == 1


@pytest.mark.parametrize(
    "attack",
    [
        "UPDATE institution_listing SET name = 'x'",
        "UPDATE institution_listing SET from_at = until_at",
        "UPDATE institution_listing SET until_at = NULL WHERE until_at IS NOT NULL",
        "DELETE FROM institution_listing",
        "DELETE FROM course_listing",
    ],
)
def test_periods_are_only_ever_closed(app, now, attack):
    with write_transaction():
        institution = make_accredited_institution()
        make_listed_course(institution)
    with days_later(1), write_transaction():
        suspend_institution(institution.id, reason="检查", actor_id=None)
    with pytest.raises(DatabaseError, match="append-only"), write_transaction():
        db.session.execute(text(attack))


def test_one_period_is_open_and_none_begins_before_the_one_it_follows(app, now):
    with write_transaction():
        institution = make_accredited_institution()
    with days_later(-9), write_transaction():
        held = db.session.get(Institution, institution.id)
        held.state, held.changed_at = InstitutionState.SUSPENDED, clock.now()
    first, second = db.session.scalars(
        select(InstitutionListing).order_by(InstitutionListing.id)
    ).all()
    assert first.until_at == first.from_at == second.from_at and second.until_at is None
    assert db.session.scalars(select(CourseListing)).all() == []


def test_exports_are_streamed_stamped_and_disarmed(app, now):
    with write_transaction():
        make_accredited_institution("=HYPERLINK(1)")
    name, directory = get_directory("institutions")
    query = DirectoryQuery(clock.today())
    lines = "".join(csv_export(name, directory, query)).splitlines()
    assert lines[0].endswith('"since","on","generated_at"') and "'=HYPERLINK(1)" in lines[1]
    assert lines[1].endswith('"2026-11-20","2026-11-20","2026-11-20T02:00:00+00:00"')
    document = app.json.loads("".join(json_export(name, directory, query)))
    assert document["on"] == "2026-11-20" and document["columns"] == list(directory.columns)
    assert [row["name"] for row in document["results"]] == ["=HYPERLINK(1)"]
    assert len(list(each_directory_row(directory, query))) == 1
