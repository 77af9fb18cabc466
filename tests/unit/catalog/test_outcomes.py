"""Reading figures of outcomes: what is hidden stays hidden, what is impossible is reported."""

from __future__ import annotations

from datetime import date

import pytest

from marketplace.catalog.sources import generic_outcomes, us_nj_outcomes
from marketplace.catalog.sources.outcomes import FigureReader, read_period
from marketplace.catalog.states import WageKind
from marketplace.imports.problems import ProblemList

NJ = {
    "providerid": "64", "cipcode": "510801",
    "peremployed2": "0.833333333333333", "numcompleted2": "12",
    "avgquarterlywage2": "4607", "numusedwagecalc2": "10",
    "peremployed4": "-99999", "numcompleted4": "4",
    "avgquarterlywage4": "-99999", "numusedwagecalc4": "3",
    "peremployed8": "0", "numcompleted8": "10",
    "avgquarterlywage8": "-99999", "numusedwagecalc8": "0",
}  # fmt: skip
OWN = {
    "institution_key": "A-001", "period": "2025", "started": "60", "completed": "50",
    "employed_q2": "40", "employed_q2_of": "48", "wage_q2": "4200.50", "wage_q2_of": "40",
}  # fmt: skip


def read_nj(**changes):
    problems = ProblemList(2, "64|510801")
    return us_nj_outcomes.read_outcome({**NJ, **changes}, problems), codes(problems)


def read_own(**changes):
    problems = ProblemList(2, "A-001")
    row = generic_outcomes.read_outcome({**OWN, **changes}, problems, currency="CNY")
    return row, codes(problems)


def codes(problems):
    return [problem.code for problem in problems.found]


class TestNewJersey:
    def test_proportions_become_people_and_averages_keep_their_kind(self):
        row, problems = read_nj()
        assert problems == []
        assert row.employed[2] == (10, 12)
        assert row.wages[2] == (460_700, 10)
        assert (row.wage_kind, row.wage_months, row.currency) == (WageKind.AVERAGE, 3, "USD")
        assert row.field_code == "51.0801"

    def test_a_hidden_proportion_is_not_worked_out_from_the_earners(self):
        row, _problems = read_nj()
        assert row.employed[4] == (None, 4)
        assert row.wages[4] == (None, None), "three earners would give the hidden share away"
        assert row.hidden == 3

    def test_a_published_zero_is_a_zero(self):
        row, _problems = read_nj()
        assert row.employed[8] == (0, 10)

    @pytest.mark.parametrize("mark", ["-99999.0", "-9.9999E4", "*", "<5", "suppressed", "n<10"])
    def test_every_way_of_hiding_is_understood(self, mark):
        row, problems = read_nj(peremployed2=mark)
        assert (row.employed[2], problems) == ((None, 12), [])

    @pytest.mark.parametrize("nothing", ["", " ", "NULL", "n/a", "NaN"])
    def test_nothing_is_not_given_and_not_hidden(self, nothing):
        row, problems = read_nj(peremployed2=nothing)
        assert (row.employed[2], row.hidden, problems) == ((None, 12), 3, [])

    @pytest.mark.parametrize(
        ("changes", "problem"),
        [
            ({"peremployed2": "83.3"}, "proportion_unreadable"),
            ({"peremployed2": "-0.2"}, "figure_negative"),
            ({"peremployed2": "many"}, "number_unreadable"),
            ({"peremployed2": "1e999999999"}, "number_unreadable"),
            ({"peremployed2": "Infinity"}, "number_unreadable"),
            ({"peremployed2": "0.55"}, "proportion_unfit"),
            ({"numcompleted2": "0"}, "figure_without_base"),
            ({"numcompleted2": ""}, "figure_without_base"),
        ],
    )
    def test_what_cannot_be_is_reported_and_left_out(self, changes, problem):
        row, problems = read_nj(**changes)
        assert problems == [problem]
        assert row.employed[2][0] is None

    def test_a_fraction_of_a_person_is_reported(self):
        row, problems = read_nj(numcompleted2="12.5")
        assert problems == ["people_not_whole", "figure_without_base"]
        assert row.employed[2] == (None, None)

    def test_rounded_proportions_find_their_people(self):
        row, problems = read_nj(peremployed2="83%")
        assert (row.employed[2], problems) == ((10, 12), [])

    @pytest.mark.parametrize(
        ("raw", "code"), [("11103", "01.1103"), ("1.1103", "01.1103"), ("999999", None)]
    )
    def test_the_field_of_study_has_one_spelling(self, raw, code):
        row, problems = read_nj(cipcode=raw)
        assert (row.field_code, problems) == (code, [])

    def test_a_row_without_a_field_is_rejected(self):
        row, problems = read_nj(cipcode="welding")
        assert (row, problems) == (None, ["value_missing"])


class TestOurOwn:
    def test_a_whole_row(self):
        row, problems = read_own()
        assert problems == []
        assert (row.started, row.completed, row.employed[2]) == (60, 50, (40, 48))
        assert (row.wages[2], row.wage_kind, row.currency) == (
            (420_050, 40), WageKind.MEDIAN, "CNY",
        )  # fmt: skip
        assert (row.period, row.period_ends_on) == ("2025", date(2025, 12, 31))

    @pytest.mark.parametrize(
        ("changes", "problem"),
        [
            ({"completed": "61"}, "more_than_all"),
            ({"employed_q2": "49"}, "more_than_all"),
            ({"employed_q2_of": ""}, "figure_without_base"),
            ({"wage_kind": "guess"}, "wage_kind_unreadable"),
            ({"started": "99999999999"}, "figure_too_large"),
            ({"period": "last year"}, "period_unreadable"),
        ],
    )
    def test_contradictions_are_reported(self, changes, problem):
        _row, problems = read_own(**changes)
        assert problems == [problem]

    def test_a_row_without_wages_has_no_kind_of_wage(self):
        row, _problems = read_own(wage_q2="*")
        assert (row.wage_kind, row.wages[2], row.hidden) == (None, (None, None), 1)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("2025", ("2025", date(2025, 12, 31))),
        ("2025.0", ("2025", date(2025, 12, 31))),
        ("2025年", ("2025", date(2025, 12, 31))),
        ("2025h1", ("2025H1", date(2025, 6, 30))),
        ("2025-Q3", ("2025Q3", date(2025, 9, 30))),
        ("2025 q1", ("2025Q1", date(2025, 3, 31))),
        ("2025H3", None),
        ("25", None),
        ("0000", None),
        ("", None),
    ],
)
def test_periods_have_one_spelling_and_an_end(raw, expected):
    assert read_period(raw, "period", ProblemList(1)) == expected


@pytest.mark.parametrize("raw", ["1,200", "1200", "1200.0", '"1200"', "$1,200.00"])
def test_numbers_of_people_in_their_disguises(raw):
    problems = ProblemList(1)
    assert FigureReader(problems).people(raw, "x") == 1200
    assert not problems.found
