"""What is exported and imported again changes nothing; what a file leaves out stays."""

from __future__ import annotations

import csv
import json

import pytest
from sqlalchemy import func, select

from marketplace.catalog.models import Course, CourseVersion
from marketplace.catalog.queries.search import CourseQuery, search_courses
from marketplace.catalog.rules import CourseContent
from marketplace.foundation.db import db, write_transaction
from marketplace.foundation.paging import PageRequest
from marketplace.institutions.models import Institution
from tests.factories.catalog import make_draft_course, make_listed_course
from tests.factories.institutions import make_accredited_institution

NJ = ("programid", "providerid", "officialname", "statusname", "totalcost", "tuition", "fees",
      "totalclockhours", "name", "providerstatusname", "zip", "description", "cipcode",
      "county")  # fmt: skip
ROW = dict(zip(NJ, ("1", "9", "Welding", "Approved", "1500", "1000", "300", "40", "School",
                    "Approved", "08001", '=HYPERLINK("x")', "43.0107", "Salem"),
               strict=True))  # fmt: skip


def nj(app, tmp_path, *, without=(), **changes):
    columns = [name for name in NJ if name not in without]
    path = tmp_path / "nj.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns, extrasaction="ignore")
        writer.writeheader()
        writer.writerow({**ROW, **changes})
    return take_in(app, path, source="us-nj-etpl")


def take_in(app, path, *, kind="catalog", source="generic"):
    arguments = [kind, "import", str(path), "--source", source, "--as-of", "2026-11-20", "--json"]
    told = json.loads(app.test_cli_runner().invoke(args=arguments).stdout)
    db.session.remove()
    return told


def export(app, path, *options, kind="catalog"):
    result = app.test_cli_runner().invoke(args=[kind, "export", str(path), *options])
    assert result.exit_code == 0, result.output
    db.session.remove()
    return path


@pytest.fixture
def catalog(app, tmp_path, now):
    nj(app, tmp_path)
    nj(app, tmp_path, programid="2", totalcost="99999999", providerid="77", name="")
    with write_transaction():
        institution = make_accredited_institution()
        make_listed_course(institution, title="焊工")
        draft = make_draft_course(institution, title="草稿")
        version = db.session.get(CourseVersion, draft.current_version_id)
        version.description = "两行\r\n文字  与空格\r\n\r\n\r\n完"
        version.content_sha256 = CourseContent(
            **{name: getattr(version, name) for name in CourseContent.__slots__}
        ).sha256
        code = institution.code
    db.session.remove()
    return code


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_an_export_that_is_imported_again_changes_nothing(app, tmp_path, catalog, ending):
    before = db.session.scalar(select(func.max(CourseVersion.id)))
    states = db.session.execute(select(Course.code, Course.state).order_by(Course.id)).all()
    told = take_in(app, export(app, tmp_path / f"c.{ending}", "--language", "zh"))
    assert told["courses"]["unchanged"] == told["rows"] == 3
    told = take_in(app, export(app, tmp_path / f"own.{ending}", "--institution", catalog))
    assert told["courses"]["unchanged"] == told["rows"] == 2
    told = take_in(
        app, export(app, tmp_path / f"i.{ending}", kind="institutions"), kind="institutions"
    )
    assert (
        told["unchanged"] == told["rows"] == db.session.scalar(select(func.count(Institution.id)))
    )
    assert db.session.scalar(select(func.max(CourseVersion.id))) == before
    assert db.session.execute(select(Course.code, Course.state).order_by(Course.id)).all() == states


def test_formulas_leave_disarmed(app, tmp_path, catalog):
    text = export(app, tmp_path / "c.csv").read_text(encoding="utf-8-sig")
    assert "\"'=HYPERLINK" in text
    assert '"=HYPERLINK' not in text


def test_an_exported_price_that_is_changed_makes_a_version_of_the_same_course(
    app, tmp_path, catalog
):
    path = export(app, tmp_path / "c.csv")
    text = path.read_text(encoding="utf-8-sig")
    path.write_text(text.replace('"1500.00"', '"1600.00"'), encoding="utf-8")
    told = take_in(app, path)
    assert told["courses"]["changed"] == 1
    course = db.session.scalar(
        select(Course).where(Course.source == "us-nj-etpl", Course.source_key == "1")
    )
    version = db.session.get(CourseVersion, course.current_version_id)
    assert (version.number, version.fee_fen) == (2, 160_000)
    assert version.attributes["cip"] == "43.0107", "what our format does not carry stays"


