"""Search finds exactly what a plain look at the texts finds, on both engines."""

from __future__ import annotations

import random
import re
from datetime import timedelta

import pytest
from sqlalchemy import text

from marketplace.catalog.models import Course
from marketplace.catalog.operations.courses import delist_course, list_course, revise_course
from marketplace.catalog.operations.search_index import index_courses, reindex_courses
from marketplace.catalog.queries.search import CourseQuery, CourseSort, search_courses
from marketplace.catalog.queries.search_changes import ChangeReader, Changes
from marketplace.catalog.queries.search_index import hits_for
from marketplace.catalog.queries.search_snapshot import present_snapshot
from marketplace.catalog.rules import LEVEL_NAMES
from marketplace.catalog.states import CourseMode
from marketplace.foundation import clock
from marketplace.foundation.db import db, write_transaction
from marketplace.foundation.paging import PageRequest
from marketplace.foundation.text import normal_form
from marketplace.institutions.operations.registration import (
    reinstate_institution,
    suspend_institution,
)
from tests.factories.catalog import (
    make_content,
    make_draft_course,
    make_listed_course,
    make_occupation,
    make_open_course_run,
)
from tests.factories.institutions import make_accredited_institution
from tests.factories.people import make_jurisdiction

ALL = PageRequest(1, 100)
PIECES = [
    "低压",
    "高压",
    "电工",
    "电",
    "焊工",
    "养老",
    "护理",
    "员",
    "叉车",
    "C++",
    "steel",
    "Welding",
]


def found(text: str = "", **facets) -> list[str]:
    return [card.title for card in search_courses(CourseQuery(text, **facets), ALL).page.items]


def holds(text: str, asked: str) -> bool:
    if asked.isascii():
        return bool(re.search(rf"(?<![a-z0-9]){re.escape(asked)}(?![a-z0-9+#])", text))
    return asked in text


class TestExactness:
    """Against what LIKE finds in the same texts."""

    @pytest.fixture
    def texts(self, app) -> dict[str, str]:
        """Sixty courses of random words, drawn with a fixed seed: title -> all its text."""
        draw = random.Random(7)
        texts = {}
        with write_transaction():
            school = make_accredited_institution("红星学校")
            for number in range(60):
                words = draw.choices(PIECES, k=4)
                glue = draw.choice(["", " ", "，"])
                title = f"{glue.join(words[:2])} {number:02d}x"
                body = (
                    glue.join(words[2:]) + "。" + draw.choice(PIECES) + "\n" + draw.choice(PIECES)
                )
                make_listed_course(school, title=title, description=body)
                names = f"红星学校 | {LEVEL_NAMES[5]}"
                texts[title] = normal_form(f"{title} | {body} | {names}")
        return texts

    def test_what_is_there_is_found_exactly(self, texts):
        """Chinese of any length as a part of the text, Latin words whole, all words of a query."""
        for asked in (
            "电", "工", "员", "低压", "电工", "压电", "工低", "养老护", "低压电", "低压电工",
            "护理员", "红星学校", "星学", "师", "steel", "WELDING", "c++", "07x",
        ):  # fmt: skip
            truth = {title for title, text in texts.items() if holds(text, asked.lower())}
            assert set(found(asked)) == truth, asked
        both = {title for title, text in texts.items() if "低压" in text and "护理" in text}
        assert both
        assert set(found("护理 低压")) == both

    def test_what_is_not_there_is_looked_for_otherwise_and_said_so(self, texts):
        """In pieces, without what every course is, as a beginning, or mended."""
        for asked, taken, pieces in (
            ("高压焊工", "高压 焊工", ("高压", "焊工")),
            ("想学电工培训班", "电工", ("电工",)),
            ("weldign", "welding", ("welding",)),
        ):
            results = search_courses(CourseQuery(asked), ALL)
            truth = {t for t, text in texts.items() if all(holds(text, piece) for piece in pieces)}
            assert results.understanding.mended == ((asked, taken),)
            assert {card.title for card in results.page.items} == truth
        assert set(found("stee")) == set(found("steel")) != set()
        assert found("潜水") == found("zzzz") == []

    def test_signs_of_the_query_language_are_only_signs(self, texts):
        for asked in (
            "'",
            '"',
            "*",
            "a OR b",
            "NOT",
            "电*",
            "(",
            "电 & 工",
            ":",
            '"电',
            "title : 电",
        ):
            search_courses(CourseQuery(asked), ALL)

    def test_wide_and_narrow_forms_are_the_same(self, texts):
        assert found("ｓｔｅｅｌ") == found("steel") != []

    def test_the_index_built_anew_finds_the_same(self, texts):
        before = {asked: found(asked) for asked in PIECES}
        with write_transaction():
            assert reindex_courses() == 60
        assert {asked: found(asked) for asked in PIECES} == before


