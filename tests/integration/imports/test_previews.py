"""Before a file is taken in: what it would change, whole or not at all, and its bad rows back."""

from __future__ import annotations

import csv
import json
from datetime import date

import pytest
from sqlalchemy import func, select

from marketplace.catalog.models import Course, CourseVersion
from marketplace.catalog.operations.import_previews import apply_preview, discard_preview
from marketplace.catalog.operations.import_requests import ImportOrder, request_import
from marketplace.catalog.states import CourseState
from marketplace.cli.runner import Runner
from marketplace.foundation.db import db, write_transaction
from marketplace.foundation.errors import Refused
from marketplace.imports.models import ImportDifference, ImportProblem, ImportRun
from marketplace.imports.operations import restart_preview
from marketplace.imports.states import ImportRunState, RunPurpose
from marketplace.institutions.models import Institution
from tests.factories.catalog import make_occupation

HEADER = "course_key,institution_key,institution_name,title,fee,hours\n"
SCHOOL = "institution_key,name,status\nA,城南学校,approved\n"
GOOD = HEADER + "1,A,城南学校,焊工,1200,40\n2,A,城南学校,电工,900,30\n"


def run(app, tmp_path, content, *options, kind="catalog", name="f.csv"):
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    arguments = [kind, "import", str(path), "--source", "generic", "--as-of", "2026-01-01"]
    result = app.test_cli_runner().invoke(args=[*arguments, "--json", *map(str, options)])
    assert result.exit_code in (0, 1), result.output
    db.session.remove()
    return result.exit_code, json.loads(result.stdout)


def known():
    return tuple(
        db.session.scalar(select(func.count()).select_from(table))
        for table in (Course, CourseVersion, Institution)
    )


@pytest.fixture
def school(app, tmp_path):
    run(app, tmp_path, SCHOOL, kind="institutions")


def test_a_dry_run_changes_nothing_and_says_what_the_import_then_does(app, tmp_path, school):
    run(app, tmp_path, GOOD)
    changed = GOOD.replace("1200,40", "1300,45").replace("2,A", "3,B")
    before = known()
    _code, told = run(app, tmp_path, changed, "--dry-run", "--replace")
    assert known() == before
    assert told["dry_run"] is True
    by_key = {item["key"]: item for item in told["differences"]}
    assert {key: item["verdict"] for key, item in by_key.items()} == {
        "1": "changed", "3": "added", "2": "withdrawn",
    }  # fmt: skip
    assert by_key["1"]["changes"] == [
        {"field": "hours", "before": "40", "after": "45"},
        {"field": "fee_fen", "before": "1200.00", "after": "1300.00"},
    ]
    assert told["price_changes"][0]["fee_fen_after"] == 130_000
    _code, done = run(app, tmp_path, changed, "--replace")
    for name in ("rows", "courses", "institutions", "price_changes", "problems"):
        assert told[name] == done[name], name
    versions = db.session.scalar(select(func.count()).select_from(CourseVersion))
    assert versions == 4, "two of the first list, one revised, one new: none is lost"


def test_a_preview_says_which_institution_and_occupation_a_course_moves_to(app, tmp_path, school):
    header = HEADER.replace("hours", "hours,occupation_code")
    with write_transaction():
        make_occupation("6-18", title="焊工")
    run(app, tmp_path, header + "1,A,城南学校,焊工,1200,40,\n")
    run(app, tmp_path, "institution_key,name,status\nB,城北学校,approved\n", kind="institutions")
    _code, told = run(app, tmp_path, header + "1,B,城北学校,焊工,1200,40,6-18\n", "--dry-run")
    assert told["differences"][0]["changes"] == [
        {"field": "institution", "before": "城南学校", "after": "城北学校"},
        {"field": "occupation", "before": "", "after": "6-18 焊工"},
    ]


def test_a_dry_run_knows_the_institutions_its_own_file_would_enter(app, tmp_path):
    header = "providerid,programid,officialname,statusname,totalcost,name,providerstatusname\n"
    rows = header + "9,1,Welding,Approved,100,School,Approved\n"
    path = tmp_path / "nj.csv"
    path.write_text(rows)
    arguments = ["catalog", "import", str(path), "--source", "us-nj-etpl", "--as-of", "2021-01-01"]
    told, done = (
        json.loads(app.test_cli_runner().invoke(args=[*arguments, "--json", *more]).stdout)
        for more in (["--dry-run"], [])
    )
    assert told["problems"] == done["problems"]
    assert "institution_not_accredited" not in {item["code"] for item in done["problems"]}


def test_all_or_nothing_takes_nothing_when_one_row_is_bad(app, tmp_path, school):
    before = known()
    bad = GOOD + ",A,城南学校,无编号,5,5\n"
    exit_code, told = run(app, tmp_path, bad, "--all-or-nothing")
    assert exit_code == 1
    assert told["refused"][0]["code"] == "import_has_problems"
    assert [problem["row"] for problem in told["problems"]] == [4]
    assert known() == before
    exit_code, told = run(app, tmp_path, GOOD, "--all-or-nothing")
    assert (exit_code, told["courses"]["added"]) == (0, 2)


