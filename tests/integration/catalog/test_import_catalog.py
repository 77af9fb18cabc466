"""A list of courses taken in: edition after edition, nothing lost, nothing doubled."""

from __future__ import annotations

import csv
import json
from datetime import date

from sqlalchemy import func, select

from marketplace.catalog.models import Course, CourseVersion
from marketplace.catalog.operations.courses import delist_course
from marketplace.catalog.queries.search import CourseQuery, search_courses
from marketplace.catalog.states import CourseState
from marketplace.foundation.db import db, write_transaction
from marketplace.foundation.paging import PageRequest
from marketplace.institutions.models import Accreditation, Institution
from marketplace.institutions.states import InstitutionState

COLUMNS = (
    "PROVIDERID", "officialname", "tuition", "totalcost", "totalclockhours", "PROGRAMID",
    "statusname", "name", "providerstatusname", "certapprovalexp", "zip", "description",
)  # fmt: skip
BASE = {
    "PROVIDERID": "49", "tuition": "1000", "totalcost": "1000", "totalclockhours": "40",
    "statusname": "Approved", "name": "Career Center", "providerstatusname": "Approved",
    "certapprovalexp": "6/30/2022 12:00:00 AM", "zip": "08098", "description": "Two\nlines",
}  # fmt: skip


def course(key, title, **changes):
    return {**BASE, "PROGRAMID": key, "officialname": title, **changes}


WELDING, NURSING = course("1", "Welding"), course("2", "Nursing", PROVIDERID="50")


def run(app, tmp_path, *rows, options=(), as_of="2021-04-06"):
    path = tmp_path / "courses.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
    arguments = ["catalog", "import", str(path), "--source", "us-nj-etpl", "--as-of", as_of]
    result = app.test_cli_runner().invoke(args=[*arguments, "--json", *options])
    assert result.exit_code in (0, 1), result.output
    db.session.remove()
    return json.loads(result.stdout)


def get(key):
    return db.session.scalar(select(Course).where(Course.source_key == key))


def count(model):
    return db.session.scalar(select(func.count()).select_from(model))


def codes(document):
    return {(problem["key"], problem["code"]) for problem in document["problems"]}


def test_an_approved_course_of_an_approved_institution_is_listed_and_found(app, tmp_path):
    document = run(app, tmp_path, WELDING, NURSING)
    assert document["courses"] == {
        "added": 2, "changed": 0, "unchanged": 0, "withdrawn": 0, "quarantined": 0
    }  # fmt: skip
    assert document["institutions"]["added"] == 2
    assert get("1").state == CourseState.LISTED
    page = search_courses(CourseQuery("welding"), PageRequest()).page
    assert [card.source_key for card in page.items] == ["1"]
    granted = db.session.scalars(select(Accreditation)).all()
    assert {grant.valid_until for grant in granted} == {date(2022, 6, 30)}


def test_a_second_import_changes_nothing(app, tmp_path):
    run(app, tmp_path, WELDING, NURSING)
    document = run(app, tmp_path, WELDING, NURSING)
    assert document["courses"]["unchanged"] == 2
    assert document["institutions"]["unchanged"] == 2
    assert document["price_changes"] == []
    assert (count(CourseVersion), count(Accreditation)) == (2, 2)


def test_a_new_price_is_a_new_version_and_is_told(app, tmp_path):
    run(app, tmp_path, WELDING)
    dearer = {**WELDING, "tuition": "1200", "totalcost": "1200"}
    document = run(app, tmp_path, dearer, as_of="2021-05-01")
    assert document["courses"]["changed"] == 1
    assert document["price_changes"] == [
        {"row": 2, "key": "1", "fee_fen_before": 100_000, "fee_fen_after": 120_000}
    ]
    versions = db.session.scalars(select(CourseVersion).order_by(CourseVersion.number)).all()
    assert [version.fee_fen for version in versions] == [100_000, 120_000]
    assert get("1").current_version_id == versions[1].id