@pytest.mark.parametrize("gone", ["description", "totalclockhours", "cipcode", "zip", "county"])
def test_a_column_that_vanishes_takes_nothing_with_it(app, tmp_path, now, gone):
    nj(app, tmp_path)
    told = nj(app, tmp_path, without=(gone,))
    assert told["courses"]["unchanged"] == 1
    assert told["institutions"]["unchanged"] == 1
    told = nj(app, tmp_path, description="")
    assert told["courses"]["changed"] == 1, "an empty cell says that there is nothing"


def test_columns_in_another_order_and_spelling_say_the_same(app, tmp_path, now):
    nj(app, tmp_path)
    names = ["Zip", "PROGRAM ID", "provider-id", "Official Name", "STATUSNAME", "total_cost",
             "Tuition", "FEES", "TotalClockHours", "Name", "ProviderStatusName", "Description",
             "CIPCode", "County", "newcolumn"]  # fmt: skip
    row = [
        ROW[name.lower().replace(" ", "").replace("-", "").replace("_", "")] for name in names[:-1]
    ]
    path = tmp_path / "other.csv"
    with path.open("w", newline="", encoding="utf-16") as file:
        writer = csv.writer(file, delimiter="\t")
        writer.writerows([names, [*row, "x"]])
    told = take_in(app, path, source="us-nj-etpl")
    assert told["courses"]["unchanged"] == 1
    assert "columns_ignored" in {problem["code"] for problem in told["problems"]}


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("kind", ["catalog", "institutions"])
def test_a_template_explains_itself_and_its_example_is_passed_over(app, tmp_path, kind, language):
    path = tmp_path / "template.xlsx"
    options = [str(path), "--format", "xlsx", "--language", language]
    assert app.test_cli_runner().invoke(args=[kind, "template", *options]).exit_code == 0
    told = take_in(app, path, kind=kind)
    assert (told["rows"], told["problems"]) == (0, [])
    text = app.test_cli_runner().invoke(args=[kind, "template", "--language", language]).output
    assert ("编号" in text) == (language == "zh")


def test_one_course_named_twice_by_its_two_numbers_is_changed_once(app, tmp_path, catalog):
    generic = "course_key,institution_key,title,fee\nK,A,Own,5\n"
    (tmp_path / "g.csv").write_text(generic)
    take_in(app, tmp_path / "g.csv")
    code = db.session.scalar(select(Course.code).where(Course.source_key == "K"))
    (tmp_path / "g.csv").write_text(generic + f"{code},A,Own,6\n")
    told = take_in(app, tmp_path / "g.csv")
    assert {problem["code"] for problem in told["problems"]} >= {"key_duplicated"}


def test_languages_and_childcare_come_in_are_found_and_go_out_again(app, tmp_path, catalog):
    place = "institution_key,title,fee,hours"
    row = f"K,{catalog},托育电工,5,40"

    def write(columns: str, values: str) -> dict:
        (tmp_path / "g.csv").write_text(f"course_key,{place}{columns}\n{row}{values}\n")
        return take_in(app, tmp_path / "g.csv")["courses"]

    def found(**wanted) -> int:
        return search_courses(CourseQuery("托育电工", **wanted), PageRequest(1, 1)).page.total

    assert write(",languages,childcare,evening", ",汉语,yes,no")["added"] == 1
    assert found(language="zh", needs=frozenset({"childcare"})) == 1
    assert found(needs=frozenset({"evening"})) == 0
    told = take_in(app, export(app, tmp_path / "c.csv"))
    assert told["courses"]["unchanged"] == told["rows"]
    assert write("", "")["unchanged"] == 1, "an absent column says nothing"
    assert write(",childcare", ",")["changed"] == 1, "an empty cell empties it"
    assert found(needs=frozenset({"childcare"})) == 0
    assert found(language="zh") == 1
