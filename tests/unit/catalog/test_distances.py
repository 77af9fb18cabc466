"""Distances as the crow flies."""

from __future__ import annotations

import pytest

from marketplace.catalog.distances import (
    FAR,
    centre_of,
    metres_between,
    nearest_metres,
    own_position,
)

BEIJING, SHANGHAI = (39.9042, 116.4074), (31.2304, 121.4737)


def test_a_known_distance_is_right_to_a_thousandth():
    assert metres_between(BEIJING, SHANGHAI) == pytest.approx(1_067_300, rel=1e-3)
    assert metres_between(SHANGHAI, BEIJING) == metres_between(BEIJING, SHANGHAI)


def test_a_degree_of_latitude_is_a_degree_of_latitude_and_across_the_date_line_too():
    assert metres_between((0, 0), (1, 0)) == pytest.approx(111_195, abs=2)
    assert metres_between((0, 179.5), (0, -179.5)) == pytest.approx(111_195, abs=2)


def test_opposite_points_and_the_same_point_have_a_distance():
    assert metres_between((0, 0), (0, 180)) == pytest.approx(20_015_115, abs=5)
    assert metres_between((90, 0), (-90, 123)) == pytest.approx(20_015_115, abs=5)
    assert metres_between(BEIJING, BEIJING) == 0


def test_the_nearest_counts_and_no_point_is_far():
    assert nearest_metres((0, 0), [(5, 5), (0, 1), (9, 9)]) == metres_between((0, 0), (0, 1))
    assert nearest_metres((0, 0), []) == FAR


def test_the_middle_of_points_lies_between_them():
    assert centre_of([(10, 20)]) == pytest.approx((10, 20))
    assert centre_of([(10, 20), (12, 20)]) == pytest.approx((11, 20))
    assert abs(centre_of([(0, 179), (0, -179)])[1]) == pytest.approx(180)


def test_a_position_is_rounded_so_that_an_address_does_not_tell_a_home():
    assert own_position("23.129163,113.264435").value == "23.13,113.26"
    assert own_position(" -0.001,-0.004 ").value == "0.00,0.00"


@pytest.mark.parametrize(
    "text",
    ["", "23", "23,", "23;113", "91,0", "0,181", "nan,nan", "1e5,2", "２３,１１３", "23.1,113.2,5",
     "--1,2", "990100"],
)  # fmt: skip
def test_what_lies_on_no_globe_is_no_position(text):
    assert own_position(text) is None
