"""`vacancies import`: the same file twice, mended rows, problems named."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import select

from marketplace.employers.models import Employer, Vacancy
from marketplace.foundation.db import db, write_transaction
from tests.factories.catalog import make_occupation

HEAD = (
    "vacancy_key,employer_key,employer_name,title,occupation_code,level,wage_min,wage_max,"
    "openings,valid_until,status,website\n"
)
FILE = (
    HEAD
    + 'V-1,E-1,鹤翔家政,养老护理员,4-10-01-05,5,4500,6000,3,2027-06-30,,"https://example.org"\n'
    + "V-2,E-1,鹤翔家政,月嫂,4-10-01-99,五级,8000,6000,0,,,javascript:alert(1)\n"
    + "V-3,,无名单位,电工,,,,,,,,\n"
    + "V-4,E-2,=cmd|1,保安,,9,面议,,二十,2027-13-01,,\n"
    + "V-1,E-1,鹤翔家政,护理员,,,,,,,,\n"
)


@pytest.fixture
def run(app, now, tmp_path):
    with write_transaction():
        make_occupation("4-10-01-05", title="养老护理员")
    path = tmp_path / "vacancies.csv"

    def run(text: str, *more: str):
        path.write_text(text, encoding="utf-8")
        db.session.remove()
        answer = app.test_cli_runner().invoke(
            args=["vacancies", "import", str(path), "--json", *more]
        )
        assert answer.exception is None or isinstance(answer.exception, SystemExit), answer.output
        return answer.exit_code, json.loads(answer.stdout.splitlines()[-1])

    return run


def test_every_row_is_taken_in_or_named(run):
    code, document = run(FILE)
    counts = {name: document[name] for name in ("rows", "added", "changed", "unchanged")}
    assert (code, counts) == (1, {"rows": 5, "added": 3, "changed": 0, "unchanged": 0})
    problems = {(found["row"], found["code"]) for found in document["problems"]}
    assert {
        (3, "vacancy_wages_swapped"),
        (3, "vacancy_openings_odd"),
        (3, "directory_occupation_dropped"),
        (4, "value_missing"),
        (5, "level_unreadable"),
        (5, "amount_unreadable"),
        (5, "number_unreadable"),
        (5, "date_unreadable"),
        (6, "key_duplicated"),
    } <= problems
    rows = {row.source_key: row for row in db.session.scalars(select(Vacancy))}
    assert sorted(rows) == ["V-1", "V-2", "V-4"]
    assert (rows["V-2"].wage_fen_min, rows["V-2"].wage_fen_max) == (600_000, 800_000)
    assert (rows["V-2"].openings, rows["V-2"].occupation_id, rows["V-2"].level) == (1, None, 5)
    names = {row.source_key: row.website for row in db.session.scalars(select(Employer))}
    assert names == {"E-1": None, "E-2": None}, "the last row counts, and only web addresses do"


def test_the_same_again_changes_nothing_and_a_closing_closes(run):
    clean = HEAD + "V-1,E-1,鹤翔家政,养老护理员,4-10-01-05,5,4500,6000,3,2027-06-30,,\n"
    assert run(clean)[0] == 0
    code, document = run(clean)
    assert (code, document["unchanged"], document["added"]) == (0, 1, 0)
    code, document = run(clean.replace("30,,", "30,retired,"))
    assert (code, document["changed"]) == (0, 1)
    (vacancy,) = db.session.scalars(select(Vacancy))
    assert vacancy.state == "closed"
    code, document = run(clean, "--as-of", "2026-01-01")
    assert [found["code"] for found in document["problems"]] == ["directory_older"]
    assert code == 1


def test_a_file_without_the_columns_is_refused_whole(run):
    code, document = run("title,employer_name\n电工,鹤翔家政\n")
    assert code == 1
    assert [reason["code"] for reason in document["refused"]] == ["table_columns_missing"]
    assert db.session.scalars(select(Vacancy)).all() == []
