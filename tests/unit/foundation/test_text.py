"""Numbers that point at a person do not stay in free text."""

from __future__ import annotations

import pytest

from marketplace.foundation.text import cut_personal_numbers, tidy, words


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("身份证990101199005170015重复", "身份证****15重复"),
        ("99010119900517001X", "****1X"),
        ("990101 1990 0517 0015", "****15"),
        ("990101-19900517-001x.", "****1x."),
        ("old ID 990101900517001", "old ID ****01"),
        ("９９０１０１199005170015", "****15"),
        ("致电13800138000核实", "致电****00核实"),
        ("138 0013 8000, 139-0013-9001", "****00, ****01"),
        ("+86 138 0013 8002", "****02"),
        ("0436-3250001", "****01"),
        ("card 6222 0202 0001 2345 678", "card ****78"),
        ("card 6222-0202-0001-2345", "card ****45"),
        ("to 6222020200012345678 instead", "to ****78 instead"),
    ],
)
def test_numbers_of_people_are_cut(written, kept):
    assert cut_personal_numbers(written) == kept


@pytest.mark.parametrize(
    "written",
    [
        "",
        "2026-11-22 15:14 to 2026-11-30 08:00",
        "2026.11.22 2026.11.30",
        "paid 1234567.89 for 12 lessons",
        "12,345,678,901",
        "吉人社联〔2020〕59号, county 220802, village 220802001001",
        "class CR-7M3K9PQ2XV, occupation 4-10-01-02",
        "SHA 138001380001",
    ],
)
def test_days_amounts_places_and_codes_stay(written):
    assert cut_personal_numbers(written) == written


@pytest.mark.parametrize("number", ["990101199005170015", "13800138000", "6222020200012345678"])
def test_cutting_twice_changes_nothing(number):
    once = cut_personal_numbers(f"see {number}")
    assert number not in once
    assert cut_personal_numbers(once) == once


def test_no_word_is_longer_than_an_index_takes():
    found = words("x" * 5_000 + " c++ " + "#" * 50)
    assert max(map(len, found)) == 64
    assert "c++" in found


def test_halves_of_characters_are_tidied_away():
    assert tidy("a\udcffb") == "ab"
