"""A person with a login brings a new institution in."""

from __future__ import annotations

import re
from typing import Any

import pytest

from marketplace.accreditation.queries import find_open_application
from marketplace.foundation.db import write_transaction
from marketplace.institutions.queries import find_institution_by_uscc, list_manager_ids
from marketplace.institutions.states import InstitutionState
from tests.factories.funds import make_place
from tests.factories.institutions import make_uscc
from tests.factories.people import make_officer, make_user

PATH = "/account/institution"


def text_of(response: Any) -> str:
    return re.sub(r"\s+", " ", response.get_data(as_text=True))


@pytest.fixture
def place(client):
    with write_transaction():
        return make_place()


def test_the_person_becomes_its_manager_with_a_draft_open(client, place):
    with write_transaction():
        person = make_user()
    client.sign_in(person)
    assert "/account/institution" in text_of(client.get("/account/"))
    client.get(PATH)
    client.get(f"{PATH}?place={place.id}")
    uscc = make_uscc()
    answer = client.post(PATH, {"name": "大安实训中心", "uscc": uscc, "place": str(place.id)})
    institution = find_institution_by_uscc(uscc)
    assert institution.state == InstitutionState.APPLIED
    assert list_manager_ids(institution.id) == [person.id]
    application = find_open_application(institution.id)
    assert answer.location.endswith(application.code)
    client.get(answer.location)


def test_every_fault_is_named_and_nothing_is_registered(client, place):
    with write_transaction():
        person, officer = make_user(), make_officer(place)
    client.sign_in(person).speak("en")
    client.post(PATH, {"name": "", "uscc": "", "place": str(place.id)}, expect=422)
    wrong = {"name": "大安", "uscc": "91990101MA17ABCD2X", "place": str(place.id)}
    assert "not valid" in text_of(client.post(PATH, wrong, expect=409))
    page = text_of(client.post(PATH, {**wrong, "place": "4711"}, expect=409))
    assert "Choose the county or city" in page
    client.sign_in(officer).speak("en")
    good = {**wrong, "uscc": make_uscc()}
    assert "Your login decides about institutions" in text_of(client.post(PATH, good, expect=409))
    assert find_institution_by_uscc(good["uscc"]) is None
