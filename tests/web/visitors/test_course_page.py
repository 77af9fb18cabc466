"""The course page: schedule, price, reasons, similar courses, sharing, what machines read."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from xml.etree import ElementTree

import pytest

from marketplace.catalog.operations.courses import delist_course, list_course, revise_course
from marketplace.catalog.queries import sitemap
from marketplace.catalog.queries.course_runs import list_lessons
from marketplace.catalog.queries.courses import get_course
from marketplace.catalog.states import CourseMode
from marketplace.foundation import clock
from marketplace.foundation.db import write_transaction
from marketplace.foundation.money import Money
from marketplace.vouchers.operations.issue import claim_voucher
from marketplace.vouchers.operations.schemes import load_scheme
from marketplace.vouchers.queries.schemes import find_scheme_by_code
from tests.factories.catalog import (
    make_content,
    make_draft_course,
    make_filed_course_run,
    make_listed_course,
    make_occupation,
    make_open_course_run,
)
from tests.factories.institutions import make_accredited_institution
from tests.factories.people import make_user, make_worker
from tests.factories.redemption import make_reservation
from tests.factories.vouchers import make_pack, make_scheme, pack_text, rule
from tests.kept import kept

SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


def text_of(response) -> str:
    return re.sub(r"\s+", " ", response.get_data(as_text=True))


@pytest.fixture
@kept
def course(app, now):
    with write_transaction():
        return make_listed_course(
            make_accredited_institution("南湖职业培训学校"),
            occupation=make_occupation(title="电工"),
            title="低压电工实操",
            fee_fen=120_000,
            fee_parts={"tuition": 100_000, "books": 20_000},
            certificate="职业技能等级证书",
        )


def page_of(client, course, locale="en") -> str:
    return text_of(client.speak(locale).get(f"/courses/{course.code}"))


class TestPage:
    @pytest.mark.parametrize("locale", ["zh_Hans_CN", "en"])
    def test_lessons_stand_by_local_day_and_the_fee_by_part(self, client, course, locale):
        with write_transaction():
            make_open_course_run(course, days=2)
        page = page_of(client, course, locale)
        assert page.count("09:00–15:00") == 2
        assert "¥1,000.00" in page and "¥200.00" in page
        assert "第1课" in page

    def test_a_visitor_reads_what_a_voucher_would_pay_and_for_whom(self, client, course):
        with write_transaction():
            make_scheme(
                make_pack(
                    eligibility={"categories": rule(["veteran"])},
                    payment={"attendance_min_percent": rule(80), "co_pay_percent": rule(20)},
                )
            )
        page = page_of(client, course)
        assert "Skills training voucher" in page and "up to ¥800.00" in page
        assert "20 % of the fee you pay yourself" in page
        assert "Veteran" in page or "veteran" in page

    def test_a_worker_reads_each_line_and_their_own_share(self, client, course):
        with write_transaction():
            make_scheme()
            make_open_course_run(course)
            user = make_user()
            make_worker(user)
        client.sign_in(user)
        page = page_of(client, course)
        panel = page[page.index("What a voucher pays") :]
        assert "¥800.00" in panel and "¥400.00" in panel
        assert "测试〔2020〕1号" in panel

    def test_what_a_process_has_read_of_a_scheme_is_never_old_money(self, client, course):
        """Rules are kept by their hash; which are in force and what is left is asked each time."""
        pack = make_pack()
        with write_transaction():
            make_scheme(pack, amount=Money(80_000, "CNY"))
            run = make_open_course_run(course)
            user, other = make_user(), make_worker()
            make_worker(user)
        assert "up to ¥800.00" in page_of(client, course)
        client.sign_in(user)
        assert "¥400.00" in page_of(client, course), "pays what the voucher leaves"
        with write_transaction():
            pack["rates"][0]["amount_fen"] = 70_000
            load_scheme(pack_text({**pack, "valid_from": f"{clock.today()}"}), actor_id=None)
        assert "¥500.00" in page_of(client, course), "by the version published just now"
        with write_transaction():
            voucher = claim_voucher(
                other.id, scheme_id=find_scheme_by_code(pack["scheme"]).id, actor_id=None
            )
            make_reservation(voucher, course_run=run)
        page = page_of(client, course)
        assert "None of your vouchers can pay for it now" in page and "¥500.00" not in page

    def test_no_voucher_is_said_and_not_left_blank(self, client, course):
        assert "No voucher pays for this course at present." in page_of(client, course)

    def test_an_accreditation_that_ends_too_early_is_a_reason_in_words(self, client, app, now):
        with write_transaction():
            school = make_accredited_institution(valid_until=clock.today() + timedelta(days=20))
            course = make_listed_course(school)
            run = make_open_course_run(course)
            run.ends_on = clock.today() + timedelta(days=60)
        page = page_of(client, course)
        assert "accreditation does not cover" in page
        assert "Sign in to enroll" not in page

    def test_similar_courses_follow_and_a_gone_course_offers_them_too(self, client, course):
        with write_transaction():
            occupation_id = get_course(course.id).occupation_id
            other = make_listed_course(title="高压电工")
            get_course(other.id).occupation_id = occupation_id
        assert "高压电工" in page_of(client, course)
        with write_transaction():
            delist_course(course.id, reason="停办", actor_id=None)
        page = text_of(client.get(f"/courses/{course.code}", expect=410))
        assert "高压电工" in page and 'name="robots" content="noindex"' in page

    def test_the_link_can_be_copied_mailed_and_scanned(self, client, course):
        address = f"http://localhost/courses/{course.code}"
        page = page_of(client, course)
        assert f'<a href="{address}">{address}</a>' in page
        mail = re.search(r'href="(mailto:\?subject=[^"]+)"', page).group(1)
        assert "%0A" in mail and "\n" not in mail and address.split("//")[1][:9] in mail
        code = client.get(f"/courses/{course.code}/qr.svg")
        assert code.mimetype == "image/svg+xml" and b"<svg" in code.data
        client.get("/courses/C-NONE/qr.svg", expect=404)


class TestMachines:
    def linked(self, client, course) -> dict:
        html = client.get(f"/courses/{course.code}").get_data(as_text=True)
        return json.loads(re.search(r'ld\+json" nonce="[^"]+">(.*?)</script>', html, re.S)[1])

    def test_everything_search_engines_require_is_there(self, client, course):
        """Course info of schema.org as search engines ask for it: required properties."""
        with write_transaction():
            make_open_course_run(course, days=3)
        data = self.linked(client, course)
        assert {"@context", "@type", "name", "description", "provider", "offers"} <= set(data)
        assert data["provider"]["@type"].endswith("Organization") and data["provider"]["name"]
        for offer in [*data["offers"], data["hasCourseInstance"][0]["offers"]]:
            assert offer["category"] in ("Free", "Paid", "Partially Free", "Subscription")
            assert offer["price"] == "1200.00" and offer["priceCurrency"] == "CNY"
        (instance,) = data["hasCourseInstance"]
        assert instance["courseMode"] in ("Onsite", "Online", "Blended")
        assert instance["courseWorkload"] == "PT40H"
        schedule = instance["courseSchedule"]
        assert (schedule["repeatFrequency"], schedule["repeatCount"]) == ("Daily", 3)
        assert schedule["duration"] == "PT360M"
        assert (schedule["startTime"], schedule["endTime"]) == ("09:00", "15:00")
        assert schedule["scheduleTimezone"] == "Asia/Shanghai"
        assert instance["startDate"] < instance["endDate"]
        assert instance["location"]["address"]["streetAddress"] == "一号教学楼 203"
        assert instance["offers"]["availability"].endswith("InStock")
        assert data["educationalCredentialAwarded"]["name"] == "职业技能等级证书"

    def test_a_weekly_online_class_says_so(self, client, app, now):
        with write_transaction():
            course = make_listed_course(mode=CourseMode.ONLINE, fee_fen=0)
            run = make_filed_course_run(course, days=3)
            for number, lesson in enumerate(list_lessons(run.id)):
                lesson.starts_at += timedelta(days=6 * number)
                lesson.ends_at += timedelta(days=6 * number)
        data = self.linked(client, course)
        (instance,) = data["hasCourseInstance"]
        assert instance["location"]["@type"] == "VirtualLocation"
        assert instance["courseSchedule"]["repeatFrequency"] == "Weekly"
        assert instance["courseSchedule"]["repeatCount"] == 3
        assert len(instance["courseSchedule"]["byDay"]) == 1
        assert data["offers"][0]["category"] == "Free"

    def test_one_address_two_languages_and_a_preview(self, client, course):
        page = client.get(f"/courses/{course.code}?lang=en").get_data(as_text=True)
        address = f"http://localhost/courses/{course.code}"
        assert '<html lang="en"' in page
        assert f'<link rel="canonical" href="{address}?lang=en">' in page
        assert f'hreflang="x-default" href="{address}"' in page
        assert f'hreflang="zh-CN" href="{address}?lang=zh"' in page
        assert 'property="og:title" content="低压电工实操 · 南湖职业培训学校"' in page
        plain = client.get(f"/courses/{course.code}?lang=xx&c=C-AAAA1").get_data(as_text=True)
        assert '<html lang="zh-CN"' in plain and f'rel="canonical" href="{address}">' in plain

    def test_choosing_a_language_wins_over_the_address(self, client, course):
        path = f"/courses/{course.code}?lang=en&c=C-AAAA1"
        answer = client.post("/account/language", {"language": "zh_Hans_CN", "next": path})
        assert answer.location == f"/courses/{course.code}?c=C-AAAA1"

    def test_the_sitemap_names_what_is_offered_and_nothing_else(self, client, course):
        with write_transaction():
            gone = make_listed_course(title="已停")
            delist_course(gone.id, reason="x", actor_id=None)
            draft = make_draft_course()
        robots = client.get("/robots.txt").get_data(as_text=True)
        assert "Sitemap: http://localhost/sitemap.xml" in robots
        index = ElementTree.fromstring(client.get("/sitemap.xml").data)
        parts = [part.text for part in index.iter(f"{SITEMAP}loc")]
        assert len(parts) == 2
        found = []
        for part in parts:
            body = client.get(part.removeprefix("http://localhost")).data
            found += [loc.text for loc in ElementTree.fromstring(body).iter(f"{SITEMAP}loc")]
        assert f"http://localhost/courses/{course.code}" in found
        assert not [one for one in found if gone.code in one or draft.code in one]
        assert any("/institutions/" in one for one in found)
        client.get("/sitemaps/courses-0.xml", expect=404)
        assert b"<url>" not in client.get("/sitemaps/courses-7.xml").data

    def test_chunks_follow_the_ids_so_that_none_exceeds_the_limit(
        self, client, course, monkeypatch
    ):
        with write_transaction():
            codes = [make_listed_course(title=f"课{n}").code for n in range(3)]
        monkeypatch.setattr(sitemap, "CHUNK", 2)
        monkeypatch.setattr(sitemap, "READ_AT_ONCE", 1)
        found = []
        for chunk in sitemap.list_course_chunks():
            part = [code for code, _at in sitemap.iterate_offered_courses(chunk.number)]
            assert 1 <= len(part) <= 2
            found += part
        assert found == [course.code, *codes]


class TestVersions:
    def test_the_public_reads_listed_versions_only(self, client, course):
        with write_transaction():
            revise_course(
                course.id,
                content=make_content(title="高压电工实操", fee_fen=150_000),
                based_on=1,
                actor_id=None,
            )
        page = text_of(client.speak("en").get(f"/courses/{course.code}/versions"))
        assert "低压电工实操" in page and "高压电工实操" not in page
        with clock.frozen(clock.now() + timedelta(days=2)), write_transaction():
            list_course(course.id, actor_id=None)
        on = clock.today() + timedelta(days=1)
        page = text_of(client.get(f"/courses/{course.code}/versions?on={on.isoformat()}"))
        assert "¥1,200.00" in page
        page = text_of(client.get(f"/courses/{course.code}/versions?on=2020-01-01"))
        assert "was not in the published list on that day" in page
        client.get(f"/courses/{course.code}/versions?on=nonsense")
        client.get("/courses/C-NONE/versions", expect=404)


class TestCompare:
    @pytest.mark.parametrize("locale", ["zh_Hans_CN", "en"])
    def test_up_to_four_stand_side_by_side(self, client, course, locale):
        with write_transaction():
            make_open_course_run(course)
            others = [make_listed_course(title=f"课程{n}", hours=30) for n in range(4)]
        codes = [course.code, *(other.code for other in others)]
        query = "&".join(f"c={code}" for code in codes)
        page = text_of(client.speak(locale).get(f"/courses/compare?{query}"))
        assert "课程2" in page and "课程3" not in page
        assert "¥30.00" in page, "1,200 yuan for 40 hours"
        short = client.get(f"/courses/compare?c={','.join(codes)}")
        assert "课程2" in text_of(short) and "课程3" not in text_of(short)

    def test_a_worker_sees_their_price(self, client, course):
        with write_transaction():
            make_scheme()
            user = make_user()
            make_worker(user)
        client.sign_in(user)
        page = text_of(client.speak("en").get(f"/courses/compare?c={course.code}"))
        assert "My price" in page and "¥400.00" in page

    def test_what_is_gone_or_never_was_is_said(self, client, course):
        with write_transaction():
            draft = make_draft_course(title="草稿课程")
            delist_course(course.id, reason="停办", actor_id=None)
        path = f"/courses/compare?c={course.code},{draft.code},C-NONE99,<script>"
        page = text_of(client.speak("en").get(path))
        assert "not in the published list" in page
        assert "草稿课程" not in page and "left out: 2" in page
        assert "Nothing to compare yet" in text_of(client.get("/courses/compare"))

    def test_the_choice_travels_in_the_address(self, client, course):
        with write_transaction():
            other = make_listed_course(title="焊工基础")
        page = text_of(client.speak("en").get(f"/courses?q=电工&c={other.code}"))
        added = f"/courses?q=%E7%94%B5%E5%B7%A5&amp;c={other.code},{course.code}"
        assert f'href="{added}"' in page
        assert f'<input type="hidden" name="c" value="{other.code}">' in page
        assert f'href="/courses/compare?c={other.code}"' in page
        page = text_of(client.get(f"/courses/{course.code}?c={other.code},{course.code}"))
        assert f'href="/courses/{course.code}?c={other.code}"' in page, "it can be taken out again"
        full = ",".join(f"C-AAAA{n}" for n in range(4))
        page = text_of(client.get(f"/courses/{course.code}?c={full}"))
        assert "take one out first" in page
