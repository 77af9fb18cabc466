"""Files as they really come: each is taken in with its problems told, or refused whole."""

from __future__ import annotations

import csv
import io
import json
import random

import pytest
from sqlalchemy import func, select

from marketplace.catalog.models import Course
from marketplace.catalog.queries.search import CourseQuery, search_courses
from marketplace.foundation.db import db
from marketplace.foundation.paging import PageRequest
from marketplace.institutions.models import Institution

HEADER = ("course_key", "institution_key", "institution_name", "title", "fee", "fee_tuition",
          "hours", "mode", "level", "description", "status")  # fmt: skip
ROW = dict(
    zip(
        HEADER,
        ("C-1", "A-1", "城南学校", "Welding", "1200.00", "1200.00", "40", "onsite", "5",
         "低压电工作业与焊接", "approved"),
        strict=True,
    )
)  # fmt: skip


def table(*changes, header=HEADER, encoding="utf-8", delimiter=","):
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter)
    writer.writerow(header)
    for change in changes or ({},):
        row = {**ROW, **change}
        writer.writerow([row.get(name, "") for name in map(str.strip, HEADER)])
    return text.getvalue().encode(encoding)


def invoke(app, path, *wishes, kind="catalog", source="generic"):
    args = [kind, "import", str(path), "--source", source, "--as-of", "2026-01-01", "--json"]
    result = app.test_cli_runner().invoke(args=[*args, *wishes])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    db.session.remove()
    return result


def take_in(app, tmp_path, content, *wishes, **options):
    path = tmp_path / "courses.csv"
    path.write_bytes(content)
    result = invoke(app, path, *wishes, **options)
    return result.exit_code, json.loads(result.stdout)


def count(model):
    return db.session.scalar(select(func.count()).select_from(model))


