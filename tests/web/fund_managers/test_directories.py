"""Officers keep registers and lists of their own places; a list is published by a second one."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from marketplace.catalog.models import ShortageEdition
from marketplace.directories.models import Assessor, Qualification
from marketplace.foundation.db import db, write_transaction
from tests.factories.catalog import make_occupation
from tests.factories.directories import make_assessor, make_draft_edition
from tests.factories.funds import make_place
from tests.factories.institutions import make_uscc
from tests.factories.people import make_officer
from tests.pages import PageClient


@pytest.fixture
def office(app, now):
    with write_transaction():
        city = make_place()
        make_place("220822", "通榆县", above="220800")
        make_place("220100", "长春市")
        make_occupation("6-31-01-03", title="电工")
        make_occupation("6-18-02-04", title="焊工")
        return city.id, make_officer(city), make_officer(city)


@pytest.fixture
def maker(app, office):
    return PageClient(app).speak("en").sign_in(office[1])


def text_of(answer):
    return answer.get_data(as_text=True)


ASSESSOR = {
    "name": "白城评价站",
    "place": "220800",
    "scope": "6-31-01-03:5,4\n6-18-02-04",
    "effective_on": "2026-11-20",
    "clause": "测试〔2026〕1号",
    "reason": "首批",
}


def test_an_assessor_is_added_changed_and_retired_in_public(maker, client):
    answer = maker.post("/fund/registers/assessors/new", {**ASSESSOR, "uscc": make_uscc()})
    assert "白城评价站" in text_of(client.get("/directories/assessors"))
    page = text_of(maker.get(answer.location))
    assert "6-31-01-03:5,4" in page
    changed = {**ASSESSOR, "uscc": make_uscc(), "name": "白城技能评价中心"}
    maker.post(answer.location, changed)
    assert "白城技能评价中心" in text_of(client.get("/directories/assessors"))
    end = {
        "retire-effective_on": "2026-11-20",
        "retire-clause": "〔2026〕2号",
        "retire-reason": "停",
    }
    maker.post(answer.location + "/retire", end)
    assert "白城技能评价中心" not in text_of(client.get("/directories/assessors"))
    assert "白城评价站" in text_of(maker.get(answer.location))
    assert "白城技能评价中心" in text_of(maker.get("/fund/registers/assessors?q=技能"))


def test_what_is_wrong_stands_beside_its_field_and_nothing_is_kept(maker):
    page = text_of(
        maker.post(
            "/fund/registers/assessors/new",
            {**ASSESSOR, "uscc": "1", "scope": "6-31-01-03:5"},
            expect=409,
        )
    )
    assert "error-summary" in page and "白城评价站" in page
    for wrong in ({"scope": "电工"}, {"scope": "0-0"}, {"place": "220100"}, {"place": ""}):
        form = {**ASSESSOR, "uscc": make_uscc(), **wrong}
        maker.post("/fund/registers/assessors/new", form, expect=422)
    assert db.session.scalars(select(Assessor)).all() == []


def test_a_qualification_is_added(maker, client):
    form = {
        "name": "电工（五级）", "kind": "skill_level", "place": "白城", "level": "5",
        "occupation_code": "6-31-01-03", "issuer": "评价站", "effective_on": "2026-11-20",
        "clause": "c", "reason": "r",
    }  # fmt: skip
    wrong = {**form, "occupation_code": "0-0"}
    maker.post("/fund/registers/qualifications/new", wrong, expect=422)
    answer = maker.post("/fund/registers/qualifications/new", form)
    maker.get(answer.location)
    assert "电工（五级）" in text_of(client.get("/directories/qualifications?place=220800"))
    assert len(db.session.scalars(select(Qualification)).all()) == 1


def test_one_officer_prepares_and_another_publishes(app, maker, office, client):
    maker.get("/fund/shortage")
    edition = maker.post("/fund/shortage", {"place": "220800", "clause": "c"}).location
    entries = {"codes": "6-31-01-03\n6-18-02-04", "kind": "add", "uplift_percent": "10"}
    maker.post(f"{edition}/entries", entries)
    maker.post(f"{edition}/entries", {"codes": "0-0", "kind": "add"}, expect=409)
    maker.post(f"{edition}/entries", {"codes": "", "kind": "add"}, expect=422)
    maker.post(f"{edition}/entries", {**entries, "place": "220100"}, expect=422)
    excepted = {"codes": "6-31-01-03", "kind": "except", "place": "220822"}
    maker.post(f"{edition}/entries", excepted)
    page = text_of(maker.get(edition))
    assert "added: 电工 6-31-01-03" in page
    entry_id = re.findall(r"/entries/(\d+)/remove", page)[-1]
    maker.post(f"{edition}/entries/{entry_id}/remove")
    maker.post(f"{edition}/propose", {"in_force_from": ""}, expect=422)
    maker.post(f"{edition}/propose", {"in_force_from": "2026-11-19"}, expect=409)
    maker.post(f"{edition}/propose", {"in_force_from": "2026-11-20"})
    assert "another officer publishes it" in text_of(maker.get(edition))
    maker.post(f"{edition}/publish", expect=409)
    assert "焊工" not in text_of(client.get("/directories/in-demand"))
    checker = PageClient(app).speak("en").sign_in(office[2])
    checker.post(f"{edition}/return", {"reason": ""}, expect=422)
    checker.post(f"{edition}/return", {"reason": "看一遍"})
    maker.post(f"{edition}/propose", {"in_force_from": "2026-11-20"})
    checker.post(f"{edition}/publish")
    assert "焊工" in text_of(client.get("/directories/in-demand"))
    assert "published" in text_of(maker.get("/fund/shortage"))


def test_an_edition_is_given_up_with_a_reason(maker):
    edition = maker.post("/fund/shortage", {"place": "白城"}).location
    maker.post("/fund/shortage", {"place": "白城"}, expect=409)
    maker.post("/fund/shortage", {"place": "长春"}, expect=422)
    maker.post("/fund/shortage", {"place": "nowhere"}, expect=422)
    maker.post(f"{edition}/discard", {"reason": "改期"})
    assert db.session.scalars(select(ShortageEdition.state)).all() == ["discarded"]


def test_what_belongs_to_another_place_is_not_there(maker):
    with write_transaction():
        elsewhere = make_place("220100", "长春市")
        edition = make_draft_edition(elsewhere.id, occupations=(make_occupation(),))
        everywhere = make_assessor()
        codes = edition.code, everywhere.code
    maker.get(f"/fund/shortage/{codes[0]}", expect=404)
    maker.get(f"/fund/registers/assessors/{codes[1]}", expect=404)
    maker.get("/fund/registers/persons", expect=404)
