"""A count beside a filter is what one gets by choosing it; the catalog in memory follows."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest

from marketplace.catalog.models import Course, ShortageListEntry
from marketplace.catalog.operations.course_runs import give_back_seat, take_seat
from marketplace.catalog.operations.search_index import reindex_courses
from marketplace.catalog.operations.synonyms import retire_synonym, save_synonym
from marketplace.catalog.queries.occupation_search import search_occupations
from marketplace.catalog.queries.search import CourseQuery, CourseSort, search_courses
from marketplace.catalog.queries.search_facets import Facets
from marketplace.catalog.states import CourseMode, ShortageEntryKind
from marketplace.foundation import clock
from marketplace.foundation.db import db, rehearsal, write_transaction
from marketplace.foundation.paging import PageRequest
from marketplace.institutions.models import Institution
from marketplace.institutions.operations.registration import suspend_institution
from tests.factories.catalog import make_listed_course, make_occupation, make_open_course_run
from tests.factories.institutions import make_accredited_institution
from tests.factories.people import make_jurisdiction
from tests.factories.standing import make_rating

ALL = PageRequest(1, 100)


def titles(text: str = "", **facets) -> list[str]:
    return [card.title for card in search_courses(CourseQuery(text, **facets), ALL).page.items]


def total(query: CourseQuery) -> int:
    return search_courses(query, PageRequest(1, 1)).page.total


def facets_of(query: CourseQuery) -> Facets:
    found = search_courses(query, PageRequest(1, 1), with_facets=True).facets
    assert found is not None
    return found


class TestCounts:
    """Two dozen courses drawn with a fixed seed: every count of every filter is tried."""

    @pytest.fixture
    def offers(self, app, now):
        draw = Random(4)
        with write_transaction():
            province = make_jurisdiction("990000")
            places = [make_jurisdiction(f"990{n}00", name=f"第{n}市", parent=province)
                      for n in (1, 2)]  # fmt: skip
            group = make_occupation("6", title="生产制造人员")
            group.depth = 1
            welder, electrician = make_occupation("6-18", title="焊工"), make_occupation("6-31")
            for occupation in (welder, electrician):
                occupation.parent_id = group.id
            db.session.add(ShortageListEntry(occupation_id=welder.id, jurisdiction_id=None,
                                             valid_from=clock.today()))  # fmt: skip
            schools = [make_accredited_institution(jurisdiction_id=place.id) for place in places]
            schools.append(make_accredited_institution())
            schools[0].features = {"wheelchair": True, "evening": True, "languages": "Spanish"}
            schools[2].features, schools[2].city = {"childcare": True}, "Newark"
            schools[2].county = "Essex"
            for number in range(24):
                course = make_listed_course(
                    draw.choice(schools),
                    title=draw.choice(("低压电工", "焊工", "电焊实操")) + f" {number}",
                    occupation=draw.choice((welder, electrician, None)),
                    level=draw.choice((5, 4, None)),
                    fee_fen=draw.choice((0, 40_000, 90_000, 300_000)),
                    mode=draw.choice(list(CourseMode)),
                )
                if number % 4 == 0:
                    make_open_course_run(course, starts_on=clock.today() + timedelta(3 + number))

    def test_every_count_is_what_one_gets_by_choosing_it(self, offers):
        for query in (
            CourseQuery(),
            CourseQuery("电工"),
            CourseQuery("焊", level=5, needs=frozenset({"open"})),
            CourseQuery(occupation="6", mode=CourseMode.ONSITE, fee_fen_max=90_000),
            CourseQuery(place="990000", language="es"),
            CourseQuery(place="essex", needs=frozenset({"childcare"})),
        ):
            assert self._differences(query, facets_of(query)) == []

    def _differences(self, query: CourseQuery, facets: Facets) -> list[str]:
        tried = [
            *((f"place {v.value}", v.count, replace(query, place=v.value))
              for v in (*facets.places, *facets.place_above)),
            *((f"occupation {v.value}", v.count, replace(query, occupation=v.value))
              for v in (*facets.occupations, *facets.occupation_above)),
            *((f"level {v.value}", v.count, replace(query, level=int(v.value)))
              for v in facets.levels),
            *((f"mode {v.value}", v.count, replace(query, mode=CourseMode(v.value)))
              for v in facets.modes),
            *((f"language {v.value}", v.count, replace(query, language=v.value))
              for v in facets.languages),
            *((f"fee {v.value}", v.count, replace(query, fee_fen_max=int(v.value)))
              for v in facets.fees),
            *((v.value, v.count, replace(query, needs=query.needs | {v.value}))
              for v in facets.needs),
        ]  # fmt: skip
        assert tried
        return [
            f"{query}: {name} says {count}, gives {total(wanted)}"
            for name, count, wanted in tried
            if total(wanted) != count
        ]

    def test_the_filters_agree_with_the_rows(self, offers):
        rows = {course.id for course in db.session.query(Course).filter(Course.level == 4)}
        found = search_courses(CourseQuery(level=4), ALL).page.items
        assert {card.course_id for card in found} == rows
        assert {v.value for v in facets_of(CourseQuery()).places} == {"990000", "essex"}
        assert [v.name for v in facets_of(CourseQuery(place="essex")).place_above] == ["Essex"]
        assert facets_of(CourseQuery()).occupations[0].name == "生产制造人员"
        welders = sum(v.count for v in facets_of(CourseQuery()).needs if v.value == "demand")
        assert welders == total(CourseQuery(occupation="6-18"))

    def test_days_and_own_price_narrow_and_order(self, offers):
        first, last = clock.today() + timedelta(5), clock.today() + timedelta(12)
        found = search_courses(CourseQuery(starts_from=first, starts_until=last), ALL).page.items
        days = {card.next_run_starts_on - clock.today() for card in found}
        assert days == {timedelta(7), timedelta(11)}

        def half(course_ids):
            return dict.fromkeys(course_ids, 20_000)

        query = CourseQuery(own_price_fen_max=20_000)
        assert search_courses(query, ALL, own_shares=half).page.total == 24
        assert search_courses(query, ALL).page.total == total(CourseQuery(fee_fen_max=20_000))

        def every_second(course_ids):
            return {course_id: 0 for course_id in course_ids if course_id % 2}

        for fee in (None, 100_000):
            asked = {"own_shares": every_second, "with_facets": True}
            free = search_courses(CourseQuery(fee_fen_max=fee), ALL, **asked).facets.free
            query = CourseQuery(fee_fen_max=fee, own_price_fen_max=0)
            assert 0 < free == search_courses(query, ALL, **asked).page.total
        cheapest = CourseQuery(sort=CourseSort.OWN_PRICE)
        fees = [card.fee.fen for card in search_courses(cheapest, ALL).page.items]
        assert fees == sorted(fees)

    def test_nothing_found_names_what_would_find_something(self, offers):
        query = CourseQuery("焊工 潜水", level=1)
        results = search_courses(query, ALL, with_facets=True)
        assert results.page.total == 0
        assert results.ways_on == ()
        results = search_courses(CourseQuery("焊工", level=1), ALL, with_facets=True)
        assert [(way.filter_name, way.count) for way in results.ways_on] == [
            ("level", total(CourseQuery("焊工")))
        ]


class TestInStep:
    """What changes in the tables changes in memory, and what is undone does not."""

    def test_a_full_course_is_shown_as_full_and_takes_enrollments_again(self, app, now):
        with write_transaction():
            run = make_open_course_run(make_listed_course(title="低压电工"), capacity=1)
            run_id = run.id
        assert titles(needs=frozenset({"open"})) == ["低压电工"]
        with write_transaction():
            take_seat(run_id)
        assert titles(needs=frozenset({"open"})) == []
        (card,) = search_courses(CourseQuery("电工"), ALL).page.items
        assert card.next_run_id is None
        assert card.full_run_starts_on is not None
        with write_transaction():
            give_back_seat(run_id)
        assert titles(needs=frozenset({"open"})) == ["低压电工"]

    def test_what_a_unit_of_work_undid_was_never_there(self, app, now):
        with write_transaction():
            course = make_listed_course(title="低压电工")
            institution_id = course.institution_id
        assert titles("电工") == ["低压电工"]
        with rehearsal():
            suspend_institution(institution_id, reason="试", actor_id=None)
            assert titles("电工") == []
        assert titles("电工") == ["低压电工"]

    def test_another_level_fee_and_place_are_found_at_once(self, app, now):
        with write_transaction():
            course = make_listed_course(title="低压电工", level=5)
        assert titles(level=5) == ["低压电工"]
        with write_transaction():
            db.session.get(Course, course.id).level = 4
            institution = db.session.get(Institution, course.institution_id)
            institution.features = {"wheelchair": True}
        assert titles(level=5) == []
        assert titles(level=4, needs=frozenset({"wheelchair"})) == ["低压电工"]

    def test_an_index_built_anew_is_read_anew(self, app, now):
        with write_transaction():
            make_listed_course(title="低压电工")
        assert titles("电工") == ["低压电工"]
        with write_transaction():
            assert reindex_courses() == 1
        assert titles("电工") == ["低压电工"]

    def test_the_next_day_closes_what_closed(self, app, now):
        with write_transaction():
            run = make_open_course_run(make_listed_course(), starts_on=clock.today())
            assert run.enrollment_closes_on == clock.today()
        assert len(titles(needs=frozenset({"open"}))) == 1
        with clock.frozen(now + timedelta(days=1)):
            assert titles(needs=frozenset({"open"})) == []


class TestOrder:
    """Title before names before text; an exact title first; then what can be entered."""

    def test_the_nearest_comes_first(self, app, now):
        with write_transaction():
            make_listed_course(title="家政服务", description="也讲电工知识。")
            make_listed_course(make_accredited_institution("电工学校"), title="安全生产")
            make_listed_course(title="低压电工上岗")
            make_open_course_run(make_listed_course(title="高压电工进网作业"))
            make_listed_course(title="电工")
        assert titles("电工") == [
            "电工", "高压电工进网作业", "低压电工上岗", "安全生产", "家政服务",
        ]  # fmt: skip

    def test_an_everyday_word_finds_the_official_one_after_itself(self, app, now):
        with write_transaction():
            make_listed_course(title="母婴护理专项能力")
            make_listed_course(title="高级月嫂实务课程精讲")
        assert titles("月嫂") == ["高级月嫂实务课程精讲", "母婴护理专项能力"]
        results = search_courses(CourseQuery("月嫂"), ALL)
        assert results.understanding.also == (("月嫂", ("母婴护理", "家政服务员")),)

    def test_a_place_in_the_query_is_a_word(self, app, now):
        with write_transaction():
            city = make_jurisdiction("370500", name="东营市", parent=make_jurisdiction())
            here = make_accredited_institution(jurisdiction_id=city.id)
            make_listed_course(here, title="低压电工作业")
            make_listed_course(title="低压电工作业二班")
        assert titles("低压 电工 东营") == titles("低压电工东营") == ["低压电工作业"]


class TestOccupations:
    def test_titles_work_types_definitions_and_everyday_words(self, app, now):
        with write_transaction():
            care = make_occupation("4-10-01-05", title="养老护理员")
            home = make_occupation("4-10-01-06", title="家政服务员")
            home.work_types = ["母婴护理员", "家务服务员"]
            care.definition = "照料老年人生活。"
            make_occupation("53-3033", title="Light Truck Drivers", classification="soc-2018")
            make_occupation("53-3032", title="Heavy and Tractor-Trailer Truck Drivers",
                            classification="soc-2018")  # fmt: skip

        def codes(text: str) -> list[str]:
            return [row.code for row in search_occupations(text).items]

        assert codes("养老护理") == ["4-10-01-05"]
        assert codes("老年人") == ["4-10-01-05"]
        assert codes("月嫂") == codes("母婴") == codes("月嫂培训") == ["4-10-01-06"]
        assert codes("CDL") == ["53-3032"]
        assert codes("truck driver") == ["53-3032", "53-3033"]
        assert codes("trck drivers") == ["53-3033", "53-3032"] == codes("truk drivers")
        assert codes("4-10") == ["4-10-01-05", "4-10-01-06"]
        assert codes("潜水") == codes("!!") == []

    def test_words_written_and_retired_take_effect_at_once(self, app, now):
        with write_transaction():
            make_occupation("6-31-01-03", title="电工")
        assert search_occupations("强电师傅").total == 0
        with write_transaction():
            save_synonym("强电师傅", targets=["电工"], actor_id=None)
        assert search_occupations("强电师傅").items[0].code == "6-31-01-03"
        with write_transaction():
            retire_synonym("强电师傅", actor_id=None)
        assert search_occupations("强电师傅").total == 0


def test_stars_are_a_filter_that_follows_the_rating_in_force(app, now):
    with write_transaction():
        rated, unrated = make_accredited_institution(), make_accredited_institution()
        make_listed_course(rated, title="焊工")
        make_listed_course(unrated, title="电工")
    assert facets_of(CourseQuery()).stars == ()
    with write_transaction():
        stars = make_rating(rated.id).stars_hundredths
    least = stars // 100
    assert 2 <= least <= 4
    assert titles(stars_least=least) == ["焊工"]
    assert {value.value: value.count for value in facets_of(CourseQuery()).stars} == {
        str(number): 1 for number in range(2, least + 1)
    }


def test_an_exception_near_by_takes_an_occupation_off_the_list_above(app, now):
    with write_transaction():
        province = make_jurisdiction("990000")
        city = make_jurisdiction("990100", name="某市", parent=province)
        welder = make_occupation("6-18", title="焊工")
        for place, title in ((province, "省里的焊工"), (city, "市里的焊工")):
            school = make_accredited_institution(jurisdiction_id=place.id)
            make_listed_course(school, title=title, occupation=welder)
        day = clock.today()
        db.session.add(ShortageListEntry(occupation_id=welder.id, jurisdiction_id=province.id,
                                         valid_from=day))  # fmt: skip
    assert sorted(titles(needs=frozenset({"demand"}))) == ["市里的焊工", "省里的焊工"]
    with write_transaction():
        db.session.add(
            ShortageListEntry(
                occupation_id=welder.id,
                jurisdiction_id=city.id,
                valid_from=day,
                kind=ShortageEntryKind.EXCEPT,
            )
        )
    assert titles(needs=frozenset({"demand"})) == ["省里的焊工"]
