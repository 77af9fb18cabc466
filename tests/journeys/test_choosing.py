"""Choosing: find courses, put them side by side, read one, start to enroll; without any script."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser import Site
from tests.journeys.telling import come, look

pytestmark = pytest.mark.journey


def card_of(page: Page, title: str) -> Locator:
    return page.get_by_role("group", name=title, exact=True)


def search(page: Page, name: str) -> None:
    page.goto("/courses?q=护理")
    card_of(page, "养老护理员（初级）").get_by_role("link", name="对比").click()
    expect(page.get_by_text("待对比课程：1/4")).to_be_visible()
    look(page, f"choosing-search-{name}")


def search_again_and_keep_the_choice(page: Page) -> None:
    page.get_by_role("searchbox").first.fill("育婴")
    page.get_by_role("main").get_by_role("button", name=re.compile("查找|搜索")).first.click()
    card_of(page, "育婴员（初级）").get_by_role("link", name="对比").click()
    expect(page.get_by_text("待对比课程：2/4")).to_be_visible()


def compare(page: Page, name: str) -> None:
    page.get_by_role("link", name="并排对比").click()
    expect(page.get_by_role("heading", level=1, name="课程对比")).to_be_visible()
    main = page.get_by_role("main")
    expect(main).to_contain_text("我的价格")
    expect(main).to_contain_text("¥280.00")  # 1,080 yuan, of which level 5 pays 800
    look(page, f"choosing-compare-{name}")
    main.get_by_role("link", name="移出 养老护理员（初级）").click()
    expect(main).not_to_contain_text("养老护理员（初级）")


def read_the_course(page: Page, name: str) -> None:
    page.get_by_role("main").get_by_role("link", name="查看 育婴员（初级）").click()
    expect(page.get_by_role("heading", level=1, name="育婴员（初级）")).to_be_visible()
    panel = page.get_by_role("region", name="培训券支付多少")
    expect(panel).to_contain_text("¥800.00")
    expect(panel).to_contain_text("¥280.00")
    expect(page.get_by_text("08:30–17:00").first).to_be_visible()
    expect(page.get_by_role("img", name="本课程网址的二维码")).to_be_visible()
    expect(page.get_by_role("heading", name="相近课程")).to_be_visible()
    look(page, f"choosing-course-{name}")


def start_to_enroll(page: Page) -> None:
    page.get_by_role("main").get_by_role("link", name="报名", exact=True).first.click()
    expect(page.get_by_role("main")).to_contain_text("¥280.00")


@pytest.mark.parametrize(("width", "script"), [(360, True), (1280, False)])
def test_a_worker_compares_and_chooses(demo_site: Site, width: int, script: bool):
    page = come(demo_site, "worker", width=width, script=script)
    name = f"{width}{'' if script else '-noscript'}"
    search(page, name)
    search_again_and_keep_the_choice(page)
    compare(page, name)
    read_the_course(page, name)
    start_to_enroll(page)


def test_an_officer_reviews_a_revision_by_its_difference(demo_site: Site):
    page = come(demo_site, "maker")
    page.goto("/fund/courses")
    page.get_by_role("link", name="养老护理员（中级）").click()
    expect(page.locator("ins").first).to_be_visible()
    expect(page.get_by_role("region", name=re.compile("请再看一遍"))).to_contain_text("29%")
    look(page, "choosing-review")
    page.get_by_role("main").get_by_text("列入目录", exact=True).first.click()
    page.get_by_role("button", name=re.compile("列入目录")).last.click()
    page.goto("/fund/all-courses?state=listed&q=中级")
    page.get_by_role("link", name="养老护理员（中级）").click()
    expect(page.get_by_role("main")).to_contain_text("作决定时已看到的提示：1条")
    look(page, "choosing-versions")
