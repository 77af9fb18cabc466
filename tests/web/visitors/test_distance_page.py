"""Distances on the search page: a list of places without scripts, everything in the address."""

from __future__ import annotations

import re
from html import unescape

import pytest

from marketplace.foundation.db import write_transaction
from marketplace.people.queries import get_user
from marketplace.teaching.operations import register_site
from marketplace.teaching.rules import SitePlan
from tests.factories.catalog import make_listed_course
from tests.factories.institutions import make_accredited_institution
from tests.factories.people import make_jurisdiction, make_worker
from tests.kept import kept


@pytest.fixture
@kept
def county(app, now):
    with write_transaction():
        city = make_jurisdiction("990100", name="测试市", parent=make_jurisdiction())
        county = make_jurisdiction("990101", name="东区", parent=city)
        for name, north in (("近", 30.0), ("远", 30.4)):
            school = make_accredited_institution(f"{name}校", jurisdiction_id=county.id)
            plan = SitePlan("本部", "中山路 1 号", north, 110.0)
            register_site(school.id, plan, jurisdiction_id=None, actor_id=None)
            make_listed_course(school, title=f"{name}电工")
    return county


@pytest.mark.parametrize("language", ["zh_Hans_CN", "en"])
def test_distances_are_shown_and_their_counts_agree(client, county, language):
    client.speak(language)
    page = client.get("/courses?near=30.01,110.00&sort=distance").get_data(as_text=True)
    assert page.index("近电工") < page.index("远电工")
    assert re.search(r"1\.1\s?(km|公里)", page)
    links = re.findall(
        r'<a href="([^"]*km=\d+[^"]*)"><span>[^<]*</span> <span class="facet-count">(\d+)<', page
    )
    assert [count for _url, count in links] == ["1", "1", "1", "2"]
    for url, count in links:
        found = client.get(unescape(url)).get_data(as_text=True)
        assert found.count('class="course-card"') == int(count)


def test_the_list_of_places_offers_where_i_live_first(client, county):
    with write_transaction():
        user_id = make_worker(residence_id=county.id).user_id
    client.sign_in(get_user(user_id))
    page = client.get("/courses").get_data(as_text=True)
    values = re.findall(
        r'<option value="([^"]*)"', page.split('id="near"')[1].split("</select>")[0]
    )
    assert values == ["", "990101", "990101"]
    near = client.get("/courses?near=990101&km=25").get_data(as_text=True)
    assert near.count("最近教学点约 22公里") == 2


@pytest.mark.parametrize(
    "nonsense", ["near=x&km=5", "near=91,0&km=5", "km=5", "near=990101&km=7", "sort=distance",
                 "near=30,110&sort=distance&page=99", "near=990101&km=5&fee_max=x"],
)  # fmt: skip
def test_a_distance_that_makes_no_sense_is_left_out(client, county, nonsense):
    client.get(f"/courses?{nonsense}")


def test_only_the_search_page_may_ask_for_a_position(client, county):
    assert "geolocation=(self)" in client.get("/courses").headers["Permissions-Policy"]
    assert "geolocation=()" in client.get("/").headers["Permissions-Policy"]


def test_without_sites_on_the_map_nothing_is_offered(client, app):
    with write_transaction():
        make_listed_course()
    assert 'id="near"' not in client.get("/courses?near=30.01,110.00").get_data(as_text=True)
