"""Officers decide applications of their places, and standing."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from marketplace.accreditation.models import AccreditationApplication
from marketplace.accreditation.queries import list_dossier_documents
from marketplace.accreditation.states import ApplicationState
from marketplace.audit.queries import list_events_of
from marketplace.foundation import clock
from marketplace.foundation.db import db, write_transaction
from marketplace.foundation.paging import PageRequest
from marketplace.institutions.models import Institution
from marketplace.institutions.queries import get_institution, list_accreditations
from marketplace.institutions.states import InstitutionState
from marketplace.people.models import User
from tests.conftest import NOW
from tests.factories.accreditation import make_complete_application, make_submitted_application
from tests.factories.catalog import make_listed_course, make_open_course_run
from tests.factories.funds import make_place
from tests.factories.institutions import (
    make_accredited_institution,
    make_institution,
    make_staff,
)
from tests.factories.people import PNG, make_officer
from tests.factories.redemption import make_case
from tests.kept import kept


@dataclass
class World:
    school: Institution
    application: AccreditationApplication
    officer: User
    stranger: User


@pytest.fixture
@kept
def world(app, now) -> World:
    with write_transaction():
        place = make_place()
        school = make_institution("东湖学校", jurisdiction_id=place.id)
        application = make_submitted_application(school, by=make_staff(school).id)
        return World(
            school, application, make_officer(place), make_officer(make_place("220100", "长春市"))
        )


def text_of(response: Any) -> str:
    return re.sub(r"\s+", " ", response.get_data(as_text=True))


def state_of(world: World) -> ApplicationState:
    db.session.expire_all()
    return db.session.get(AccreditationApplication, world.application.id).state


def test_the_worklist_shows_the_clock(client, world):
    client.sign_in(world.officer)
    assert "东湖学校" in text_of(client.speak("en").get("/fund/applications"))
    assert "Applications for accreditation to decide: 1" in text_of(client.get("/fund/"))
    with clock.frozen(NOW + timedelta(days=32)):
        page = text_of(client.sign_in(world.officer).get("/fund/applications"))
    assert "To be decided by 18 Dec 2026: 2 working days overdue" in page
    client.get("/fund/applications?state=granted")
    client.get("/fund/applications?state=draft")


def test_a_return_names_its_reasons_by_part(client, world):
    client.sign_in(world.officer)
    path = f"/fund/applications/{world.application.code}"
    client.get(path)
    assert "at least one part" in text_of(client.speak("en").post(f"{path}/return", expect=409))
    client.post(f"{path}/return", {"scope": "x" * 501}, expect=422)
    client.post(f"{path}/return", {"scope": "等级过高"})
    assert state_of(world) == ApplicationState.RETURNED
    assert "等级过高" in text_of(client.get(path))
    client.post(f"{path}/return", {"scope": "again"}, expect=409)


def test_granting_needs_a_clause_and_accredits(client, world):
    client.sign_in(world.officer)
    path = f"/fund/applications/{world.application.code}"
    client.post(f"{path}/grant", {"decision": ""}, expect=422)
    client.post(f"{path}/grant", {"decision": "批复 12 号"})
    assert state_of(world) == ApplicationState.GRANTED
    assert get_institution(world.school.id).state == InstitutionState.ACCREDITED
    assert len(list_accreditations(world.school.id)) == 1
    page = text_of(client.get(path))
    assert "批复 12 号" in page
    client.post(f"{path}/grant", {"decision": "批复 12 号"}, expect=409)


def test_a_rejection_names_reason_and_clause(client, world):
    client.sign_in(world.officer)
    path = f"/fund/applications/{world.application.code}/reject"
    client.post(path, {"reason": "场地不符"}, expect=422)
    client.post(path, {"reason": "场地不符", "clause": "办法第五条"})
    assert state_of(world) == ApplicationState.REJECTED
    client.post(path, {"reason": "场地不符", "clause": "办法第五条"}, expect=409)


def test_opening_a_document_is_recorded(client, world):
    client.sign_in(world.officer)
    code = list_dossier_documents(world.application.id)[0].document.code
    path = f"/fund/applications/{world.application.code}/documents"
    assert client.get(f"{path}/{code}").data == PNG
    event = list_events_of("application", world.application.code, PageRequest()).items[0]
    assert (event.event, event.actor_id) == ("application.document_opened", world.officer.id)
    client.get(f"{path}/DOC-UNKNOWN", expect=404)


def test_another_places_officer_and_drafts_see_nothing(client, world):
    with write_transaction():
        other = make_institution(jurisdiction_id=world.school.jurisdiction_id)
        draft = make_complete_application(other, by=make_staff(other).id)
    client.sign_in(world.officer).get(f"/fund/applications/{draft.code}", expect=404)
    client.sign_in(world.stranger)
    assert "东湖学校" not in text_of(client.get("/fund/applications"))
    path = f"/fund/applications/{world.application.code}"
    client.get(path, expect=404)
    for act in ("return", "grant", "reject"):
        client.post(f"{path}/{act}", {"decision": "x"}, expect=404)


def test_standing_names_what_it_touches_and_may_be_announced(client, world):
    with write_transaction():
        school = make_accredited_institution(jurisdiction_id=world.school.jurisdiction_id)
        make_case(course_run=make_open_course_run(make_listed_course(school)))
    client.sign_in(world.officer)
    path = f"/fund/institutions/{school.code}"
    page = text_of(client.speak("en").get(f"{path}/state"))
    assert re.search(r"Vouchers reserved</p> <p class=\"stat-value\">1<", page)
    decision = {"reason": "整改", "clause": "办法第九条", "effective_on": "2026-12-01"}
    client.post(f"{path}/suspend", {**decision, "effective_on": "2027-12-01"}, expect=409)
    client.post(f"{path}/suspend", decision)
    page = text_of(client.get(f"{path}/state?on=2026-12-01"))
    assert "announced" in page and "1 Dec 2026: <strong>suspended</strong>" in page
    assert get_institution(school.id).state == InstitutionState.ACCREDITED
    client.post(f"{path}/withdraw", {**decision, "effective_on": "2026-12-02"})
    assert "办法第九条" in text_of(client.get(f"{path}/state"))
