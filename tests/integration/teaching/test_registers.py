"""Sites, rooms and trainers in the registers of an institution."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import text

from marketplace.audit.queries import list_events_of
from marketplace.foundation.db import db, write_transaction
from marketplace.foundation.errors import NotFound, Refused
from marketplace.foundation.paging import PageRequest
from marketplace.teaching.operations import (
    add_qualification,
    add_room,
    add_trainer,
    close_room,
    close_site,
    end_trainer,
    register_site,
    reopen_site,
    revise_site,
)
from marketplace.teaching.queries import (
    count_places_and_people,
    list_qualifications_of,
    list_rooms,
    list_sites,
    list_trainers,
    lock_site_facts,
)
from marketplace.teaching.rules import SitePlan
from marketplace.teaching.states import PlaceState
from tests.factories.institutions import make_accredited_institution
from tests.factories.people import next_id_number
from tests.factories.teaching import make_room, make_site, make_trainer
from tests.kept import kept


@pytest.fixture
@kept
def school(app, now):
    with write_transaction():
        return make_accredited_institution()


def test_a_site_has_a_name_of_its_own_and_leaves_a_trail(school):
    with write_transaction():
        site = make_site(school, "东校区")
        with pytest.raises(Refused) as refused:
            register_site(
                school.id, SitePlan(" 东校区 ", "路"), jurisdiction_id=None, actor_id=None
            )
        plan = SitePlan("东校区", "新地址", 45.6, 122.8)
        revise_site(site.id, plan, jurisdiction_id=None, actor_id=None)
        close_site(site.id, actor_id=None)
        close_site(site.id, actor_id=None)
        assert count_places_and_people(school.id) == (0, 0)
        reopen_site(site.id, actor_id=None)
    assert refused.value.codes == ("site_taken",)
    (kept,) = list_sites(school.id)
    assert (kept.address, kept.latitude, kept.state) == ("新地址", 45.6, PlaceState.IN_USE)
    events = list_events_of("institution", school.code, PageRequest()).items
    assert [event.event for event in events][:4] == [
        "site.reopened",
        "site.closed",
        "site.revised",
        "site.registered",
    ]


def test_a_closed_room_is_opened_again_under_its_name(school):
    with write_transaction():
        site = make_site(school)
        room = make_room(site, "201", capacity=30)
        with pytest.raises(Refused) as refused:
            make_room(site, "201")
        close_room(room.id, actor_id=None)
        again = add_room(site.id, name="201", capacity=35, step_free=False, actor_id=None)
    assert refused.value.codes == ("room_taken",)
    assert again.id == room.id
    assert [(one.capacity, one.state) for one in list_rooms(school.id)] == [(35, PlaceState.IN_USE)]


def test_of_an_id_number_only_a_fingerprint_is_kept(school):
    number = next_id_number()
    with write_transaction():
        trainer = make_trainer(school, id_number=number)
        with pytest.raises(Refused) as twice:
            add_trainer(school.id, name="同一人", id_number=number, actor_id=None)
        with pytest.raises(Refused) as wrong:
            add_trainer(school.id, name="", id_number=number[:-1], actor_id=None)
        other = make_trainer(make_accredited_institution(), id_number=number)
    assert twice.value.codes == ("trainer_taken",)
    assert "required" in wrong.value.codes and len(wrong.value.codes) == 2
    assert trainer.id_number_index == other.id_number_index
    for table in ("trainer", "audit_event"):
        assert number not in str(db.session.execute(text(f"SELECT * FROM {table}")).all())


def test_somebody_who_left_may_come_back(school):
    number = next_id_number()
    with write_transaction():
        trainer = make_trainer(school, id_number=number)
        end_trainer(trainer.id, actor_id=None)
        end_trainer(trainer.id, actor_id=None)
        make_trainer(school, id_number=number)
    assert [one.state.value for one in list_trainers(school.id)] == ["teaches", "left"]


def test_a_qualification_is_noted_once(school):
    with write_transaction():
        trainer = make_trainer(school)
        with pytest.raises(Refused) as refused:
            add_qualification(
                trainer.id,
                title="高级技师",
                occupation_code=None,
                valid_from=date(2020, 1, 1),
                valid_until=None,
                actor_id=None,
            )
    assert refused.value.codes == ("qualification_taken",)
    assert len(list_qualifications_of([trainer.id])[trainer.id]) == 1


def test_another_institutions_site_is_not_there(school):
    with write_transaction():
        site = make_site(make_accredited_institution())
    with pytest.raises(NotFound):
        lock_site_facts(site.id, institution_id=school.id)
    with write_transaction(), pytest.raises(NotFound):
        close_room(4711, actor_id=None)
    with write_transaction(), pytest.raises(NotFound):
        end_trainer(4711, actor_id=None)
