"""One search box for courses, institutions and occupations; filters with counts, chips, help."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import pytest

from marketplace.catalog.operations.course_runs import take_seat
from marketplace.foundation import clock
from marketplace.foundation.db import write_transaction
from marketplace.people.queries import get_user
from tests.factories.catalog import (
    make_filed_course_run,
    make_listed_course,
    make_occupation,
    make_open_course_run,
)
from tests.factories.institutions import make_accredited_institution
from tests.factories.people import make_jurisdiction, make_worker
from tests.factories.vouchers import make_voucher
from tests.kept import kept


def text_of(response) -> str:
    return re.sub(r"\s+", " ", response.get_data(as_text=True))


@pytest.fixture
@kept
def offers(app, now):
    with write_transaction():
        place = make_jurisdiction("990100", name="测试市", parent=make_jurisdiction())
        school = make_accredited_institution("南湖电工学校", jurisdiction_id=place.id)
        electrician = make_occupation("6-31-01-03", title="电工")
        for number, level in enumerate((5, 5, 4)):
            make_listed_course(
                school, title=f"低压电工{number}", occupation=electrician, level=level
            )
        full = make_listed_course(school, title="焊工", level=3)
        run = make_open_course_run(full, capacity=1)
        take_seat(run.id)
        planned = make_listed_course(school, title="钳工", level=2)
        make_filed_course_run(planned, starts_on=clock.today() + timedelta(30))


@pytest.mark.parametrize("language", ["zh_Hans_CN", "en"])
def test_every_count_leads_to_as_many_results(client, offers, language):
    client.speak(language)
    for start in ("/courses", "/courses?q=电工&level=5", "/courses?place=990100"):
        page = client.get(start).get_data(as_text=True)
        links = re.findall(
            r'<a href="([^"]+)"><span>[^<]*</span> <span class="facet-count">(\d+)<', page
        )
        assert links
        for url, count in links:
            found = client.get(unescape(url)).get_data(as_text=True)
            assert found.count('class="course-card"') == int(count), url


def test_a_chip_drops_its_filter_and_keeps_the_rest(client, offers):
    page = client.speak("en").get("/courses?q=电工&level=5&fee_max=2000&page=1")
    chips = re.search(r'<ul class="chips".*?</ul>', page.get_data(as_text=True), re.DOTALL)
    urls = [unescape(url) for url in re.findall(r'href="([^"]+)"', chips.group())]
    assert [sorted(url.split("?")[1].split("&")) for url in urls] == [
        sorted(["q=%E7%94%B5%E5%B7%A5", "fee_max=2000"]),
        sorted(["q=%E7%94%B5%E5%B7%A5", "level=5"]),
    ]


def test_institutions_and_occupations_stand_beside_the_courses(client, offers):
    page = text_of(client.speak("en").get("/courses?q=电工"))
    assert "Courses (5)" in page  # three by title, two more by the name of the school
    assert "Occupations (1)" in page
    assert "Institutions (1)" in page
    assert "南湖电工学校" in text_of(client.get("/courses?q=电工&what=institutions"))
    occupations = text_of(client.get("/courses?q=电工&what=occupations"))
    assert "/courses?occupation=6-31-01-03" in occupations
    assert "Courses: 3" in occupations
    for what in ("institutions", "occupations", "nonsense"):
        client.get(f"/courses?what={what}&page=9")
        client.get(f"/courses?q=潜水&what={what}")


def test_what_cannot_be_entered_says_why(client, offers):
    page = text_of(client.speak("en").get("/courses?q=焊工"))
    assert "Full at present" in page
    assert "is full" in page
    page = text_of(client.get("/courses?q=钳工"))
    assert "Not open yet" in page
    assert "Enrollment for the next class opens on" in page


def test_a_search_without_result_names_what_would_find_something(client, offers):
    page = text_of(client.speak("en").get("/courses?q=电工&level=1"))
    assert "What would find something" in page
    assert "without “Level 1 (senior technician)”" in page
    page = text_of(client.get("/courses?q=电工 潜水"))
    assert "only “电工”" in page


def test_a_mended_word_is_told(client, offers):
    page = text_of(client.speak("en").get("/courses?q=我想学低压电工"))
    assert "We searched for “低压电工”" in page


def test_a_worker_filters_and_sorts_by_their_own_price(client, offers):
    """A voucher of 800 at level 5 leaves 400 of 1,200."""
    with write_transaction():
        worker = make_worker()
        make_voucher(worker.id)
        login = get_user(worker.user_id).login
    client.speak("en").sign_in(login)
    page = text_of(client.get("/courses?q=低压电工&sort=own_price"))
    assert "My lowest price first" in page
    assert page.index("低压电工0") < page.index("低压电工2")
    assert "for you, of a fee of" in page
    affordable = text_of(client.get("/courses?own_max=400"))
    assert affordable.count('class="course-card"') == 2
    assert "I pay up to ¥400.00" in affordable
    assert text_of(client.get("/courses?own_max=399.99")).count('class="course-card"') == 0
    assert "nothing to pay for me" in text_of(client.get("/courses?own_max=0"))
    assert "Nothing to pay with my voucher" not in page, "nothing here is"
    chosen = text_of(client.get("/courses?own_max=0&level=5"))
    assert '<a href="/courses?level=5" aria-current="true"><span>Nothing to pay with my' in chosen


def test_a_guest_has_no_price_of_their_own(client, offers):
    page = text_of(client.speak("en").get("/courses?own_max=0&sort=own_price"))
    assert "Courses found: 5" in page
    assert "My lowest price first" not in page


@pytest.mark.parametrize(
    "nonsense",
    ["first=2026-99-99", "last=x", "own_max=-1", "occupation=zzz", "language=xx", "level=4&level=x",
     "place=../../", "open=maybe", "what=%00x"],
)  # fmt: skip
def test_nonsense_is_a_page_or_a_clear_no(client, offers, nonsense):
    client.get(f"/courses?{nonsense}", expect=400 if "%00" in nonsense else 200)
