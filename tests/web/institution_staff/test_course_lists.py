"""Institutions bring their courses as a list: previewed, drafted, never listed, never another's."""

from __future__ import annotations

import io

import pytest
from sqlalchemy import select

from marketplace.catalog.models import Course, CourseVersion
from marketplace.catalog.states import CourseState
from marketplace.cli.runner import Runner
from marketplace.foundation.db import db, write_transaction
from marketplace.imports.models import ImportRun
from tests.factories.catalog import make_listed_course
from tests.factories.institutions import make_accredited_institution, make_staff

HEADER = "课程编号,机构编号,课程名称,学费总额,学时,技能等级,课程说明\n"


@pytest.fixture
def schools(client):
    with write_transaction():
        own, other = make_accredited_institution(), make_accredited_institution()
        manager, stranger = make_staff(own), make_staff(other)
        foreign = make_listed_course(other, title="别家课程")
        ids = (own.id, other.id, other.code, foreign.code)
    other_client = type(client)(client.app).sign_in(stranger)
    client.sign_in(manager)
    return (*ids, other_client)


def upload(client, rows: str, *, expect=303, **choices):
    form = {"file": (io.BytesIO((HEADER + rows).encode("gb18030")), "课程.csv"), **choices}
    return client.post(
        "/institution/courses/import", form, expect=expect, content_type="multipart/form-data"
    )


def work(app):
    Runner(app).run_until_empty(once=False)
    db.session.remove()


def take_in(app, client, rows: str, **choices):
    address = upload(client, rows, **choices).location
    work(app)
    client.get(address)
    applied = client.post(address + "/apply").location
    work(app)
    return applied


def courses_of(institution_id):
    return db.session.execute(
        select(Course, CourseVersion)
        .join(CourseVersion, CourseVersion.id == Course.current_version_id)
        .where(Course.institution_id == institution_id)
        .order_by(Course.id)
    ).all()


def test_a_list_is_shown_first_and_then_drafted(app, client, schools):
    own = schools[0]
    address = upload(client, "1,,焊工,1200,40学时,五级,焊接与安全\n").location
    assert 'http-equiv="refresh"' in client.get(address).get_data(as_text=True)
    work(app)
    page = client.get(address).get_data(as_text=True)
    assert "焊工" in page
    assert courses_of(own) == []
    applied = client.post(address + "/apply").location
    work(app)
    client.get(applied)
    [(course, version)] = courses_of(own)
    assert (course.state, course.level, course.source) == (CourseState.DRAFT, 5, "own")
    assert (version.title, version.fee_fen, version.hours) == ("焊工", 120_000, 40)
    assert version.created_by is not None
    client.post(address + "/apply", expect=409)


def test_whatever_the_file_says_the_courses_are_the_readers_own(app, client, schools):
    own, other, other_code, foreign_code, _other_client = schools
    take_in(
        app, client,
        f"1,{other_code},焊工,1200,40,5,焊接\n{foreign_code},{other_code},改名,1,1,5,抢占\n",
    )  # fmt: skip
    assert [version.title for _course, version in courses_of(own)] == ["焊工", "改名"]
    assert [version.title for _course, version in courses_of(other)] == ["别家课程"]
    assert {course.state for course, _version in courses_of(own)} == {CourseState.DRAFT}


def test_a_list_sent_again_revises_and_a_listed_course_waits_for_review(app, client, schools):
    own = schools[0]
    row = "1,,焊工,1200,40,5,焊接\n"
    take_in(app, client, row)
    take_in(app, client, row, submits="y")
    [(course, version)] = courses_of(own)
    assert (course.state, version.number) == (CourseState.DRAFT, 1), "unchanged: nothing is done"
    take_in(app, client, row.replace("1200", "1300"), submits="y")
    [(course, version)] = courses_of(own)
    assert (course.state, version.number) == (CourseState.SUBMITTED, 2)
    address = upload(client, row).location
    work(app)
    assert "正在审核" in client.get(address).get_data(as_text=True)
    run = db.session.scalar(select(ImportRun).order_by(ImportRun.id.desc()).limit(1))
    assert run.counts.get("courses.changed", 0) == 0, "under review: left out"


def test_rows_that_cannot_be_drafts_are_left_out_and_come_back_with_reasons(app, client, schools):
    own = schools[0]
    rows = (
        "1,,焊工,1200,,5,焊接\n2,,,5,5,5,x\n3,,电工,900,30,5,\n4,,茶艺,,10,5,x\n5,,烘焙,1,9,5,好\n"
    )
    applied = take_in(app, client, rows)
    assert [version.title for _course, version in courses_of(own)] == ["烘焙"]
    text = client.get(applied + "/corrections.csv").get_data(as_text=True)
    assert [line.split(",")[0] for line in text.splitlines()[1:]] == ['"1"', '"2"', '"3"', '"4"']
    assert client.get(applied + "/corrections.xlsx").get_data()[:2] == b"PK"
    assert client.get("/institution/courses/import").status_code == 200


def test_nothing_is_taken_in_when_that_was_asked_for(app, client, schools):
    own = schools[0]
    rows = "1,,焊工,1200,,5,焊接\n5,,烘焙,1,9,5,好\n"
    address = upload(client, rows, on_problems="nothing").location
    work(app)
    page = client.post(address + "/apply", expect=409).get_data(as_text=True)
    assert "没有导入任何内容" in page
    client.post(address + "/discard")
    client.post(address + "/discard", expect=409)
    assert courses_of(own) == []


def test_strangers_see_neither_the_list_nor_its_rows(app, client, schools):
    address = upload(client, "1,,焊工,1200,40,5,焊接\n").location
    work(app)
    other = schools[4]
    for path in ("", "/corrections.csv"):
        other.get(address + path, expect=404)
    for act in ("/apply", "/discard"):
        other.post(address + act, {}, expect=404)


def test_templates_and_exports_are_their_own(app, client, schools):
    for path in ("template.csv", "template.xlsx", "export.csv", "export.xlsx"):
        content = client.get(f"/institution/courses/{path}").get_data()
        assert "别家课程".encode() not in content
    client.get("/institution/courses/export.exe", expect=404)
    client.post("/institution/courses/import", {}, expect=422)