MANY = table(*({"course_key": f"C-{number}"} for number in range(1_500)))
DICE = random.Random(20260101)
REFUSED = {
    "nothing": (b"", "table_empty"),
    "only a header": (table()[: table().index(b"\r\n")], "table_without_rows"),
    "a spreadsheet named .csv": (b"PK\x03\x04" + DICE.randbytes(4_000), "spreadsheet_broken"),
    "noise": (DICE.randbytes(4_000), "table_encoding_unknown"),
    "UTF-16 without a mark": (table(encoding="utf-16-le"), "table_encoding_unknown"),
    "half a character": (table(encoding="utf-16") + b"x", "table_encoding_unknown"),
    "a page": (b"<!DOCTYPE html><title>404</title>", "table_wrong_type"),
    "a column gone": (table(header=("x", *HEADER[1:])), "table_columns_missing"),
    "a column twice": (table(header=("title", *HEADER[1:])), "table_columns_duplicated"),
    "10 MB in a cell": (MANY + table({"description": "x" * 10_000_000}), "table_broken"),
    "a quotation mark never closed": (MANY + b'C-x,A-1,School,"Welding\r\n', "table_broken"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_read_to_its_end_is_refused_and_nothing_is_saved(app, tmp_path, name):
    content, code = REFUSED[name]
    exit_code, document = take_in(app, tmp_path, content)
    assert exit_code == 1
    assert code in {refusal["code"] for refusal in document["refused"]}
    assert (count(Course), count(Institution)) == (0, 0)


@pytest.mark.parametrize("place", ["absent.csv", "."])
def test_a_missing_file_or_a_folder_is_wrong_usage(app, tmp_path, place):
    assert invoke(app, tmp_path / place).exit_code == 2


@pytest.mark.parametrize(
    "content",
    [
        table(encoding="gb18030"),
        table(encoding="utf-16"),
        table(encoding="utf-8-sig"),
        table(header=[name.upper().replace("_", " ") for name in HEADER]),
        table(header=[f'"{name}"' for name in HEADER]),
        table(delimiter=";"),
        table(delimiter="\t"),
        table().replace(b"\r\n", b"\r"),
        table().replace(b"title", b"ti\x00tle"),
    ],
)
def test_the_same_list_in_another_dress_says_the_same(app, tmp_path, content):
    take_in(app, tmp_path, table())
    _exit_code, document = take_in(app, tmp_path, content)
    assert document["rows"] == document["courses"]["unchanged"] == 1


@pytest.mark.parametrize(
    ("fee", "listed_fee", "code"),
    [
        ("1200000", None, "fee_implausible"),
        ("12000000.00", None, "fee_too_high"),
        ("1200.00000", 120_000, None),
        ("1200.00400", 120_000, "amount_rounded"),
        ("$1,200.00", 120_000, "amount_repaired"),
        ("1.2e3", 120_000, "amount_unreadable"),
        ("NaN", 120_000, "fee_from_parts"),
        ("-1200", 120_000, "amount_negative"),
        ("9" * 400, 120_000, "amount_unreadable"),
    ],
)
def test_an_amount_is_mended_or_held_back_and_either_is_told(app, tmp_path, fee, listed_fee, code):
    make_school(app, tmp_path)
    _exit_code, document = take_in(app, tmp_path, table({"fee": fee}))
    told = {(problem["row"], problem["key"], problem["code"]) for problem in document["problems"]}
    assert code is None or (2, "C-1", code) in told
    found = search_courses(CourseQuery("welding"), PageRequest()).page.items
    assert [card.fee.fen for card in found] == ([listed_fee] if listed_fee else [])
    assert document["courses"]["quarantined"] == (0 if listed_fee else 1)


def test_every_row_is_added_changed_unchanged_withdrawn_or_left_out(app, tmp_path):
    rows = [
        {}, {}, {"title": "Other"}, {"course_key": ""}, {"course_key": "007"},
        {"course_key": "7"}, {"course_key": "7.0"}, {"course_key": "C-3", "hours": "1e9"},
        {"course_key": "C-4", "title": "", "fee": "", "fee_tuition": ""},
        {"course_key": "C-5", "institution_key": "", "institution_name": ""},
        {"course_key": "C-6", "title": "Wel\nding", "description": "a\r\nb\x00"},
    ]  # fmt: skip
    left_out = {"row_duplicated", "key_duplicated", "key_missing"}
    for turn in ("added", "unchanged"):
        exit_code, document = take_in(app, tmp_path, table(*rows))
        assert exit_code == 1
        out = {p["row"] for p in document["problems"] if p["code"] in left_out}
        assert out == {3, 4, 5, 8}
        counts = dict(document["courses"])
        assert counts.pop("quarantined") == 2
        assert counts.pop(turn) == document["rows"] - len(out) == 7
        assert set(counts.values()) == {0}


def test_an_unknown_institution_is_told_by_every_list_that_names_it(app, tmp_path):
    content = table({"institution_key": "ZZ", "institution_name": ""})
    for _turn in range(2):
        _exit_code, document = take_in(app, tmp_path, content)
        assert document["institutions"]["quarantined"] == 1
        assert "institution_unknown" in {problem["code"] for problem in document["problems"]}


def make_school(app, tmp_path, name="城南学校"):
    content = f"institution_key,name,status\nA-1,{name},approved\n".encode()
    return take_in(app, tmp_path, content, kind="institutions")


def test_courses_are_found_by_the_new_name_of_their_institution(app, tmp_path):
    make_school(app, tmp_path)
    take_in(app, tmp_path, table())
    make_school(app, tmp_path, name="海淀技师学院")
    hits = [
        search_courses(CourseQuery(word), PageRequest()).page.total for word in ("海淀", "城南")
    ]
    assert hits == [1, 0]


def test_one_bad_row_in_a_hundred_is_told_exactly_and_stops_the_rest_only_when_that_is_wished(
    app, tmp_path
):
    bad = {number: {"course_key": ""} for number in range(50, 1_100, 100)}  # both pieces of 1,000
    content = table(*(bad.get(n, {"course_key": f"C-{n}"}) for n in range(1_100)))
    _exit_code, document = take_in(app, tmp_path, content, "--all-or-nothing")
    assert document["refused"][0]["code"] == "import_has_problems"
    assert count(Course) == 0
    exit_code, document = take_in(app, tmp_path, content)
    told = [(p["row"], p["code"]) for p in document["problems"] if p["code"] == "key_missing"]
    assert told == [(number + 2, "key_missing") for number in bad]
    assert (exit_code, document["rows"], document["courses"]["added"]) == (1, 1_100, 1_089)
    assert count(Course) == 1_089


def test_a_broken_list_of_places_changes_none(app, tmp_path):
    for name in ("provinces", "cities", "areas"):
        (tmp_path / f"{name}.csv").write_text("code,name\n11,北京市\n", encoding="utf-8")
    (tmp_path / "streets.csv").write_text('code,name\n1,"x\n', encoding="utf-8")
    result = app.test_cli_runner().invoke(args=["jurisdictions", "import", str(tmp_path), "--json"])
    assert json.loads(result.stdout)["refused"][0]["code"] == "table_broken"
