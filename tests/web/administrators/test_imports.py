"""Importing by page: upload, progress, problems, decisions; bad uploads get clear answers."""

from __future__ import annotations

import io

import pytest
from sqlalchemy import func, select

from marketplace.catalog.models import Course, ShortageEdition
from marketplace.catalog.states import CourseState
from marketplace.cli.runner import Runner
from marketplace.foundation.db import db, write_transaction
from marketplace.imports.models import ImportRun
from marketplace.jobs.models import Job
from tests.factories.catalog import make_occupation
from tests.factories.people import make_administrator, make_jurisdiction, make_user

HEADER = "course_key,institution_key,institution_name,title,fee,fee_tuition,hours\n"
ROWS = HEADER + "1,A,=cmd|' /C calc'!A0,焊工,1200,1200,40\n2,A,技校,电工,2000000,2000,40\n"
INSTITUTIONS = "institution_key,name,status\nA,技校,approved\n"


@pytest.fixture
def admin(app, client):
    with write_transaction():
        make_administrator("the-admin")
        make_user("somebody")
    client.sign_in("the-admin")
    return client


def upload(client, content: bytes | str, *, what="catalog:generic", expect=303, name="c.csv"):
    data = content.encode() if isinstance(content, str) else content
    form = {"what": what, "as_of": "2026-11-01", "files": (io.BytesIO(data), name)}
    return client.post(
        "/admin/imports/new", form, expect=expect, content_type="multipart/form-data"
    )


def work(app, client=None) -> None:
    """Let the runner do what waits; with a client, apply the preview it made."""
    Runner(app).run_until_empty(once=False)
    db.session.remove()
    if client is not None:
        code = db.session.scalar(select(ImportRun.code).order_by(ImportRun.id.desc()).limit(1))
        client.post(f"/admin/imports/{code}/apply")
        work(app)


def test_an_upload_becomes_a_job_whose_progress_can_be_watched(app, admin):
    answer = upload(admin, INSTITUTIONS, what="institutions:generic")
    page = admin.get(answer.location).get_data(as_text=True)
    assert 'http-equiv="refresh"' in page
    work(app)
    page = admin.get(answer.location).get_data(as_text=True)
    assert 'http-equiv="refresh"' not in page
    run = db.session.scalar(select(ImportRun))
    assert (run.counts["rows"], run.counts["added"]) == (1, 1)
    admin.get("/admin/jobs")
    admin.get("/admin/imports")
    admin.get(f"/admin/imports/{run.code}")


def test_problems_are_filtered_and_downloaded_without_formulas(app, admin):
    upload(admin, ROWS)
    work(app)
    code = db.session.scalar(select(ImportRun.code))
    page = admin.get(f"/admin/imports/{code}?severity=quarantined").get_data(as_text=True)
    assert "2000000.00" in page
    admin.get(f"/admin/imports/{code}?severity=nonsense&code=nonsense&page=99")
    download = admin.get(f"/admin/imports/{code}/problems.csv")
    text = download.get_data(as_text=True)
    assert text.startswith("\ufeff")
    assert "\"'=cmd" in text
    assert '"=cmd' not in text


def test_a_course_held_back_is_released_with_a_reason(app, admin):
    upload(admin, INSTITUTIONS, what="institutions:generic")
    work(app, admin)
    upload(admin, ROWS.replace("=cmd|' /C calc'!A0", "技校"))
    work(app, admin)
    held = db.session.scalar(select(Course).where(Course.source_key == "2"))
    code = held.code
    assert code in admin.get("/admin/quarantine").get_data(as_text=True)
    admin.get(f"/admin/quarantine/course/{code}")
    admin.post(f"/admin/quarantine/course/{code}/release", {"reason": " "}, expect=422)
    admin.post(f"/admin/quarantine/course/{code}/keep-out", {"reason": "请机构更正"})
    assert code not in admin.get("/admin/quarantine").get_data(as_text=True)
    admin.post(f"/admin/quarantine/course/{code}/release", {"reason": "价格属实"})
    db.session.rollback()
    released = db.session.scalar(select(Course).where(Course.source_key == "2"))
    assert (released.state, released.quarantine_reason) == (CourseState.LISTED, None)
    admin.get(f"/admin/quarantine/course/{code}", expect=404)


def test_a_release_outlives_the_next_import_of_the_same_row(app, admin):
    test_a_course_held_back_is_released_with_a_reason(app, admin)
    upload(admin, ROWS.replace("=cmd|' /C calc'!A0", "技校"))
    work(app, admin)
    released = db.session.scalar(select(Course).where(Course.source_key == "2"))
    assert (released.state, released.quarantine_reason) == (CourseState.LISTED, None)


