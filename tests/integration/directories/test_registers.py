"""Registers of assessors and qualifications, editions of the list: dated versions, two people."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError

from marketplace.audit.models import AuditEvent
from marketplace.catalog.models import ShortageEdition
from marketplace.catalog.states import ShortageEditionState, ShortageEntryKind
from marketplace.directories.operations.assessors import change_assessor, retire_assessor
from marketplace.directories.operations.qualifications import (
    change_qualification,
    qualification_content_of,
    retire_qualification,
)
from marketplace.directories.operations.shortage import (
    difference_of,
    discard_shortage_edition,
    propose_shortage_edition,
    publish_shortage_edition,
    remove_shortage_entry,
    return_shortage_edition,
)
from marketplace.directories.queries.all_directories import get_directory
from marketplace.directories.queries.demand import find_demand
from marketplace.directories.queries.kept import list_entries, list_qualification_versions
from marketplace.directories.queries.listings import ALL, DirectoryQuery, list_directory
from marketplace.foundation import clock
from marketplace.foundation.db import db, write_transaction
from marketplace.foundation.errors import Refused
from marketplace.foundation.paging import PageRequest
from tests.conftest import NOW
from tests.factories.catalog import make_occupation
from tests.factories.directories import (
    add_entries,
    make_assessor,
    make_assessor_content,
    make_change,
    make_draft_edition,
    make_published_edition,
    make_qualification,
)
from tests.factories.funds import make_place
from tests.factories.people import make_officer

TODAY = date(2026, 11, 20)
TOMORROW = TODAY + timedelta(days=1)


def rows(name, *, on=TODAY, **asked):
    _name, directory = get_directory(name)
    return list_directory(directory, DirectoryQuery(on, **asked), PageRequest(1, 50)).items


def tomorrow():
    return clock.frozen(NOW + timedelta(days=1))


def events():
    return db.session.scalars(select(AuditEvent.event).order_by(AuditEvent.id)).all()


class TestAssessors:
    def test_a_change_counts_from_its_day_and_the_past_stays(self, app, now):
        with write_transaction():
            assessor = make_assessor(name="旧名")
            content = make_assessor_content(name="新名")
            change_assessor(assessor.id, content, make_change(effective_on=TOMORROW), actor_id=None)
        assert [row["name"] for row in rows("assessors")] == ["旧名"]
        assert [row["name"] for row in rows("assessors", on=TOMORROW)] == ["新名"]
        assert rows("assessors", on=TODAY - timedelta(days=1)) == []
        assert events()[-2:] == ["assessor.added", "assessor.changed"]

    def test_retired_it_is_no_longer_listed_and_can_come_back(self, app, now):
        with write_transaction():
            assessor = make_assessor()
            retire_assessor(assessor.id, make_change(), actor_id=None)
        assert rows("assessors") == []
        assert [row["state"] for row in rows("assessors", state=ALL)] == ["retired"]
        with pytest.raises(Refused) as refused, write_transaction():
            retire_assessor(assessor.id, make_change(), actor_id=None)
        assert refused.value.codes == ("directory_retired",)
        with write_transaction():
            change_assessor(assessor.id, make_assessor_content(), make_change(), actor_id=None)
        assert len(rows("assessors")) == 1

    def test_what_cannot_be_listed_is_refused_with_all_reasons(self, app, now):
        with write_transaction():
            taken = make_assessor_content().uscc
            make_assessor(uscc=taken)
        with pytest.raises(Refused) as refused, write_transaction():
            make_assessor(name=" ", uscc=taken, scope=())
        assert refused.value.codes == (
            "required",
            "directory_scope_missing",
            "directory_uscc_taken",
        )

    def test_its_scope_covers_what_lies_below(self, app, now):
        with write_transaction():
            group, leaf = make_occupation("9-90", title="组"), make_occupation("9-90-01")
            leaf.parent_id = group.id
            db.session.flush()
            make_assessor(scope=((group.id, 5),))
        assert len(rows("assessors", occupation_id=leaf.id, level=5)) == 1
        assert rows("assessors", occupation_id=leaf.id, level=4) == []
        assert rows("assessors")[0]["scope"] == "9-90:5"

    def test_its_period_is_read_on_the_day(self, app, now):
        with write_transaction():
            assessor = make_assessor()
            change = make_change(valid_from=TODAY, valid_until=TOMORROW)
            change_assessor(assessor.id, make_assessor_content(), change, actor_id=None)
        later = TOMORROW + timedelta(days=1)
        assert len(rows("assessors", on=TOMORROW)) == 1 and rows("assessors", on=later) == []
        assert [row["state"] for row in rows("assessors", on=later, state=ALL)] == ["expired"]


class TestQualifications:
    def test_every_version_stays(self, app, now):
        with write_transaction():
            qualification = make_qualification()
            said = qualification_content_of(list_qualification_versions(qualification.id)[0])
            with pytest.raises(Refused, match="directory_unchanged"):
                change_qualification(qualification.id, said, make_change(), actor_id=None)
            retire_qualification(
                qualification.id, make_change(effective_on=TOMORROW), actor_id=None
            )
        assert len(rows("qualifications")) == 1 and rows("qualifications", on=TOMORROW) == []
        versions = list_qualification_versions(qualification.id)
        assert [version.number for version in versions] == [2, 1]

    @pytest.mark.parametrize("table", ["qualification_version", "assessor_version"])
    @pytest.mark.parametrize("attack", ["UPDATE {} SET name = 'x'", "DELETE FROM {}"])
    def test_versions_are_never_changed(self, app, now, table, attack):
        with write_transaction():
            make_qualification(), make_assessor()
        with pytest.raises(DatabaseError, match="append-only"), write_transaction():
            db.session.execute(text(attack.format(table)))


class TestEditions:
    def demand(self, occupation, place, on=TODAY):
        return find_demand(occupation.id, place_path=place.path, on=on).in_demand

    def test_two_tiers_with_a_local_exception(self, app, now):
        with write_transaction():
            city, county = make_place(), make_place("220822", "通榆县", above="220800")
            welder, cook = make_occupation(title="焊工"), make_occupation(title="厨师")
            make_published_edition(city.parent_id, occupations=(welder,))
            edition = make_draft_edition(city.id, occupations=(cook,))
            add_entries(
                edition, welder.code, kind=ShortageEntryKind.EXCEPT, jurisdiction_id=county.id
            )
            propose_shortage_edition(edition.id, in_force_from=TODAY, actor_id=None)
            publish_shortage_edition(edition.id, actor_id=None)
        assert self.demand(welder, city) and not self.demand(welder, county)
        assert self.demand(cook, county)
        shown = {(row["occupation"], row["tier"], row["state"]) for row in rows("in-demand")}
        assert shown == {
            ("焊工", "province", "add"),
            ("厨师", "city", "add"),
            ("焊工", "city", "except"),
        }

    def test_the_next_edition_ends_the_one_before_on_its_day(self, app, now):
        with write_transaction():
            place = make_place()
            old, new = make_occupation(title="旧"), make_occupation(title="新")
            make_published_edition(place.id, occupations=(old,))
            edition = make_draft_edition(place.id, occupations=(new,))
            (first,) = [i for i in list_entries(edition.id) if i.occupation_code == old.code]
            remove_shortage_entry(edition.id, first.entry.id, actor_id=None)
            difference = difference_of(edition)
            assert [e.occupation_code for e in difference.added] == [new.code]
            assert [e.occupation_code for e in difference.removed] == [old.code]
            propose_shortage_edition(edition.id, in_force_from=TOMORROW, actor_id=None)
            publish_shortage_edition(edition.id, actor_id=None)
        assert self.demand(old, place) and not self.demand(new, place)
        assert self.demand(new, place, TOMORROW) and not self.demand(old, place, TOMORROW)
        assert [row["occupation"] for row in rows("in-demand")] == ["旧"]

    def test_the_second_signature_is_another_persons(self, app, now):
        with write_transaction():
            maker, checker = make_officer(), make_officer()
            edition = make_draft_edition(occupations=(make_occupation(),))
            propose_shortage_edition(edition.id, in_force_from=TODAY, actor_id=maker.id)
        with pytest.raises(Refused, match="same_person"), write_transaction():
            publish_shortage_edition(edition.id, actor_id=maker.id)
        with pytest.raises(DatabaseError), write_transaction():
            held = db.session.get(ShortageEdition, edition.id)
            held.published_by, held.state = maker.id, ShortageEditionState.PUBLISHED
        with write_transaction():
            publish_shortage_edition(edition.id, actor_id=checker.id)
            again = publish_shortage_edition(edition.id, actor_id=checker.id)
        assert again.published_by == checker.id and events()[-1] == "shortage_edition.published"

    def test_a_returned_edition_is_worked_on_again_and_a_discarded_one_is_not(self, app, now):
        with write_transaction():
            edition = make_draft_edition(occupations=(make_occupation(),))
            propose_shortage_edition(edition.id, in_force_from=TODAY, actor_id=None)
            return_shortage_edition(edition.id, reason="少一项", actor_id=None)
            add_entries(edition, make_occupation().code)
            discard_shortage_edition(edition.id, reason="改期", actor_id=None)
        with pytest.raises(Refused, match="shortage_edition_state_forbids"), write_transaction():
            add_entries(edition, make_occupation().code)
        assert rows("in-demand") == []

    def test_what_cannot_stand_on_an_edition_is_refused(self, app, now):
        with write_transaction():
            place, elsewhere = make_place(), make_place("230100", "哈尔滨市", above="230000")
            there = make_occupation()
            edition = make_draft_edition(place.id, occupations=(there,))
        with pytest.raises(Refused) as refused, write_transaction():
            add_entries(edition, there.code, "0-00", jurisdiction_id=elsewhere.id)
        assert set(refused.value.codes) == {
            "shortage_entry_elsewhere",
            "directory_occupations_unknown",
        }
        with pytest.raises(Refused, match="shortage_entry_twice"), write_transaction():
            add_entries(edition, there.code)
        with pytest.raises(Refused, match="shortage_edition_open"), write_transaction():
            make_draft_edition(place.id)

    @pytest.mark.parametrize(
        "attack",
        [
            "DELETE FROM shortage_list_entry",
            "UPDATE shortage_list_entry SET kind = 'except'",
            "UPDATE shortage_edition SET in_force_from = '2020-01-01'",
            "DELETE FROM shortage_edition",
        ],
    )
    def test_a_published_edition_is_never_changed(self, app, now, attack):
        with write_transaction():
            make_published_edition(occupations=(make_occupation(),))
        with pytest.raises(DatabaseError, match="never changed"), write_transaction():
            db.session.execute(text(attack))
