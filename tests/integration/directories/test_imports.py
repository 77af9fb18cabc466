"""Registers and lists taken in from files: once is enough, every problem is named."""

from __future__ import annotations

import json
from datetime import date

import pytest
from sqlalchemy import func, select

from marketplace.catalog.models import ShortageEdition
from marketplace.directories.models import AssessorVersion, QualificationVersion
from marketplace.directories.queries.all_directories import get_directory
from marketplace.directories.queries.listings import ALL, DirectoryQuery, list_directory
from marketplace.foundation.db import db, write_transaction
from marketplace.foundation.paging import PageRequest
from tests.factories.catalog import make_occupation
from tests.factories.funds import make_place
from tests.factories.institutions import make_uscc
from tests.kept import kept


@pytest.fixture
def run(app, tmp_path):
    """A command on a file of these rows; its document and exit code."""

    def call(group, text, *options):
        path = tmp_path / "file.csv"
        path.write_text(text, encoding="utf-8")
        group, *argument = group.split()
        result = app.test_cli_runner().invoke(
            args=[group, "import", *argument, str(path), *options, "--json"]
        )
        assert result.exit_code in (0, 1), result.output
        db.session.remove()
        return json.loads(result.stdout)

    return call


@pytest.fixture
@kept
def known(app, now):
    with write_transaction():
        place = make_place("220822", "通榆县", above="220800")
        make_occupation("6-31-01-03", title="电工")
        make_occupation("6-18-02-04", title="焊工")
    return place


def rows(name, on, **asked):
    _name, directory = get_directory(name)
    return list_directory(directory, DirectoryQuery(on, **asked), PageRequest(1, 50)).items


def counts(document):
    return {name: document[name] for name in ("added", "changed", "unchanged", "retired")}


def codes(document):
    return {(problem["row"], problem["code"]) for problem in document["problems"]}


ASSESSORS = "assessor_key,name,uscc,jurisdiction_code,scope,status\n"
FIRST = ("--source", "generic", "--as-of", "2026-01-01")
SECOND = ("--source", "generic", "--as-of", "2026-06-01")


def test_assessors_are_taken_in_once_and_change_on_their_day(run, known):
    row = f'1,评价站,{make_uscc()},220822,"6-31-01-03:5,4",\n'
    assert counts(run("directories assessors", ASSESSORS + row, *FIRST))["added"] == 1
    assert counts(run("directories assessors", ASSESSORS + row, *FIRST))["unchanged"] == 1
    ended = row.replace(",\n", ",retired\n")
    assert counts(run("directories assessors", ASSESSORS + ended, *SECOND))["retired"] == 1
    assert db.session.scalar(select(func.count()).select_from(AssessorVersion)) == 2
    assert rows("assessors", date(2026, 5, 31))[0]["scope"] == "6-31-01-03:5,4"
    assert rows("assessors", date(2026, 6, 1)) == rows("assessors", date(2025, 12, 31)) == []


def test_rows_that_cannot_be_meant_are_left_out_by_name(run, known):
    uscc = make_uscc()
    text = ASSESSORS + (
        f"1,甲,{uscc},,6-31-01-03,\n2,乙,{uscc},,6-31-01-03,\n3,丙,,999999,9-9,\n4,,,,6-31-01-03,\n"
    )
    document = run("directories assessors", text, *FIRST)
    assert document["rows"] == 4 and counts(document)["added"] == 1
    assert codes(document) == {
        (2 + 1, "directory_uscc_double"),
        (4, "directory_place_unknown"),
        (4, "directory_occupation_unknown"),
        (5, "directory_unnamed"),
    }


def test_an_older_file_does_not_rewrite_what_came_later(run, known):
    head = "qualification_key,name,kind,occupation_code,level\n"
    run("directories qualifications", head + "1,电工五级,skill_level,6-31-01-03,5\n", *SECOND)
    document = run("directories qualifications", head + "1,旧名,skill_level,,5\n", *FIRST)
    assert codes(document) == {(2, "directory_older")} and not any(counts(document).values())
    assert db.session.scalar(select(func.count()).select_from(QualificationVersion)) == 1


def test_a_licence_table_keeps_what_was_deleted_as_retired(run, known):
    text = (
        "ID,NAME,CODE,DATECREATED,DATELASTMODIFIED,ISDELETED,DATEDELETED\n"
        "1,ELECTRICIAN,6-31.00,,,0,\n2,FARRIER,,,,1,28-JAN-20\n"
    )
    options = ("--source", "us-nj-licenses", "--as-of", "2026-01-01")
    assert counts(run("directories qualifications", text, *options))["added"] == 2
    assert [row["name"] for row in rows("qualifications", date(2026, 1, 1))] == ["ELECTRICIAN"]
    found = rows("qualifications", date(2026, 1, 1), state=ALL, text="farrier")
    assert [(row["state"], row["valid_until"]) for row in found] == [("retired", date(2020, 1, 28))]


