"""Staff fill in an application, leave, come back, hand it in, and correct it."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest

from marketplace.accreditation.operations.review import return_application
from marketplace.accreditation.queries import (
    find_open_application,
    list_dossier_documents,
    list_scope_lines,
)
from marketplace.accreditation.states import ApplicationState, Step
from marketplace.foundation.db import db, write_transaction
from marketplace.teaching.queries import list_rooms, list_sites, list_trainers
from tests.factories.accreditation import make_submitted_application
from tests.factories.catalog import make_occupation
from tests.factories.funds import make_place
from tests.factories.institutions import (
    make_accredited_institution,
    make_institution,
    make_staff,
    make_uscc,
)
from tests.factories.people import PNG, make_officer

LEGAL = {
    "legal_form": "enterprise",
    "representative": "钱法人",
    "contact": "0436-1234567",
    "address": "新华路 3 号",
}


def text_of(response: Any) -> str:
    return re.sub(r"\s+", " ", response.get_data(as_text=True))


@pytest.fixture
def school(client):
    with write_transaction():
        school = make_institution(jurisdiction_id=make_place().id)
        manager = make_staff(school)
    client.sign_in(manager)
    return school


def begin(client) -> str:
    return client.post("/institution/applications").location


def fill_registers(client) -> None:
    client.post("/institution/sites", {"name": "东校区", "address": "东路 1 号", "step_free": "y"})
    site = list_sites(1)[0]
    room = {"name": "201", "capacity": "40"}
    client.post(f"/institution/sites/{site.code}/rooms", room)
    client.post("/institution/trainers", {"name": "赵老师"})
    trainer = list_trainers(1)[0]
    client.post(
        f"/institution/trainers/{trainer.code}/qualifications",
        {"title": "高级技师", "valid_from": "2020-01-01"},
    )


def test_the_checklist_names_what_is_missing_with_its_clause(client, school):
    path = begin(client)
    page = text_of(client.speak("en").get(path))
    assert "The legal form is missing." in page
    assert "A document is missing: Proof of fire safety." in page
    assert "消防法第十五条" in page
    client.post(f"{path}/submit", {"declared": "y"}, expect=409)
    assert find_open_application(school.id).state == ApplicationState.DRAFT
    client.post("/institution/applications", expect=409)


def test_it_is_saved_step_by_step_and_handed_in(client, school):
    with write_transaction():
        occupation = make_occupation(title="低压电工")
    path = begin(client.speak("en"))
    client.post(f"{path}/legal", {**LEGAL, "uscc": "91990101"})
    assert "does not fit yet" in text_of(client.get(path))
    assert "钱法人" in text_of(client.get(f"{path}/legal"))
    client.post(f"{path}/legal", {**LEGAL, "uscc": make_uscc()})
    fill_registers(client)
    period = {"valid_from": "2026-11-20", "valid_until": "2029-11-19", "level": "4"}
    client.post(f"{path}/scope", {**period, "occupation": "没有这个职业"}, expect=422)
    site = list_sites(school.id)[0]
    wanted = {**period, "occupation": "低压电工", "site": str(site.id)}
    client.post(f"{path}/scope", wanted)
    client.post(f"{path}/scope", wanted, expect=409)
    client.post(f"{path}/documents", {"kind": "license"}, expect=409)
    for kind in ("license", "premises", "safety", "trainers"):
        upload = {"kind": kind, "document": (io.BytesIO(PNG), f"{kind}.png")}
        client.post(f"{path}/documents", upload, content_type="multipart/form-data")
    client.post(f"{path}/submit", {}, expect=409)
    client.post(f"{path}/submit", {"declared": "y"})
    page = text_of(client.get(path))
    assert "To be decided by 18 Dec 2026: 20 working days left" in page
    assert "Hand in the application" not in page
    (line,) = list_scope_lines(find_open_application(school.id).id)
    assert line.scope.occupation_code == occupation.code
    document = list_dossier_documents(line.scope.application_id)[0].document
    assert client.get(f"{path}/documents/{document.code}").data == PNG
    client.post(f"{path}/legal", LEGAL, expect=409)
    client.post(f"{path}/documents/{document.code}/remove")
    assert len(list_dossier_documents(line.scope.application_id)) == 4
    client.post(f"{path}/scope/{line.scope.id}/remove")
    assert len(list_scope_lines(line.scope.application_id)) == 1


def test_what_was_returned_is_shown_corrected_and_handed_in_again(client, school):
    with write_transaction():
        manager, officer = make_staff(school), make_officer(make_place("220100", "长春市"))
        application = make_submitted_application(school, by=manager.id)
        reasons = {Step.SCOPE: "等级过高", Step.DOCUMENTS: "消防证明过期"}
        return_application(application.id, reasons=reasons, actor_id=officer.id)
    path = f"/institution/applications/{application.code}"
    page = text_of(client.speak("en").get(path))
    assert "等级过高" in page and "消防证明过期" in page
    assert "The clock stands still; 20 working days are left" in page
    assert "The application for accreditation was returned" in text_of(client.get("/institution/"))
    client.post(f"{path}/submit", {"declared": "y"})
    db.session.expire_all()
    assert find_open_application(school.id).state == ApplicationState.SUBMITTED
    client.post(f"{path}/withdraw")
    assert find_open_application(school.id) is None
    client.post(f"{path}/submit", {"declared": "y"}, expect=409)


def test_teachers_read_and_do_not_sign(client, school):
    path = begin(client)
    with write_transaction():
        teacher = make_staff(school, "teacher")
    client.sign_in(teacher)
    for page in (path, f"{path}/legal", f"{path}/scope", f"{path}/documents"):
        assert '<form class="stack"' not in client.get(page).get_data(as_text=True)
    client.post(f"{path}/submit", {"declared": "y"}, expect=403)


def test_registers_are_kept_and_their_faults_named(client, school):
    fill_registers(client)
    site, trainer = list_sites(school.id)[0], list_trainers(school.id)[0]
    again = {"name": "东校区", "address": "x", "latitude": "91", "longitude": "0"}
    page = text_of(client.speak("en").post("/institution/sites", again, expect=409))
    assert "registered already" in page and "from -90 to 90" in page
    client.post("/institution/sites", {"name": "", "address": ""}, expect=422)
    client.get(f"/institution/sites/{site.code}/edit")
    changed = {"name": "东校区", "address": "东路 2 号"}
    client.post(f"/institution/sites/{site.code}", changed)
    client.post(f"/institution/sites/{site.code}", {"name": "x"}, expect=422)
    client.post(f"/institution/sites/{site.code}/rooms", {"name": "201"}, expect=422)
    client.post(
        f"/institution/sites/{site.code}/rooms", {"name": "201", "capacity": "5"}, expect=409
    )
    room = list_rooms(school.id)[0]
    client.post(f"/institution/sites/{site.code}/rooms/{room.code}/close")
    client.post(f"/institution/sites/{site.code}/close")
    assert "东路 2 号" in text_of(client.get(f"/institution/sites/{site.code}"))
    client.post(f"/institution/sites/{site.code}/reopen")
    client.post("/institution/trainers", {"name": "李", "id_number": "123"}, expect=409)
    qualification = {"title": "技师", "occupation": "没有", "valid_from": "2026-01-01"}
    path = f"/institution/trainers/{trainer.code}"
    client.post(f"{path}/qualifications", qualification, expect=422)
    wrong = {"title": "技师", "valid_from": "2026-01-02", "valid_until": "2026-01-01"}
    client.post(f"{path}/qualifications", wrong, expect=409)
    client.post(f"{path}/end")
    assert "has left" in text_of(client.get(path))


def test_our_standing_is_read_on_any_day(client):
    with write_transaction():
        school = make_accredited_institution()
        manager = make_staff(school)
    client.sign_in(manager)
    page = text_of(client.speak("en").get("/institution/state?on=2019-12-31"))
    assert "31 Dec 2019: <strong>awaiting accreditation</strong>" in page
    assert "from 1 Jan 2020 on" in page
