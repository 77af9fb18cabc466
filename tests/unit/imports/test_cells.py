"""Cells as dirty tables write them: mended and reported, or unknown and reported."""

from __future__ import annotations

from datetime import date

import pytest

from marketplace.imports.cells import (
    clean_key,
    clean_text,
    read_amount_fen,
    read_date,
    read_flag,
    read_integer,
)
from marketplace.imports.problems import ProblemList


def codes(problems: ProblemList) -> list[str]:
    return [problem.code for problem in problems.found]


@pytest.mark.parametrize(
    ("raw", "fen", "reported"),
    [
        ("4395", 439_500, []), ("4395.5", 439_550, []), ("4395.00000", 439_500, []),
        ("1,200.00", 120_000, ["amount_repaired"]), ("$1,200", 120_000, ["amount_repaired"]),
        ("¥ 5", 500, ["amount_repaired"]), ("1.23456", 123, ["amount_rounded"]),
        ("0.005", 1, ["amount_rounded"]), ("-1", None, ["amount_negative"]), ("", None, []),
        ("0", 0, []), ("N/A", None, []), ("1.200,00", None, ["amount_unreadable"]),
        ("12 and 5", None, ["amount_unreadable"]), ("1e9", None, ["amount_unreadable"]),
        ("999999999999", None, ["amount_unreadable"]),
        ("1200.5", 120_050, []), ("１２００", 120_000, ["amount_repaired"]),
        ("1.2万元", 1_200_000, ["amount_repaired"]), ("0.5万", 500_000, ["amount_repaired"]),
        ("１２００元整", 120_000, ["amount_repaired"]), ("万", None, ["amount_unreadable"]),
        ("0x10", None, ["amount_unreadable"]), ("Infinity", None, ["amount_unreadable"]),
    ],
)  # fmt: skip
def test_amounts(raw, fen, reported):
    problems = ProblemList(2)
    assert read_amount_fen(raw, "fee", problems) == fen
    assert codes(problems) == reported


@pytest.mark.parametrize(
    ("raw", "flag"),
    [("True", True), ("t", True), ("1", True), ("1.0", True), ("Y", True), ("False", False),
     ("f", False), ("2", False), ("", None), ("NULL", None)],
)  # fmt: skip
def test_flags(raw, flag):
    problems = ProblemList(2)
    assert read_flag(raw, "x", problems) is flag
    assert not problems.found


def test_a_flag_that_says_neither_is_reported():
    problems = ProblemList(2)
    assert read_flag("perhaps", "x", problems) is None
    assert codes(problems) == ["flag_unreadable"]


@pytest.mark.parametrize(
    ("raw", "found"),
    [
        ("6/30/2021 12:00:00 AM", date(2021, 6, 30)), ("2021-06-30 00:00:00", date(2021, 6, 30)),
        ("2021-06-30T00:00:00Z", date(2021, 6, 30)), ("20210630", date(2021, 6, 30)),
        ("2021年6月30日", date(2021, 6, 30)), ("7/18/2001 5:00:22 PM", date(2001, 7, 18)),
        ("1/2/99", date(1999, 1, 2)), ("30/6/2021", None), ("2021-02-30", None), ("soon", None),
        ("1753-01-01", None), ("12/31/9999", None),
    ],
)  # fmt: skip
def test_dates(raw, found):
    problems = ProblemList(2)
    assert read_date(raw, "d", problems) == found
    assert bool(problems.found) == (found is None)


def test_texts_lose_stray_quotation_marks_and_say_so():
    problems = ProblemList(2)
    assert clean_text('"Units 6, 7 & ""8"""', "x", problems) == 'Units 6, 7 & "8"'
    assert codes(problems) == ["text_cleaned"]
    assert clean_text(' "" ', "x", ProblemList(2)) is None
    assert clean_text("a\r\n\r\n\r\n b", "x", ProblemList(2), lines=True) == "a\n\nb"


def test_keys_and_numbers_lose_their_decimals():
    problems = ProblemList(2)
    assert clean_key("4608.0", "k", problems) == "4608"
    assert clean_key('"007"', "k", problems) == "007"
    assert read_integer("1,200.0", "h", problems) == 1200
    assert codes(problems) == ["id_repaired", "id_repaired", "number_repaired"]


@pytest.mark.parametrize(
    ("raw", "day", "reported"),
    [
        ("46093", date(2026, 3, 12), ["date_from_serial"]),
        ("46093.75", date(2026, 3, 12), ["date_from_serial"]),
        ("２０２６年３月１２日", date(2026, 3, 12), []),
        ("99999", None, ["date_unreadable"]),
    ],
)
def test_days_that_a_spreadsheet_turned_into_numbers(raw, day, reported):
    problems = ProblemList(2)
    assert read_date(raw, "until", problems) == day
    assert codes(problems) == reported


@pytest.mark.parametrize(("raw", "number"), [("40学时", 40), ("４０", 40), ("40 hours", 40)])
def test_hours_with_their_unit(raw, number):
    problems = ProblemList(2)
    assert read_integer(raw, "hours", problems) == number
    assert codes(problems) == ["number_repaired"]


def test_keys_in_full_width_letters_are_the_same_keys():
    problems = ProblemList(2)
    assert clean_key("Ａ－００１", "key", problems) == "A-001"
    assert codes(problems) == ["id_repaired"]
