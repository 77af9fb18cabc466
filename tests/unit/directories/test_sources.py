"""Files of registers and lists: what is mended, what is left out and why."""

from __future__ import annotations

from datetime import date

import pytest

from marketplace.directories.sources import facts as cells
from marketplace.directories.sources.registers import ASSESSOR_FORMATS, QUALIFICATION_FORMATS
from marketplace.directories.sources.shortage import read_shortage_rows
from marketplace.directories.states import QualificationKind
from marketplace.imports.problems import ProblemList
from marketplace.imports.reading import read_rows


def rows_of(tmp_path, text, formats, source="generic"):
    path = tmp_path / "file.csv"
    path.write_text(text, encoding="utf-8")
    return [row for row in read_rows(path, formats[source]) if row.is_row]


def shortage_rows(tmp_path, text, source="generic"):
    path = tmp_path / "file.csv"
    path.write_text(text, encoding="utf-8")
    return [row for row in read_shortage_rows(path, source) if row.is_row]


def codes(row):
    return [problem.code for problem in row.problems]


@pytest.mark.parametrize(
    ("raw", "day"),
    [
        ("28-JAN-20", date(2020, 1, 28)),
        ("1-dec-1999", date(1999, 12, 1)),
        ("27-DEC-71", date(1971, 12, 27)),
        ("2020-01-28", date(2020, 1, 28)),
        ("31-FEB-20", None),
        ("28-XXX-20", None),
        ("", None),
    ],
)
def test_days_of_older_databases_are_read(raw, day):
    assert cells.read_oracle_day(raw, "deleted", ProblemList(2)) == day


@pytest.mark.parametrize(
    ("raw", "pairs"),
    [
        ("6-31-01-03:5,4; 4-10", (("6-31-01-03", 5), ("6-31-01-03", 4), ("4-10", None))),
        ("6-31：3；*", (("6-31", 3), (None, None))),
        ("6-31:9", None),
        ("电工:5", None),
        ("; ;", None),
    ],
)
def test_a_scope_is_codes_with_levels(raw, pairs):
    assert cells.read_scope(raw, ProblemList(2)) == pairs


def test_an_assessor_row_with_a_wrong_code_is_left_out(tmp_path):
    good, wrong, unnamed = rows_of(
        tmp_path,
        "assessor_key,name,uscc,scope,valid_from,valid_until,status\n"
        "1,甲,,6-31,2026-01-01,2026-12-31,\n"
        "2,乙,123,6-31,,,\n"
        "3,,,6-31,2026-02-01,2026-01-01,gone\n",
        ASSESSOR_FORMATS,
    )
    assert good.facts.valid_until == date(2026, 12, 31) and good.facts.is_listed
    assert wrong.facts is None and codes(wrong) == ["directory_uscc_wrong"]
    assert unnamed.facts is None
    assert codes(unnamed) == [
        "directory_unnamed",
        "directory_dates_swapped",
        "directory_status_unknown",
    ]


def test_kinds_and_levels_of_qualifications(tmp_path):
    chinese, english, wrong = rows_of(
        tmp_path,
        "qualification_key,name,kind,level,status\n"
        "1,焊工（五级）,职业技能等级,5.0,\n2,x,License,9,retired\n3,y,dream,,\n",
        QUALIFICATION_FORMATS,
    )
    assert (chinese.facts.kind, chinese.facts.level) == (QualificationKind.SKILL_LEVEL, 5)
    assert english.facts.level is None and not english.facts.is_listed
    assert codes(english) == ["directory_level_wrong"]
    assert wrong.facts is None and codes(wrong) == ["directory_kind_unknown"]


def test_a_licence_table_gives_occupations_and_ends(tmp_path):
    kept, gone, strange = rows_of(
        tmp_path,
        "ID,NAME,CODE,DATECREATED,DATELASTMODIFIED,ISDELETED,DATEDELETED\n"
        "816,CPA,13-2011.00,,,0,\n804,ARCHITECT,17-1011.00,,,1,28-JAN-20\n9,X,n/a,,,0,\n",
        QUALIFICATION_FORMATS,
        "us-nj-licenses",
    )
    assert kept.facts.occupation_code == "13-2011" and kept.facts.is_listed
    assert not gone.facts.is_listed and gone.facts.ended_on == date(2020, 1, 28)
    assert strange.facts.occupation_code is None


def test_one_occupation_may_stand_once_for_each_place(tmp_path):
    first, second, same, other = shortage_rows(
        tmp_path,
        "occupation_code,kind,jurisdiction_code,uplift_percent\n"
        "6-31,add,220800,10%\n6-31,除外,220822,\n6-31,add,220800,10%\n6-31,add,220800,20\n",
    )
    assert first.facts.uplift_percent == 10 and second.facts.kind == "except"
    assert same.facts is None and codes(same) == ["row_duplicated"]
    assert other.facts is None and codes(other) == ["key_duplicated"]


def test_what_an_entry_cannot_mean_is_said(tmp_path):
    unkeyed, unknown, odd = shortage_rows(
        tmp_path, "occupation_code,kind,uplift_percent\n,add,\n6-31,maybe,\n6-32,,1000\n"
    )
    assert codes(unkeyed) == ["key_missing"] and codes(unknown) == ["shortage_kind_unknown"]
    assert odd.facts.uplift_percent is None and codes(odd) == ["shortage_uplift_wrong"]


def test_a_local_exception_names_its_county(tmp_path):
    named, nowhere = shortage_rows(
        tmp_path,
        "SOC,OCCUPATION,COUNTY,CIP,CIPDESCRIPTION\n29-2053,Technicians,ATLANTIC,51,x\n47-1,Y,,,\n",
        "us-nj-local-exceptions",
    )
    assert named.facts.place == "ATLANTIC"
    assert nowhere.facts is None and codes(nowhere) == ["value_missing"]
