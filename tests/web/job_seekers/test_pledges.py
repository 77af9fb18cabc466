"""From standing in line to a held place to a class, on both sides of the counter."""

from __future__ import annotations

import re

import pytest

from marketplace.enrollment.models import Enrollment
from marketplace.foundation.db import db, write_transaction
from marketplace.people.models import User
from marketplace.pledges.models import Pledge, PledgeOffer
from marketplace.pledges.rules import GROUP_MIN
from tests.factories.catalog import make_occupation
from tests.factories.enrollment import make_staff
from tests.factories.funds import make_county, make_place
from tests.factories.people import make_officer, make_worker
from tests.factories.pledges import make_line, make_run_for
from tests.factories.vouchers import make_scheme
from tests.kept import kept
from tests.pages import PageClient

pytestmark = pytest.mark.sqlite
"""What is read and written runs on both engines in tests/integration; here it is pages."""


@pytest.fixture
@kept
def office(app, now) -> dict[str, str]:
    with write_transaction():
        occupation_id = make_occupation(title="电工").id
        run = make_run_for(occupation_id, capacity=2)
        worker = make_worker(residence_id=make_county().id)
        make_scheme()
        return {
            "occupation": str(occupation_id),
            "place": str(make_place().id),
            "run": run.code,
            "worker": db.session.get_one(User, worker.user_id).login,
            "staff": make_staff(run.institution_id).login,
            "stranger": db.session.get_one(User, make_worker().user_id).login,
        }


def text_of(answer) -> str:
    return answer.get_data(as_text=True)


def pledge(page: PageClient, office, *, expect: int = 303, **changes):
    form = {
        "occupation": office["occupation"],
        "place": office["place"],
        "starts_from": "2026-11-20",
        "starts_until": "2027-02-01",
        "hours": "any",
        **changes,
    }
    return page.post("/me/pledges", form, expect=expect)


def test_a_person_stands_in_line_is_held_a_place_and_enrolls_with_a_voucher(app, office):
    worker = PageClient(app).speak("en").sign_in(office["worker"])
    staff = PageClient(app).speak("en").sign_in(office["staff"])
    assert "Stand in line" in text_of(worker.get("/me/pledges"))
    pledge(worker, office)
    assert "waiting for a class" in text_of(worker.get("/me/pledges"))
    assert "No group waits" in text_of(staff.get("/institution/demand"))
    with write_transaction():
        make_line(int(office["occupation"]), GROUP_MIN - 1)
    demand = text_of(staff.get("/institution/demand"))
    assert "电工" in demand and "李小花" not in demand
    staff.post(f"/institution/course-runs/{office['run']}/pledge-offers")
    assert "Hold no places any more" in text_of(staff.get("/institution/demand"))
    page = text_of(worker.get("/me/pledges"))
    offer = re.search(r"/me/pledges/offers/[A-Z0-9-]+", page).group()
    shown = text_of(worker.get(offer))
    assert "Held until 23 Nov 2026" in shown
    choice = re.search(r'value="([^"]+:\d+)"', shown).group(1)
    PageClient(app).sign_in(office["stranger"]).get(offer, expect=404)
    worker.post(f"{offer}/take", {"offer": choice + "1"}, expect=409)
    worker.post(f"{offer}/take", {"offer": "NONE:1"}, expect=404)
    worker.post(f"{offer}/take", {"offer": choice})
    assert "no longer held" in text_of(worker.get(offer))
    db.session.rollback()
    assert db.session.query(Enrollment).count() == 1


def test_what_is_wrong_is_named_and_leaving_frees_the_place(app, office):
    worker = PageClient(app).speak("en").sign_in(office["worker"])
    for wrong, status in (
        ({"occupation": "999999"}, 422),
        ({"place": "x"}, 422),
        ({"starts_from": "never"}, 422),
        ({"starts_until": "2026-01-01"}, 409),
    ):
        answer = pledge(worker, office, expect=status, **wrong)
        assert "error-summary" in text_of(answer), wrong
    pledge(worker, office)
    assert "already pledged" in text_of(pledge(worker, office, expect=409))
    with write_transaction():
        make_line(int(office["occupation"]), GROUP_MIN - 1)
    staff = PageClient(app).speak("en").sign_in(office["staff"])
    staff.post(f"/institution/course-runs/{office['run']}/pledge-offers")
    code = db.session.query(Pledge.code).order_by(Pledge.id).limit(1).scalar()
    worker.post(f"/me/pledges/{code}/withdraw")
    assert "withdrawn" in text_of(worker.get("/me/pledges"))
    cancel = {"reason": "The teacher is ill", "confirmation": office["run"]}
    staff.post(f"/institution/course-runs/{office['run']}/cancel", cancel)
    db.session.rollback()
    states = {state for (state,) in db.session.query(PledgeOffer.state)}
    assert states == {"withdrawn"}, "a class is called off with places still held"


def test_an_employers_people_join_by_the_code_the_office_gives_out(app, office):
    with write_transaction():
        officer, place = make_officer(make_place()), make_place().code
    page = PageClient(app).speak("en").sign_in(officer)
    page.get("/fund/employer-groups")
    form = {
        "employer_name": "利民机修厂",
        "uscc": "",
        "people": "1",
        "occupation": office["occupation"],
        "place": place,
        "starts_from": "2026-11-20",
        "starts_until": "2027-02-01",
        "hours": "any",
    }
    assert "between 2 and 200" in text_of(page.post("/fund/employer-groups/new", form, expect=422))
    page.post("/fund/employer-groups/new", form | {"place": "浙江"}, expect=422)
    made = page.post("/fund/employer-groups/new", form | {"people": "6"})
    shown = text_of(page.get(made.location))
    code = re.search(r"EG-[0-9A-Z]+", shown).group()

    worker = PageClient(app).speak("en").sign_in(office["worker"])
    staff = PageClient(app).speak("en").sign_in(office["staff"])
    assert "EG-" not in text_of(worker.get("/me/pledges"))
    wrong = text_of(worker.post("/me/pledges/join", {"code": "EG-WRONG"}, expect=409))
    assert "No open group has this code" in wrong
    worker.post("/me/pledges/join", {"code": ""}, expect=422)
    worker.post("/me/pledges/join", {"code": code})
    assert "利民机修厂" in text_of(worker.get("/me/pledges"))

    assert "利民机修厂" in text_of(staff.get("/institution/demand"))
    page.post(f"/fund/employer-groups/{code}/end")
    assert "利民机修厂" not in text_of(staff.get("/institution/demand"))
