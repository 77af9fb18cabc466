"""Which outcomes count for employment, and from how many learners results are shown."""

from __future__ import annotations

from datetime import date

from marketplace.ratings.rules import OutcomeFacts, employment_counts, in_pieces, published
from marketplace.standing.rules.formula import Counts

ON, FROM = date(2026, 11, 20), date(2023, 11, 20)


def row(k, n, **changes):
    values = {
        "source": "generic", "as_of": date(2026, 6, 1), "is_of_course": False,
        "field_code": None, "period_ends_on": date(2025, 12, 31), "employed": {2: (k, n)},
    }  # fmt: skip
    return OutcomeFacts(**{**values, **changes})


def count(*rows, quarter=2):
    return employment_counts(rows, quarter=quarter, window_from=FROM, on=ON)


def test_fields_of_one_edition_are_added_up():
    assert count(row(4, 5), row(6, 10)) == Counts(10, 15)


def test_a_hidden_figure_adds_neither_to_the_good_results_nor_to_the_learners():
    assert count(row(4, 5), row(None, 4)) == Counts(4, 5)
    assert count(row(None, 4)) == Counts(0, 0)


def test_an_older_edition_and_one_yet_to_come_do_not_count():
    older, future = row(0, 50, as_of=date(2026, 1, 1)), row(9, 9, as_of=date(2026, 12, 1))
    assert count(row(4, 5), older, future) == Counts(4, 5)


def test_two_sources_are_not_mixed():
    assert count(row(4, 5), row(1, 9, source="us-nj-outcomes")) == Counts(1, 9)


def test_nobody_is_counted_by_course_and_by_field():
    assert count(row(4, 5, is_of_course=True), row(6, 10)) == Counts(6, 10)
    assert count(row(4, 5, is_of_course=True), row(3, 4, is_of_course=True)) == Counts(7, 9)


def test_periods_outside_the_window_do_not_count_and_endless_ones_do():
    assert count(row(4, 5, period_ends_on=date(2022, 12, 31))) == Counts(0, 0)
    assert count(row(4, 5, period_ends_on=None)) == Counts(4, 5)


def test_another_quarter_is_another_figure():
    assert count(row(4, 5), quarter=4) == Counts(0, 0)


def test_small_groups_are_not_published():
    assert published(Counts(4, 4), n_min=5) is None
    assert published(Counts(0, 5), n_min=5) == Counts(0, 5)
    assert published(Counts(0, 0), n_min=0) is None


def test_pieces_hold_everybody_once():
    assert in_pieces([1, 2, 3, 4, 5], 2) == [[1, 2], [3, 4], [5]]
