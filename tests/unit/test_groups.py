"""Tests that share something go to one worker; all others go wherever there is room."""

from __future__ import annotations

from tests.groups import group_of

FORMS = "tests/web/test_hostile_input.py::test_forms_refuse_whatever_is_typed"


def test_the_demo_world_and_all_that_is_told_in_it_share_a_worker():
    told = "tests/journeys/test_month_closed.py::test_a_month_of_the_city"
    looked_at = "tests/integration/demo/test_small_world.py::test_it_has_a_past[postgresql]"
    assert group_of(told) == group_of(looked_at) != group_of("tests/meta/test_style.py::test_it")


def test_the_forms_of_a_person_are_found_once_for_both_engines():
    assert group_of(f"{FORMS}[sqlite-guest]") == group_of(f"{FORMS}[postgresql-guest]")
    assert group_of(f"{FORMS}[guest-sqlite]") != group_of(f"{FORMS}[staff of A-sqlite]")


def test_any_other_test_goes_alone():
    first, second = (f"tests/web/test_site.py::test_a_page[{n}]" for n in ("sqlite", "postgresql"))
    assert group_of(first) == first != group_of(second)
