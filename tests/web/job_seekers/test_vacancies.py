"""From the certificate to a vacancy, a referral with consent, and work that is proven."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from marketplace.employers.models import Employment, Referral
from marketplace.foundation.db import db, write_transaction
from marketplace.records.queries.employment import count_employments_of_course
from tests.factories.catalog import make_listed_course, make_occupation, make_open_course_run
from tests.factories.employers import make_vacancy
from tests.factories.people import make_administrator
from tests.factories.records import make_holder
from tests.kept import kept
from tests.pages import PageClient


@pytest.fixture
@kept
def held(app, now):
    with write_transaction():
        occupation = make_occupation("6-31-01-03")
        course = make_listed_course(occupation=occupation)
        case, certificate, holder = make_holder(course_run=make_open_course_run(course))
        vacancy = make_vacancy(title="低压电工（物业）", occupation_id=occupation.id, level=5)
        make_vacancy(title="厨师")
    return case, certificate, holder, vacancy


def test_from_the_board_to_proven_work(client, held):
    case, certificate, holder, vacancy = held
    visitor = PageClient(client.app).speak("zh_Hans_CN")
    board = visitor.get("/vacancies").text
    assert "厨师" in board
    assert "厨师" not in visitor.get("/vacancies?q=物业").text
    shown = visitor.get(f"/vacancies/{vacancy.code}").text
    (employer,) = set(re.findall(r"/employers/[A-Z0-9-]+", shown))
    assert "低压电工" in visitor.get(employer).text

    client.speak("zh_Hans_CN").sign_in(holder)
    fitting = client.get("/me/vacancies").text
    assert "低压电工（物业）" in fitting
    assert "厨师" not in fitting
    assert "与您结业的职业一致" in fitting
    url = f"/me/vacancies/{vacancy.code}/refer"
    client.get(url)
    client.post(url, {}, expect=409)
    assert db.session.scalars(select(Referral)).all() == []
    made = client.post(url, {"consent": "y"}, expect=200).text
    (address,) = set(re.findall(r"https://vouchers\.test(/records/[\w-]+)", made))
    record = visitor.get(address).text
    assert holder.name in record
    assert certificate.code in record
    client.post(url, {"consent": "y"}, expect=409)

    (referral,) = db.session.scalars(select(Referral))
    client.post(
        f"/me/referrals/{referral.code}/employment", {"started_on": "2026-11-19"}, expect=409
    )
    client.post(f"/me/referrals/{referral.code}/employment", {"started_on": "2026-11-20"})
    counts = count_employments_of_course(case.run.course_id)
    assert (counts.referred, counts.proven, counts.declared) == (1, 0, 1)

    with write_transaction():
        officer = make_administrator()
    office = PageClient(client.app).speak("zh_Hans_CN").sign_in(officer)
    listed = office.get("/fund/referrals").text
    assert holder.name not in listed
    path = f"/fund/referrals/{referral.code}"
    proof = {"started_on": "2026-11-20", "evidence": "social_insurance", "note": ""}
    office.post(f"{path}/employment", proof, expect=409)
    office.post(f"{path}/employment", {**proof, "note": "2026年11月参保"})
    office.get(path)
    counts = count_employments_of_course(case.run.course_id)
    assert (counts.referred, counts.proven, counts.declared) == (1, 1, 0)
    assert len(db.session.scalars(select(Employment)).all()) == 2
    office.post(f"{path}/end", expect=409)


@pytest.mark.sqlite
def test_taking_it_back_ends_the_link_too(client, held):
    case, _certificate, holder, vacancy = held
    client.speak("en").sign_in(holder)
    made = client.post(f"/me/vacancies/{vacancy.code}/refer", {"consent": "y"}, expect=200).text
    (address,) = set(re.findall(r"https://vouchers\.test(/records/[\w-]+)", made))
    (referral,) = db.session.scalars(select(Referral))
    assert "I work there now" in client.get("/me/referrals").text
    client.post(f"/me/referrals/{referral.code}/withdraw")
    PageClient(client.app).get(address, expect=410)
    assert count_employments_of_course(case.run.course_id).referred == 0
    client.post(f"/me/vacancies/{vacancy.code}/refer", {"consent": "y"}, expect=200)


@pytest.mark.sqlite
def test_a_closed_vacancy_says_so(client, held, now):
    _case, _certificate, holder, vacancy = held
    with write_transaction():
        vacancy.state = "closed"
    client.speak("en").sign_in(holder)
    assert "not open any more" in client.get(f"/me/vacancies/{vacancy.code}/refer").text
    client.post(f"/me/vacancies/{vacancy.code}/refer", {"consent": "y"}, expect=409)
    assert "Nothing fits at present" in client.get("/me/vacancies").text
