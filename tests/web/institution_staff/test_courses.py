"""Institution staff draft, submit and revise courses; strangers see nothing of it."""

from __future__ import annotations

import re
from typing import Any

import pytest

from marketplace.catalog.operations.courses import return_course
from marketplace.catalog.queries.courses import find_course_by_code, list_versions
from marketplace.catalog.states import CourseState
from marketplace.foundation.db import db, write_transaction
from marketplace.institutions.models import Institution
from tests.factories.catalog import make_draft_course, make_listed_course, make_occupation
from tests.factories.institutions import make_accredited_institution, make_staff

CONTENT = {
    "title": "低压电工取证",
    "description": "安全用电与线路检修。",
    "mode": "onsite",
    "hours": "40",
    "fee": "1200.00",
    "certificate": "",
    "prerequisites": "",
}


def text_of(response: Any) -> str:
    return re.sub(r"\s+", " ", response.get_data(as_text=True))


@pytest.fixture
def school(client) -> Institution:
    with write_transaction():
        school = make_accredited_institution()
        manager = make_staff(school)
    client.sign_in(manager)
    return school


def test_a_manager_drafts_and_submits_a_course(client, school):
    with write_transaction():
        make_occupation("6-31-01-03", title="电工")
    client.get("/institution/courses/new")
    draft = {**CONTENT, "occupation": "6-31-01-03", "level": "4"}
    code = client.post("/institution/courses", draft).headers["Location"].rsplit("/", 1)[1]
    course = find_course_by_code(code)
    assert (course.state, course.level) == (CourseState.DRAFT, 4)
    assert course.occupation_id is not None
    client.get(f"/institution/courses/{code}")
    client.post(f"/institution/courses/{code}/submit")
    db.session.expire_all()
    assert find_course_by_code(code).state == CourseState.SUBMITTED
    client.get("/institution/courses?state=submitted")


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"title": ""}, "title"),
        ({"hours": "0"}, "hours"),
        ({"hours": "viele"}, "hours"),
        ({"fee": "1,200"}, "fee"),
        ({"fee": "-1"}, "fee"),
        ({"fee": "9999999"}, "fee"),
        ({"mode": "telepathy"}, "mode"),
        ({"level": "9"}, "level"),
        ({"occupation": "潜水"}, "occupation"),
    ],
)
def test_what_is_wrong_stands_beside_its_field_and_nothing_is_lost(client, school, wrong, field):
    form = {"csrf_token": client.csrf_token(), **CONTENT, "occupation": "", "level": "", **wrong}
    response = client.browser.post("/institution/courses", data=form)
    page = response.get_data(as_text=True)
    assert response.status_code in (409, 422)
    assert f'id="{field}-error"' in page
    assert "安全用电与线路检修。" in page


def test_an_occupation_that_fits_several_is_asked_back(client, school):
    with write_transaction():
        make_occupation("6-31-01-03", title="低压电工")
        make_occupation("6-31-01-04", title="高压电工")
    data = {**CONTENT, "occupation": "压电工", "level": ""}
    page = text_of(client.post("/institution/courses", data, expect=422))
    assert "6-31-01-03 低压电工; 6-31-01-04 高压电工" in page


def test_two_people_editing_the_second_is_told_and_keeps_the_text(client, school):
    with write_transaction():
        course = make_draft_course(school)
    edit = f"/institution/courses/{course.code}/revise"
    client.get(edit)
    client.post(edit, {**CONTENT, "based_on": "1"})
    mine = {**CONTENT, "based_on": "1", "title": "我的另一个标题"}
    page = text_of(client.post(edit, mine, expect=409))
    assert "我的另一个标题" in page
    assert [version.title for version in list_versions(course.id)] == ["低压电工取证", "低压电工"]


def test_a_listed_course_stays_as_listed_until_the_revision_is_reviewed(client, school):
    with write_transaction():
        course = make_listed_course(school, title="原来的标题")
    client.post(
        f"/institution/courses/{course.code}/revise",
        {**CONTENT, "title": "新的标题", "based_on": "1"},
    )
    assert "原来的标题" in text_of(client.get(f"/courses/{course.code}"))
    assert "新的标题" in text_of(client.get(f"/institution/courses/{course.code}"))


def test_the_officers_reason_is_shown(client, school):
    with write_transaction():
        course = make_draft_course(school)
    client.post(f"/institution/courses/{course.code}/submit")
    with write_transaction():
        return_course(course.id, reason="课时与收费不符", actor_id=None)
    assert "课时与收费不符" in text_of(client.get(f"/institution/courses/{course.code}"))


def test_delisting_needs_a_reason(client, school):
    with write_transaction():
        course = make_listed_course(school)
    client.post(f"/institution/courses/{course.code}/delist", {"reason": " "}, expect=422)
    client.post(f"/institution/courses/{course.code}/delist", {"reason": "教师离职"})
    client.get(f"/courses/{course.code}", expect=410)


def test_a_stranger_institution_sees_404(client, school):
    with write_transaction():
        course = make_draft_course(school)
        stranger = make_staff(make_accredited_institution())
    client.sign_in(stranger)
    for path in ("", "/revise", "/course-runs/new"):
        client.get(f"/institution/courses/{course.code}{path}", expect=404)
    for act in ("submit", "delist", "revise", "course-runs"):
        client.post(f"/institution/courses/{course.code}/{act}", {"reason": "x"}, expect=404)


def test_a_teacher_reads_but_does_not_sign(client, school):
    with write_transaction():
        course = make_draft_course(school)
        teacher = make_staff(school, "teacher")
    client.sign_in(teacher)
    client.get(f"/institution/courses/{course.code}")
    client.get("/institution/courses/new", expect=403)
    client.post(f"/institution/courses/{course.code}/submit", expect=403)
    client.get("/institution/payout-account", expect=403)


def test_a_payee_account_is_proposed_and_masked(client, school):
    wrong = {"holder": "别人", "number": "123", "bank_name": "工行", "bank_code": "12"}
    page = text_of(client.post("/institution/payout-account", wrong, expect=409))
    for field in ("holder", "number", "bank_code"):
        assert f'id="{field}-error"' in page
    right = {
        "holder": school.name,
        "number": "4200 0000 1234 5678",
        "bank_name": "中国工商银行长春分行",
        "bank_code": "102241000015",
    }
    client.post("/institution/payout-account", right)
    page = text_of(client.get("/institution/payout-account"))
    assert "**** 5678" in page
    assert "12345678" not in page.replace(" ", "")
    client.get("/institution/profile")
