"""Anybody reads the directories, of today and of any day before, in both languages."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from marketplace.catalog.states import ShortageEntryKind
from marketplace.directories.operations.shortage import (
    propose_shortage_edition,
    publish_shortage_edition,
)
from marketplace.foundation import clock
from marketplace.foundation.db import write_transaction
from marketplace.institutions.operations.registration import suspend_institution
from tests.conftest import NOW
from tests.factories.catalog import make_listed_course, make_occupation
from tests.factories.directories import (
    add_entries,
    make_assessor,
    make_draft_edition,
    make_published_edition,
    make_qualification,
)
from tests.factories.funds import make_place
from tests.factories.institutions import make_accredited_institution

NAMES = ("courses", "institutions", "assessors", "qualifications", "in-demand")


@pytest.fixture
def listed(app, client):
    client.speak("en")
    with write_transaction():
        place = make_place("220822", "通榆县", above="220800")
        occupation = make_occupation("6-31-01-03", title="电工")
        institution = make_accredited_institution("东湖学校", jurisdiction_id=place.id)
        make_listed_course(institution, title="低压电工", occupation=occupation)
        make_assessor(name="评价中心", scope=((occupation.id, 5),), jurisdiction_id=place.id)
        make_qualification(occupation_id=occupation.id)
        make_published_edition(place.parent_id, occupations=(occupation,))
    return institution


def text_of(answer):
    return answer.get_data(as_text=True)


@pytest.mark.parametrize("language", ["en", "zh_Hans_CN"])
def test_every_directory_shows_what_it_lists(client, listed, language):
    client.speak(language)
    client.get("/directories")
    for name, word in zip(
        NAMES, ("低压电工", "东湖学校", "评价中心", "电工（五级）", "6-31-01-03"), strict=True
    ):
        assert word in text_of(client.get(f"/directories/{name}"))
        assert word not in text_of(client.get(f"/directories/{name}?on=2020-01-01"))
        client.get(f"/directories/{name}?state=all&place=nowhere&occupation=none&level=9&on=x")
        client.get(f"/directories/{name}/changes?since=2020-01-01")


def test_a_day_of_the_past_is_answered_as_it_stood(client, listed):
    with clock.frozen(NOW + timedelta(days=2)):
        with write_transaction():
            suspend_institution(listed.id, reason="检查", actor_id=None)
        assert "东湖学校" not in text_of(client.get("/directories/institutions"))
        assert "东湖学校" in text_of(client.get("/directories/institutions?on=2026-11-21"))
        changes = text_of(client.get("/directories/institutions/changes?since=2026-11-21"))
        assert "东湖学校" in changes and "Removed" in changes


def test_where_history_begins_is_said(client, listed):
    page = text_of(client.get("/directories/institutions?on=2019-05-01"))
    assert "known from 20 Nov 2026" in page
    assert "has not come yet" in text_of(client.get("/directories/courses?on=2027-01-01"))


def test_the_question_of_one_occupation_at_one_place_is_answered(client, listed):
    asked = "/directories/in-demand?occupation=6-31-01-03&place="
    assert "电工 is in demand: 通榆县" in text_of(client.get(asked + "220822"))
    with write_transaction():
        make_place("230100", "哈尔滨市", above="230000")
    assert "No list names 电工" in text_of(client.get(asked + "230100"))


def test_the_whole_directory_is_saved_as_csv_and_json(client, listed):
    answer = client.get("/directories/institutions/export/csv?on=2026-11-20")
    assert (
        answer.mimetype == "text/csv"
        and "institutions-2026-11-20.csv" in answer.headers["Content-Disposition"]
    )
    assert "东湖学校" in text_of(answer)
    document = json.loads(text_of(client.get("/directories/in-demand/export/json")))
    assert document["on"] == "2026-11-20" and len(document["results"]) == 1
    client.get("/directories/institutions/export/xml", expect=404)
    client.get("/directories/persons", expect=404)


def test_programs_read_the_same(client, listed):
    names = client.get("/api/v1/directories").get_json()["results"]
    assert [entry["name"] for entry in names] == list(NAMES)
    document = client.get("/api/v1/directories/assessors?occupation=6-31-01-03&level=5").get_json()
    assert document["total"] == 1 and document["results"][0]["scope"] == "6-31-01-03:5"
    past = client.get("/api/v1/directories/courses?on=2026-11-19").get_json()
    assert past["total"] == 0 and past["on"] == "2026-11-19" and past["begins_on"] == "2026-11-20"
    changes = client.get("/api/v1/directories/courses/changes?since=2026-11-19").get_json()
    assert [change["act"] for change in changes["results"]] == ["added"]
    for wrong in ("persons", "courses?jurisdiction=1", "courses?occupation=1", "courses?state=x"):
        client.get(f"/api/v1/directories/{wrong}", expect=404)
    client.get("/api/v1/directories/courses?on=yesterday", expect=422)


def test_a_local_exception_is_shown_beside_what_it_excepts_from(client, listed):
    with write_transaction():
        county = make_place("220822", "通榆县", above="220800")
        edition = make_draft_edition(county.id)
        add_entries(edition, "6-31-01-03", kind=ShortageEntryKind.EXCEPT)
        propose_shortage_edition(edition.id, in_force_from=clock.today(), actor_id=None)
        publish_shortage_edition(edition.id, actor_id=None)
    page = text_of(client.get("/directories/in-demand?occupation=6-31-01-03&place=220822"))
    assert "电工 is excepted: 通榆县" in page and "Not in demand here" in page