def test_what_is_absent_is_withdrawn_only_when_asked_and_comes_back(app, tmp_path):
    run(app, tmp_path, WELDING, NURSING)
    assert run(app, tmp_path, WELDING)["courses"]["withdrawn"] == 0
    document = run(app, tmp_path, WELDING, options=["--replace"])
    assert document["courses"]["withdrawn"] == 1
    assert get("2").state == CourseState.DELISTED
    assert run(app, tmp_path, WELDING, options=["--replace"])["courses"]["withdrawn"] == 0
    assert search_courses(CourseQuery("nursing"), PageRequest()).page.total == 0
    assert run(app, tmp_path, WELDING, NURSING)["courses"]["changed"] == 1
    assert get("2").state == CourseState.LISTED
    assert search_courses(CourseQuery("nursing"), PageRequest()).page.total == 1
    assert count(CourseVersion) == 2


def test_a_course_an_officer_delisted_is_not_listed_again_by_a_file(app, tmp_path):
    run(app, tmp_path, WELDING)
    with write_transaction():
        delist_course(get("1").id, reason="complaints", actor_id=None)
    assert run(app, tmp_path, WELDING)["courses"]["unchanged"] == 1
    assert get("1").state == CourseState.DELISTED


def test_a_barred_institution_is_not_reinstated_by_a_file(app, tmp_path):
    run(app, tmp_path, WELDING)
    with write_transaction():
        institution = db.session.scalar(select(Institution))
        institution.state = InstitutionState.BARRED
    run(app, tmp_path, {**WELDING, "zip": "08099"})
    assert db.session.scalar(select(Institution.state)) == InstitutionState.BARRED
    assert get("1").state == CourseState.DELISTED


def test_an_absurd_fee_is_held_back_and_neither_listed_nor_found(app, tmp_path):
    document = run(app, tmp_path, course("1", "Welding", totalcost="1000000"))
    assert document["courses"]["quarantined"] == 1
    assert ("1", "fee_implausible") in codes(document)
    held = get("1")
    assert (held.state, held.quarantine_reason) == (
        CourseState.DELISTED,
        "fee_implausible, fee_too_high",
    )
    assert search_courses(CourseQuery("welding"), PageRequest()).page.total == 0


def test_status_and_approval_decide_about_listing(app, tmp_path):
    rows = (
        course("1", "A", statusname="Suspended"),
        course("2", "B", PROVIDERID="50", certapprovalexp="1/31/2021 12:00:00 AM"),
        course("3", "C", PROVIDERID="51", providerstatusname="Pending"),
        course("4", "D", PROVIDERID="52", name=""),
    )
    document = run(app, tmp_path, *rows)
    assert [get(key).state for key in "1234"] == [CourseState.DELISTED] * 4
    assert codes(document) >= {
        ("1", "status_not_approved"),
        ("2", "institution_not_accredited"),
        ("3", "institution_not_accredited"),
        ("4", "institution_unknown"),
    }


def test_a_repeated_row_counts_once(app, tmp_path):
    document = run(app, tmp_path, WELDING, WELDING, {**WELDING, "totalcost": "7"})
    assert document["rows"] == 3
    assert document["courses"]["added"] == 1
    assert {(p["row"], p["code"]) for p in document["problems"]} >= {
        (3, "row_duplicated"),
        (4, "key_duplicated"),
    }


def test_a_file_without_a_required_column_is_refused_whole(app, tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("programid,providerid\n1,2\n", encoding="utf-8")
    result = app.test_cli_runner().invoke(
        args=["catalog", "import", str(path), "--source", "us-nj-etpl", "--as-of", "2021-04-06",
              "--json"]
    )  # fmt: skip
    assert result.exit_code == 1
    assert json.loads(result.stdout)["refused"][0]["code"] == "table_columns_missing"


def test_the_report_holds_every_problem(app, tmp_path):
    report = tmp_path / "report.csv"
    document = run(
        app, tmp_path, course("1", "=cmd()", zip="8098"), options=["--report", str(report)]
    )
    with report.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["code"] for row in rows] == [problem["code"] for problem in document["problems"]]


def test_real_lists_lose_no_row(app, shared_data):
    arguments = ["catalog", "import", str(shared_data / "us_nj/etpl_programs_20210406a.csv"),
                 "--source", "us-nj-etpl", "--as-of", "2021-04-06", "--json"]  # fmt: skip
    first = json.loads(app.test_cli_runner().invoke(args=arguments).stdout)
    again = json.loads(app.test_cli_runner().invoke(args=arguments).stdout)
    assert first["rows"] == first["courses"]["added"] == count(Course)
    assert again["courses"]["unchanged"] == again["rows"]
