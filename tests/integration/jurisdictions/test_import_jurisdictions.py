"""The list of places: taken in once, retired with a date, brought back."""

from __future__ import annotations

import json
from datetime import date

from sqlalchemy import func, select

from marketplace.foundation.db import db
from marketplace.jurisdictions.models import Jurisdiction
from marketplace.jurisdictions.queries import (
    find_jurisdiction_by_code,
    list_children,
    list_jurisdictions_matching,
    list_path_names,
)

STREETS = "429004001,沙嘴街道,429004,42,4290\n429004002,干河街道,429004,42,4290\n"


def write(folder, streets=STREETS):
    (folder / "provinces.csv").write_text("code,name\n42,湖北省\n", encoding="utf-8")
    (folder / "cities.csv").write_text(
        "code,name,provinceCode\n4290,省直辖县级行政区划,42\n", encoding="utf-8"
    )
    (folder / "areas.csv").write_text(
        "code,name,cityCode,provinceCode\n429004,仙桃市,4290,42\n", encoding="utf-8"
    )
    (folder / "streets.csv").write_text(
        "code,name,areaCode,provinceCode,cityCode\n" + streets, encoding="utf-8"
    )


def run(app, folder, *more):
    result = app.test_cli_runner().invoke(
        args=["jurisdictions", "import", str(folder), "--json", *more]
    )
    db.session.remove()
    return result.exit_code, json.loads(result.stdout)


def test_a_second_import_changes_nothing(app, tmp_path):
    write(tmp_path)
    assert run(app, tmp_path) == (
        0,
        {"rows": 5, "added": 5, "changed": 0, "unchanged": 0, "retired": 0, "problems": []},
    )
    assert run(app, tmp_path) == (
        0,
        {"rows": 5, "added": 0, "changed": 0, "unchanged": 5, "retired": 0, "problems": []},
    )


def test_a_code_that_disappears_is_retired_with_its_date_and_may_come_back(app, tmp_path):
    write(tmp_path)
    run(app, tmp_path)
    write(tmp_path, STREETS.splitlines(keepends=True)[0])
    _, document = run(app, tmp_path, "--as-of", "2024-05-01")
    assert (document["retired"], document["unchanged"]) == (1, 4)
    unit = find_jurisdiction_by_code("429004002")
    assert unit.retired_on == date(2024, 5, 1)
    assert [child.code for child in list_children(unit.parent_id)] == ["429004001"]

    _, again = run(app, tmp_path, "--as-of", "2024-06-01")
    assert again["retired"] == 0
    write(tmp_path)
    _, back = run(app, tmp_path)
    assert (back["changed"], back["added"]) == (1, 0)
    assert find_jurisdiction_by_code("429004002").retired_on is None


def test_a_missing_file_is_refused_and_nothing_is_retired(app, tmp_path):
    write(tmp_path)
    run(app, tmp_path)
    (tmp_path / "streets.csv").unlink()
    exit_code, document = run(app, tmp_path)
    assert exit_code == 1
    assert document["refused"][0]["code"] == "table_missing"
    assert (
        db.session.scalar(
            select(func.count())
            .select_from(Jurisdiction)
            .where(Jurisdiction.retired_on.isnot(None))
        )
        == 0
    )


def test_places_are_found_by_code_name_and_path(app, tmp_path):
    write(tmp_path)
    run(app, tmp_path)
    assert [u.code for u in list_jurisdictions_matching("仙桃")] == ["429004"]
    assert [u.code for u in list_jurisdictions_matching("429004")][:2] == ["429004", "429004001"]
    path = find_jurisdiction_by_code("429004001").path
    assert list_path_names(path) == ["湖北省", "仙桃市", "沙嘴街道"]


def test_the_whole_country_is_taken_in(app, shared_data):
    _, document = run(app, shared_data / "cn_regions")
    assert document["rows"] == document["added"] + document["unchanged"] == 44_703
    assert document["problems"] == []
    orphans = db.session.scalar(
        select(func.count())
        .select_from(Jurisdiction)
        .where(Jurisdiction.parent_id.is_(None), Jurisdiction.tier > 1)
    )
    assert orphans == 0
