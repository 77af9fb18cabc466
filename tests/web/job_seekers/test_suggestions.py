"""The page `For you`: reasons in words, off when turned off, and never a narrower search."""

from __future__ import annotations

import pytest

from marketplace.foundation.db import db, write_transaction
from marketplace.people.models import User
from marketplace.recommendation.models import SuggestionShowing
from tests.factories.catalog import make_listed_course, make_occupation, make_open_course_run
from tests.factories.funds import make_county, make_place
from tests.factories.institutions import make_accredited_institution
from tests.factories.people import make_officer, make_worker
from tests.factories.vouchers import make_scheme
from tests.kept import kept
from tests.pages import PageClient

pytestmark = pytest.mark.sqlite
"""What is read and written runs on both engines in tests/integration; here it is pages."""


@pytest.fixture
@kept
def login(app, now) -> str:
    with write_transaction():
        county = make_county()
        make_scheme()
        school = make_accredited_institution(jurisdiction_id=county.id)
        course = make_listed_course(school, occupation=make_occupation(title="电工"))
        make_open_course_run(course, jurisdiction_id=county.id)
        user = db.session.get_one(User, make_worker(residence_id=county.id).user_id)
        return user.login


def text_of(answer) -> str:
    return answer.get_data(as_text=True)


def test_reasons_stand_on_the_page_and_on_the_start_and_each_course_counts_once(client, login):
    client.sign_in(login)
    for path in ("/me/suggestions", "/me/", "/me/suggestions"):
        page = text_of(client.get(path))
        assert "低压电工" in page and "就在您居住或工作的县（区）上课。" in page
    db.session.rollback()
    assert db.session.query(SuggestionShowing).count() == 1


def test_off_means_off_and_search_still_finds_everything(client, login):
    client.sign_in(login)
    saved = client.post("/me/suggestions/setting", {"state": "off", "occupation": ""})
    assert "您已关闭推荐" in text_of(client.get(saved.location))
    assert "推荐理由" not in text_of(client.get("/me/"))
    assert "低压电工" in text_of(client.get("/courses?q=电工"))
    kept = text_of(client.get("/me/suggestions/setting"))
    assert 'checked class="form-check-input" id="state-1"' in kept
    wrong = client.post("/me/suggestions/setting", {"state": "x", "occupation": "7"}, expect=422)
    assert "error-summary" in text_of(wrong)


def test_officers_see_the_exposure_of_their_own_places_only(app, client, login):
    client.sign_in(login).get("/me/suggestions")
    with write_transaction():
        here = make_officer(make_place()).login
        elsewhere = make_officer(make_place("220100", "长春市")).login
    assert "100%" in text_of(PageClient(app).sign_in(here).get("/fund/suggestions"))
    assert "尚无推荐" in text_of(PageClient(app).sign_in(elsewhere).get("/fund/suggestions"))