def test_a_value_mended_in_a_stated_way_stops_nobody(app, tmp_path, school):
    exit_code, told = run(app, tmp_path, GOOD.replace("1200", "￥1200"), "--all-or-nothing")
    assert (exit_code, told["courses"]["added"]) == (1, 2)
    assert told["problems"][0]["severity"] == "repaired"


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_the_error_file_holds_the_bad_rows_as_they_stood_and_corrects_them(
    app, tmp_path, school, ending
):
    source = GOOD + "4,A,城南学校,=养老护理,,3\n"
    error_file = tmp_path / f"errors.{ending}"
    run(app, tmp_path, source, "--error-file", error_file)
    before = db.session.scalar(select(func.max(CourseVersion.id)))
    if ending == "csv":
        with error_file.open(encoding="utf-8-sig", newline="") as file:
            found = list(csv.DictReader(file))
        assert [row["course_key"] for row in found] == ["4"]
        assert found[0]["title"] == "'=养老护理"
        assert found[0]["problem_row"] == "4"
        assert found[0]["problem_kind"] == "quarantined"
        assert "No fee" in found[0]["problem_text"]
        text = error_file.read_text(encoding="utf-8-sig")
        error_file.write_text(text.replace('养老护理",""', '养老护理","300"'), encoding="utf-8")
    arguments = ["catalog", "import", str(error_file), "--source", "generic", "--as-of"]
    result = app.test_cli_runner().invoke(args=[*arguments, "2026-01-02", "--json"])
    told = json.loads(result.stdout)
    db.session.remove()
    assert told["rows"] == 1
    course = db.session.scalar(select(Course).where(Course.source_key == "4"))
    if ending == "csv":
        assert course.state == CourseState.LISTED
        assert db.session.scalar(select(func.count()).where(CourseVersion.id > before)) == 1
    else:
        assert told["courses"]["unchanged"] == 1
    result = app.test_cli_runner().invoke(args=[*arguments, "2026-01-02", "--json", "--replace"])
    assert json.loads(result.stdout)["refused"][0]["code"] == "corrections_not_complete"


def order(**changes):
    facts = {"kind": "catalog", "source": "generic", "as_of": date(2026, 1, 1),
             "replaces": False, "currency": "CNY", "purpose": RunPurpose.PREVIEW}  # fmt: skip
    return ImportOrder(**{**facts, **changes})


def previewed(app, content, **changes):
    with write_transaction():
        request_import(order(**changes), files=[("f.csv", content.encode())], actor_id=None)
    Runner(app).run_until_empty(once=False)
    db.session.remove()
    return db.session.scalar(select(ImportRun).order_by(ImportRun.id.desc()).limit(1)).id


def apply(app, run_id, **options):
    with write_transaction():
        apply_preview(run_id, **{"typed": "", "percent_max": 20, "actor_id": None, **options})
    Runner(app).run_until_empty(once=False)
    db.session.remove()


def test_a_preview_is_applied_once_or_discarded(app, tmp_path, school):
    first = previewed(app, GOOD)
    assert known()[0] == 0
    assert db.session.scalar(select(func.count()).select_from(ImportDifference)) == 2
    apply(app, first)
    assert known()[0] == 2
    with pytest.raises(Refused) as refused:
        apply(app, first)
    assert refused.value.codes == ("preview_decided",)
    second = previewed(app, GOOD)
    with write_transaction():
        discard_preview(second, actor_id=None)
    with pytest.raises(Refused):
        apply(app, second)


def test_a_large_withdrawal_is_confirmed_by_typing_its_number(app, tmp_path, school):
    apply(app, previewed(app, GOOD))
    half = previewed(app, GOOD[: GOOD.index("2,A")], replaces=True)
    for typed in ("", "2", "yes"):
        with pytest.raises(Refused) as refused:
            apply(app, half, typed=typed)
        assert refused.value.codes == ("withdrawal_not_confirmed",)
    apply(app, half, typed=" 1 ")
    states = db.session.scalars(select(Course.state).order_by(Course.source_key)).all()
    assert states == [CourseState.LISTED, CourseState.DELISTED]


def test_a_preview_begun_again_tells_nothing_twice(app, tmp_path, school):
    run_id = previewed(app, GOOD + "4,A,城南学校,x,,3\n")
    of_run = select(func.count()).where(ImportProblem.import_run_id == run_id)
    assert db.session.scalar(of_run)
    with write_transaction():
        db.session.get(ImportRun, run_id).state = ImportRunState.RUNNING
    with write_transaction():
        restart_preview(run_id)
    assert db.session.scalar(of_run) == 0
    assert db.session.scalar(select(func.count()).select_from(ImportDifference)) == 0