@pytest.mark.parametrize(
    "content",
    [
        b"", b"\xef\xbb\xbf", b"PK\x03\x04xlsx", b"%PDF-1.4", b"name\nx\n",
        "course_key,titel\nCafé\n".encode("latin-1"), b"a,a\n1,2\n", b"\x00\x01\x02",
        b"<html></html>",
    ],
)  # fmt: skip
def test_a_bad_upload_is_answered_with_its_reason_and_keeps_nothing(app, admin, content):
    page = upload(admin, content, expect=422).get_data(as_text=True)
    assert "field-error" in page
    db.session.rollback()
    assert db.session.scalar(select(func.count()).select_from(Job)) == 0


def test_missing_files_and_unknown_sources_are_refused(app, admin):
    upload(admin, "code,name\n", what="jurisdictions:cn-regions", expect=422)
    upload(admin, ROWS, what="catalog:moe-hei", expect=422)
    admin.post("/admin/imports/new", {"what": "catalog:generic"}, expect=422)
    admin.get("/admin/imports/new")
    admin.get("/admin/imports/IM-NOTHING", expect=404)
    admin.get("/admin/jobs/JB-NOTHING", expect=404)
    admin.get("/admin/quarantine?kind=institution")


def test_an_upload_beyond_the_limit_is_413(app, admin):
    body = b"x" * (app.config["MAX_CONTENT_LENGTH"] + 1)
    kind = "multipart/form-data; boundary=x"
    answer = admin.browser.post("/admin/imports/new", data=body, content_type=kind)
    assert answer.status_code == 413


def test_a_file_that_breaks_later_fails_its_run_with_the_reason(app, admin):
    answer = upload(admin, HEADER + '1,A,B,C,5,5,6\n2,"never closed' + "x" * 300_000)
    work(app)
    page = admin.get(answer.location).get_data(as_text=True)
    assert "error-summary" in page
    job = db.session.scalar(select(Job))
    code = job.code
    admin.post(f"/admin/jobs/{code}/retry")
    admin.post(f"/admin/jobs/{code}/cancel")
    admin.post(f"/admin/jobs/{code}/cancel")


def test_strangers_are_kept_out(app, admin):
    admin.get("/admin/imports")
    other = type(admin)(app).sign_in("somebody")
    for path in ("/admin/imports", "/admin/imports/new", "/admin/jobs", "/admin/quarantine"):
        other.get(path, expect=403)


def test_a_list_of_occupations_in_demand_becomes_a_draft_for_two_officers(app, admin):
    with write_transaction():
        make_jurisdiction("990101", name="东区")
        make_occupation("6-31-01-03", title="电工")
    rows = "职业编码,类型\n6-31-01-03,急需紧缺\n0-00,\n"
    form = {"what": "shortage:generic", "as_of": "2026-11-01", "place": "990101"}

    def send():
        files = {"files": (io.BytesIO(rows.encode()), "list.csv")}
        return admin.post(
            "/admin/imports/new",
            form | files,
            expect=303,
            content_type="multipart/form-data",
        )

    send()
    work(app)
    edition = db.session.scalar(select(ShortageEdition))
    edition_code = edition.code
    assert (edition.state, edition.published_at, edition.source) == ("draft", None, "generic")
    run = db.session.scalar(select(ImportRun))
    assert (run.counts["added"], run.state) == (1, "done")
    admin.get(f"/fund/shortage/{edition.code}")
    admin.get(f"/admin/imports/{run.code}/corrections.csv")
    send()
    work(app)
    assert db.session.scalar(select(func.count(ShortageEdition.id))) == 1
    failed = db.session.scalar(select(Job).order_by(Job.id.desc()).limit(1))
    assert edition_code in admin.get(f"/admin/jobs/{failed.code}").get_data(as_text=True)


@pytest.mark.parametrize(
    "wrong",
    [
        {"place": "123456"},
        {"what": "catalog:generic", "place": "990101"},
        {"what": "shortage:generic", "on_problems": "nothing"},
    ],
)
def test_a_place_or_a_choice_that_means_nothing_is_said_beside_its_field(app, admin, wrong):
    form = {"what": "shortage:generic", "as_of": "2026-11-01",
            "files": (io.BytesIO(b"occupation_code\n1\n"), "list.csv"), **wrong}  # fmt: skip
    page = admin.post(
        "/admin/imports/new", form, expect=422, content_type="multipart/form-data"
    ).get_data(as_text=True)
    assert "field-error" in page
