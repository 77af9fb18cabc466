"""Outcomes taken in: edition after edition, nothing doubled, nothing made up."""

from __future__ import annotations

import csv
import json
import os
from datetime import date

import pytest
from sqlalchemy import func, select

from marketplace.catalog.models import TrainingOutcome
from marketplace.catalog.queries.outcomes import list_outcomes_of_course
from marketplace.foundation.db import db, write_transaction
from marketplace.institutions.models import Institution
from marketplace.institutions.queries import get_institution
from tests.factories.catalog import make_listed_course
from tests.factories.institutions import make_accredited_institution
from tests.kept import kept

COLUMNS = (
    "institution_key", "course_key", "field_code", "period", "started", "completed",
    "employed_q2", "employed_q2_of", "wage_q2", "wage_q2_of",
)  # fmt: skip


@pytest.fixture
@kept
def school(app, now):
    with write_transaction():
        course = make_listed_course(make_accredited_institution())
    return course, get_institution(course.institution_id)


def run(app, path, *, source="generic", as_of="2026-06-01"):
    result = app.test_cli_runner().invoke(
        args=["outcomes", "import", str(path), "--source", source, "--as-of", as_of, "--json"]
    )
    assert result.exit_code in (0, 1), result.output
    db.session.remove()
    return json.loads(result.stdout)


def write(tmp_path, *rows):
    path = tmp_path / "outcomes.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
    return path


def count():
    return db.session.scalar(select(func.count()).select_from(TrainingOutcome))


def test_rows_are_found_by_our_codes_and_a_second_import_changes_nothing(app, school, tmp_path):
    course, institution = school
    course_id, institution_id = course.id, institution.id
    base = {"institution_key": institution.code, "period": "2025", "employed_q2": "40",
            "employed_q2_of": "48"}  # fmt: skip
    path = write(tmp_path, {**base, "course_key": course.code}, {**base, "field_code": "51.0801"})
    document = run(app, path)
    assert {name: document[name] for name in ("rows", "added", "changed", "unchanged")} == {
        "rows": 2, "added": 2, "changed": 0, "unchanged": 0,
    }  # fmt: skip
    again = run(app, path)
    assert (again["added"], again["changed"], again["unchanged"]) == (0, 0, 2)
    of_course = list_outcomes_of_course(institution_id, course_id=course_id, field_code="51.0801")
    assert [row.course_id for row in of_course] == [course_id]
    by_field = list_outcomes_of_course(institution_id, course_id=-1, field_code="51.0801")
    assert [row.employed_q2 for row in by_field] == [40]


def test_a_newer_edition_changes_and_an_older_one_does_not(app, school, tmp_path):
    _course, institution = school
    row = {"institution_key": institution.code, "period": "2025", "employed_q2": "40",
           "employed_q2_of": "48"}  # fmt: skip
    run(app, write(tmp_path, row))
    newer = run(app, write(tmp_path, {**row, "employed_q2": "41"}), as_of="2026-07-01")
    assert newer["changed"] == 1
    older = run(app, write(tmp_path, {**row, "employed_q2": "1"}), as_of="2026-05-01")
    assert (older["unchanged"], [p["code"] for p in older["problems"]]) == (1, ["outcome_older"])
    kept = db.session.scalars(select(TrainingOutcome)).one()
    assert (kept.employed_q2, kept.as_of) == (41, date(2026, 7, 1))


def test_strangers_are_left_out_by_row_field_and_reason(app, school, tmp_path):
    _course, institution = school
    with write_transaction():
        foreign = make_listed_course()
    base = {"period": "2025", "employed_q2": "4", "employed_q2_of": "5"}
    document = run(
        app,
        write(
            tmp_path,
            {**base, "institution_key": "INS-NOBODY"},
            {**base, "institution_key": institution.code, "course_key": foreign.code},
            {**base, "institution_key": institution.code, "period": "soon"},
            {**base, "institution_key": institution.code},
            {**base, "institution_key": institution.code, "employed_q2": "3"},
        ),
    )
    problems = [(p["row"], p["field"], p["code"]) for p in document["problems"]]
    assert sorted(problems) == [
        (2, "institution", "outcome_institution_unknown"),
        (3, "course_key", "outcome_course_unknown"),
        (4, "period", "period_unreadable"),
        (6, "institution_key", "key_duplicated"),
    ]
    assert (document["rows"], document["added"], count()) == (5, 1, 1)


def test_an_administrator_can_ask_for_it(app, now):
    from marketplace.catalog.operations.import_requests import ImportOrder, check_files

    order = ImportOrder("outcomes", "generic", date(2026, 6, 1), False, "CNY")
    check_files(order, [("o.csv", b"institution_key,period\nA,2025\n")])


@pytest.mark.real_data
def test_new_jerseys_outcomes(app, now, shared_data):
    """Every row is taken in or named; hidden figures are empty, and never 0."""
    source = shared_data / "us_nj" / "outcomes_schcip_first300.csv"
    if not os.access(source, os.R_OK):
        pytest.skip("no outcomes beside the project")
    with source.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    with write_transaction():
        for key in sorted({row["providerid"] for row in rows}):
            institution = make_accredited_institution()
            institution.source, institution.source_key = "us-nj-providers", key
    document = run(app, source, source="us-nj-outcomes", as_of="2021-03-05")
    assert (document["rows"], document["added"], document["problems"]) == (300, 300, [])
    for quarter in (2, 4, 8):
        shown = [row for row in rows if float(row[f"PerEmployed{quarter}"]) >= 0]
        column = getattr(TrainingOutcome, f"employed_q{quarter}")
        wage = getattr(TrainingOutcome, f"wage_q{quarter}_fen")
        earners = getattr(TrainingOutcome, f"wage_q{quarter}_of")
        assert db.session.scalar(select(func.count(column))) == len(shown)
        expected = sum(
            round(float(row[f"PerEmployed{quarter}"]) * int(row[f"NumCompleted{quarter}"]))
            for row in shown
        )
        assert db.session.scalar(select(func.sum(column))) == expected
        assert db.session.scalar(select(func.count()).where(wage == 0)) == 0
        assert db.session.scalar(select(func.count(wage))) == db.session.scalar(
            select(func.count(earners))
        )
    assert db.session.scalar(select(func.count()).select_from(Institution)) > 40
    again = run(app, source, source="us-nj-outcomes", as_of="2021-03-05")
    assert (again["added"], again["changed"], again["unchanged"]) == (0, 0, 300)
