"""Courses near a place: only where coordinates are known, and the counts agree."""

from __future__ import annotations

from dataclasses import replace

import pytest

from marketplace.catalog.distances import own_position
from marketplace.catalog.queries.search import CourseQuery, CourseSort, search_courses
from marketplace.catalog.queries.search_distance import find_origin, known_origins
from marketplace.catalog.queries.search_snapshot import present_snapshot
from marketplace.catalog.states import CourseMode
from marketplace.foundation.db import write_transaction
from marketplace.foundation.paging import PageRequest
from marketplace.teaching.operations import register_site, revise_site
from marketplace.teaching.rules import SitePlan
from tests.factories.catalog import make_listed_course, make_open_course_run
from tests.factories.institutions import make_accredited_institution
from tests.factories.people import make_jurisdiction
from tests.factories.standing import make_rating
from tests.kept import kept

HOME = own_position("30.00,110.00")
ALL = PageRequest(1, 50)


def at(latitude: float | None, name: str = "本部") -> SitePlan:
    return SitePlan(name, "中山路 1 号", latitude, None if latitude is None else 110.0)


def search(**wanted):
    return search_courses(CourseQuery(**wanted), ALL, with_facets=True)


def titles(**wanted) -> list[str]:
    return [card.title for card in search(**wanted).page.items]


@pytest.fixture
@kept
def sites(app, now):
    """Schools 3, 20 and 60 km north of home, one that is not on the map."""
    with write_transaction():
        county = make_jurisdiction(
            "990101",
            name="东区",
            parent=make_jurisdiction("990100", name="市", parent=make_jurisdiction()),
        )
        township = make_jurisdiction("990101001", name="街道", parent=county)
        found = {}
        for title, latitude in (("近", 30.027), ("中", 30.18), ("远", 30.54), ("无", None)):
            school = make_accredited_institution(f"{title}校", jurisdiction_id=county.id)
            place_id = township.id if title == "近" else None
            found[title] = register_site(
                school.id, at(latitude), jurisdiction_id=place_id, actor_id=None
            ).id
            make_listed_course(school, title=f"{title}电工")
            if title == "近":
                make_listed_course(school, title="网上电工", mode=CourseMode.ONLINE)
                make_rating(school.id)
    return found


def test_the_nearest_comes_first_and_says_how_far_it_is(sites):
    cards = search(near=HOME, sort=CourseSort.DISTANCE).page.items
    assert [card.title for card in cards[:3]] == ["近电工", "中电工", "远电工"]
    assert {card.title for card in cards[3:]} == {"无电工", "网上电工"}
    assert cards[0].distance_m == pytest.approx(3_002, abs=10)
    assert [card.distance_m for card in cards[3:]] == [None, None]


def test_every_count_of_a_distance_is_what_choosing_it_gives(sites):
    query = CourseQuery(near=HOME)
    values = search_courses(query, ALL, with_facets=True).facets.distances
    assert [(value.value, value.count) for value in values] == [
        ("5", 1), ("10", 1), ("25", 2), ("50", 2)
    ]  # fmt: skip
    for value in values:
        chosen = search_courses(replace(query, km_max=int(value.value)), ALL, with_facets=True)
        assert chosen.page.total == value.count
        assert chosen.facets.distances == values


def test_pages_of_the_nearest_follow_each_other(sites):
    query = CourseQuery(near=HOME, sort=CourseSort.DISTANCE)
    whole = [card.code for card in search_courses(query, ALL).page.items]
    pages = [search_courses(query, PageRequest(number, 2)).page.items for number in (1, 2, 3)]
    assert [card.code for page in pages for card in page] == whole


def test_a_site_put_on_the_map_is_found_at_once(sites):
    assert titles(near=HOME, km_max=5) == ["近电工"]
    with write_transaction():
        revise_site(sites["无"], at(30.009), jurisdiction_id=None, actor_id=None)
    assert set(titles(near=HOME, km_max=5)) == {"近电工", "无电工"}


def test_a_course_with_an_open_class_is_where_the_class_is(app, now):
    with write_transaction():
        school = make_accredited_institution()
        for name, latitude in (("东", 30.02), ("西", 31.0)):
            site_id = register_site(
                school.id, at(latitude, name), jurisdiction_id=None, actor_id=None
            ).id
        course = make_listed_course(school, title="只在西校区")
        make_open_course_run(course).site_id = site_id
        make_open_course_run(make_listed_course(school, title="不在登记的地点"))
    assert titles(near=HOME, km_max=50) == []
    cards = {card.title: card.distance_m for card in search(near=HOME).page.items}
    assert cards["只在西校区"] == pytest.approx(111_195, abs=10)
    assert cards["不在登记的地点"] is None


def test_a_place_without_sites_is_measured_from_the_place_above_it(sites):
    with write_transaction():
        make_jurisdiction(
            "990101002", name="空街道", parent=make_jurisdiction("990101", name="东区")
        )
    with present_snapshot() as snapshot:
        assert [origin.value for origin in known_origins(snapshot)] == ["990101", "990101001"]
        assert find_origin(snapshot, "990101001").point == pytest.approx((30.027, 110.0))
        assert find_origin(snapshot, "990101002").value == "990101"
        assert find_origin(snapshot, "990100") is None
        assert find_origin(snapshot, "nowhere") is None


def test_most_stars_come_first(sites):
    assert set(titles(sort=CourseSort.STARS)[:2]) == {"近电工", "网上电工"}