LIST = "occupation_code,kind,jurisdiction_code,uplift_percent\n"


def in_demand(on):
    return {
        (row["occupation"], row["jurisdiction_code"], row["state"]) for row in rows("in-demand", on)
    }


def test_an_edition_is_in_force_from_its_day_and_the_next_one_ends_it(run, known):
    first = LIST + "6-31-01-03,,,10\n6-18-02-04,add,220822,\n"
    place = ("--jurisdiction", "220000")
    assert counts(run("shortage", first, *FIRST, *place))["added"] == 2
    again = run("shortage", first, *FIRST, *place)
    assert counts(again) == {"added": 0, "changed": 0, "unchanged": 2, "retired": 0}
    second = LIST + "6-31-01-03,,,20\n6-31-01-03,except,220822,\n"
    assert counts(run("shortage", second, *SECOND, *place)) == {
        "added": 1, "changed": 1, "unchanged": 0, "retired": 1
    }  # fmt: skip
    assert in_demand(date(2026, 5, 31)) == {("电工", "220000", "add"), ("焊工", "220822", "add")}
    assert in_demand(date(2026, 6, 1)) == {("电工", "220000", "add"), ("电工", "220822", "except")}
    assert db.session.scalar(select(func.count()).select_from(ShortageEdition)) == 2


def test_history_may_be_added_before_but_not_slipped_in_between(run, known):
    text = [LIST + f"6-31-01-03,,,{percent}\n" for percent in (10, 20, 30)]
    run("shortage", text[0], "--source", "generic", "--as-of", "2026-03-01")
    run("shortage", text[1], *SECOND)
    assert counts(run("shortage", text[2], *FIRST))["added"] == 1
    slipped = run("shortage", text[2], "--source", "generic", "--as-of", "2026-04-01")
    assert [reason["code"] for reason in slipped["refused"]] == ["shortage_in_force_before"]
    uplifts = [
        [row["uplift_percent"] for row in rows("in-demand", day)]
        for day in (date(2026, 2, 28), date(2026, 3, 1), date(2026, 6, 1))
    ]
    assert uplifts == [[30], [10], [20]]


def test_codes_are_found_by_title_and_counties_by_name(run, known):
    with write_transaction():
        make_occupation("49-9071", title="Maintenance Workers", classification="soc-2018")
        make_place("340001", "Atlantic County", above="340000")
    text = (
        "SOC,OCCUPATION,COUNTY,CIP,CIPDESCRIPTION\n"
        "49-9042,Maintenance Workers,ATLANTIC,46.0401,x\n49-9071,,HUDSON,46,x\n1-1,Y,ATLANTIC,4,x\n"
    )
    options = ("--source", "us-nj-local-exceptions", "--as-of", "2020-07-01")
    document = run("shortage", text, *options, "--jurisdiction", "340000")
    assert counts(document)["added"] == 1
    assert codes(document) == {
        (2, "directory_occupation_by_title"),
        (3, "shortage_place_unknown"),
        (4, "directory_occupation_unknown"),
    }
    (row,) = rows("in-demand", date(2026, 1, 1))
    assert (row["tier"], row["jurisdiction_code"]) == ("local", "340001")


def test_a_list_of_nothing_known_is_no_list(run, known):
    document = run("shortage", LIST + "0-0,,,\n", *FIRST)
    assert not any(counts(document).values()) and len(document["problems"]) == 1
    assert db.session.scalar(select(func.count()).select_from(ShortageEdition)) == 0


def test_a_directory_is_written_to_stdout(app, run, known):
    run("shortage", LIST + "6-31-01-03,,,10\n", *FIRST)
    result = app.test_cli_runner().invoke(
        args=["directories", "export", "in-demand", "--format", "json", "--on", "2026-01-01"]
    )
    document = json.loads(result.stdout)
    assert document["on"] == "2026-01-01" and document["results"][0]["occupation"] == "电工"


@pytest.mark.real_data
def test_the_real_lists_are_taken_in(app, now, shared_data):
    folder, runner = shared_data / "us_nj", app.test_cli_runner()

    def call(*arguments):
        result = runner.invoke(args=[*map(str, arguments), "--json"])
        db.session.remove()
        return json.loads(result.stdout)

    occupations = folder / "soc2018_definitions.csv"
    call("occupations", "import", occupations, "--classification", "soc-2018")
    source = ("--source", "us-nj-socs", "--as-of", "2020-07-01")
    document = call("shortage", "import", folder / "in_demand_socs.csv", *source)
    assert document["added"] > 90 and document["rows"] == 109
    assert len(document["problems"]) >= 109 - document["added"]
    licences = folder / "TBLLICENSE_DATA_TABLE.csv"
    source = ("--source", "us-nj-licenses", "--as-of", "2021-03-01")
    document = call("directories", "import", "qualifications", licences, *source)
    assert document["added"] == document["rows"]