def test_the_title_weighs_more_than_the_description(app):
    with write_transaction():
        make_listed_course(title="家政服务", description="也讲一点电工知识，电工，电工。")
        make_listed_course(title="电工", description="线路。")
    assert found("电工") == ["电工", "家政服务"]


def test_institution_and_occupation_are_searched(app):
    with write_transaction():
        nurse = make_occupation(title="养老护理员")
        school = make_accredited_institution("北山技工学校")
        make_listed_course(school, occupation=nurse, title="初级班")
    assert found("养老护理") == found("北山") == ["初级班"]


class TestInStep:
    """What is not offered is not found."""

    def test_a_draft_is_not_found(self, app):
        with write_transaction():
            make_draft_course(title="低压电工")
        assert found("电工") == found() == []

    def test_a_delisted_course_is_not_found(self, app):
        with write_transaction():
            course = make_listed_course(title="低压电工")
        assert found("电工") == ["低压电工"]
        with write_transaction():
            delist_course(course.id, reason="停办", actor_id=None)
        assert found("电工") == found() == []

    def test_a_listed_revision_replaces_the_words(self, app):
        with write_transaction():
            course = make_listed_course(title="低压电工")
            revise_course(
                course.id,
                content=make_content("焊工技术", description="x"),
                based_on=1,
                actor_id=None,
            )
        assert (found("电工"), found("焊工")) == (["低压电工"], [])
        with write_transaction():
            list_course(course.id, actor_id=None)
        assert (found("电工"), found("焊工")) == ([], ["焊工技术"])

    def test_what_is_kept_of_phrases_is_what_the_index_would_say(self, app):
        """Hits are corrected course by course: in title, names and text, phrases and beginnings."""
        asked = (
            "电工",
            "电",
            "低压电工",
            "工",
            "学校",
            "weld",
            "welding",
            '"steel welding"',
            "初级",
        )
        with write_transaction():
            course = make_listed_course(title="低压电工", level=5)
            make_listed_course(title="Steel welding", description="电工基础")
            gone = make_listed_course(title="高压电工")
        for words in asked:
            found(words)
        with write_transaction():
            content = make_content("焊工 steel welding", description="学低压，电")
            revise_course(course.id, content=content, based_on=1, actor_id=None)
            list_course(course.id, actor_id=None)
            delist_course(gone.id, reason="停办", actor_id=None)
            make_listed_course(title="电工 welding")
        with present_snapshot() as snapshot:
            kept = dict(snapshot.hits)
            assert len(kept) >= 8
            snapshot.hits.clear()
            for phrase, hits in kept.items():
                now = hits_for(snapshot, phrase)
                for part in ("title", "names", "body"):
                    seen = getattr(hits, part) & snapshot.offered
                    assert seen == getattr(now, part) & snapshot.offered, (phrase, part)

    def test_a_suspended_institution_is_not_found_until_reinstated(self, app):
        with write_transaction():
            course = make_listed_course(title="低压电工")
            suspend_institution(course.institution_id, reason="检查", actor_id=None)
        assert found("电工") == []
        with write_transaction():
            reinstate_institution(course.institution_id, reason="合格", actor_id=None)
        assert found("电工") == ["低压电工"]

    def test_a_quarantined_course_is_not_found_even_before_reindexing(self, app):
        with write_transaction():
            course = make_listed_course(title="低压电工")
            db.session.get(Course, course.id).quarantine_reason = "x"
        assert found("电工") == []
        with write_transaction():
            assert index_courses([course.id]) == 0

    def test_indexing_twice_changes_nothing(self, app):
        with write_transaction():
            course = make_listed_course(title="低压电工")
            index_courses([course.id])
            index_courses([course.id, course.id])
        assert found("电工") == ["低压电工"]


class TestFacets:
    """Filters, order, pages, counts."""

    @pytest.fixture
    def offers(self, app, now):
        with write_transaction():
            province = make_jurisdiction("990000")
            city = make_jurisdiction("990100", name="甲市", parent=province)
            other = make_jurisdiction("980000", name="乙省")
            here = make_accredited_institution(jurisdiction_id=city.id)
            there = make_accredited_institution(jurisdiction_id=other.id)
            cheap = make_listed_course(here, title="课程甲", fee_fen=10_000, level=5)
            make_open_course_run(cheap, starts_on=clock.today() + timedelta(30))
            dear = make_listed_course(here, title="课程乙", fee_fen=90_000, level=3)
            make_open_course_run(dear, starts_on=clock.today() + timedelta(3))
            make_listed_course(
                there, title="课程丙", fee_fen=50_000, level=None, mode=CourseMode.ONLINE
            )
            return province, city, other

    def test_a_place_means_its_whole_subtree(self, offers):
        province, city, other = (place.path for place in offers)
        assert set(found(jurisdiction_path=province)) == {"课程甲", "课程乙"}
        assert set(found("课程", jurisdiction_path=city)) == {"课程甲", "课程乙"}
        assert found(jurisdiction_path=other) == ["课程丙"]

    def test_a_class_held_elsewhere_is_found_where_it_is_held(self, offers):
        with write_transaction():
            away = make_listed_course(title="课程丁")
            make_open_course_run(away, jurisdiction_id=offers[2].id)
        assert set(found(jurisdiction_path=offers[2].path)) == {"课程丙", "课程丁"}

    def test_fee_mode_level_and_open_classes(self, offers):
        assert set(found(fee_fen_max=50_000)) == {"课程甲", "课程丙"}
        assert found(mode=CourseMode.ONLINE) == ["课程丙"]
        assert found(level=3) == ["课程乙"]
        assert set(found(has_open_course_run=True)) == {"课程甲", "课程乙"}

    def test_order_by_fee_and_by_start(self, offers):
        assert found("课程", sort=CourseSort.FEE) == ["课程甲", "课程丙", "课程乙"]
        assert found("课程", sort=CourseSort.SOONEST) == ["课程乙", "课程甲", "课程丙"]

    def test_pages_are_counted_and_do_not_overlap(self, offers):
        pages = [
            search_courses(CourseQuery("课程"), PageRequest(number, 2)).page for number in (1, 2)
        ]
        assert [page.total for page in pages] == [3, 3]
        assert sorted(card.title for page in pages for card in page.items) == [
            "课程丙",
            "课程乙",
            "课程甲",
        ]

    def test_a_card_says_what_comes_next(self, offers):
        (card,) = search_courses(CourseQuery("课程乙"), ALL).page.items
        assert card.next_run_starts_on == clock.today() + timedelta(3)
        assert card.next_run_seats_left == 20
        assert card.place == "甲市"
        (card,) = search_courses(CourseQuery("课程丙"), ALL).page.items
        assert card.next_run_id is card.next_run_seats_left is None

    def test_a_query_of_signs_only_is_not_understood(self, offers):
        assert not search_courses(CourseQuery("！？"), ALL).understood


def test_a_log_of_changes_cut_back_by_a_restored_copy_is_noticed(app, now):
    reader = ChangeReader()
    reader.begin()
    with write_transaction():
        listed = make_listed_course(title="低压电工实操")
    assert listed.id in reader.read().course_ids
    with write_transaction():
        delist_course(listed.id, reason="停办", actor_id=None)
    assert listed.id in reader.read().course_ids
    assert reader.read() == Changes()
    with write_transaction():
        newest = db.session.scalar(text("SELECT max(id) FROM search_change"))
        db.session.execute(text("DELETE FROM search_change WHERE id = :id"), {"id": newest})
    assert reader.read().anew
