"""Step 3 of the loop: an institution files a class, takes attendance, completes and redeems."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser import Site
from tests.journeys.telling import come, go, look

pytestmark = pytest.mark.journey


def file_a_class(page: Page) -> None:
    go(page, "培训项目")
    look(page, "3-courses")
    page.get_by_role("link", name="养老护理员（初级）").click()
    page.get_by_role("link", name="备案班次").click()
    for label, value in (
        ("开班日期", "2026-12-07"),
        ("结束日期", "2026-12-18"),
        ("报名开始日期", "2026-11-20"),
        ("报名截止日期", "2026-12-06"),
        ("名额", "20"),
        ("培训地点", "洮北区中兴东大路 18 号 201 室"),
        ("上课时间", "09:00"),
        ("下课时间", "17:00"),
    ):
        page.get_by_label(label, exact=True).fill(value)
    for day in "一二三四五":
        page.get_by_label(f"星期{day}").check()
    look(page, "3-file")
    page.get_by_role("button", name="提交备案").click()
    expect(page.get_by_text("班次已备案")).to_be_visible()
    look(page, "3-filed")
    page.get_by_role("button", name="开放报名").click()
    expect(page.get_by_text("学员现在可以报名。")).to_be_visible()
    look(page, "3-open")


def complete_and_redeem(page: Page) -> None:
    page.goto("/institution/")
    page.get_by_role("link", name="4 人结果待登记").click()
    look(page, "3-results")
    results = page.locator("select[name^=result-]")
    assert results.count() == 4
    for number in range(4):
        results.nth(number).select_option(label="考核合格")
    page.get_by_role("button", name="登记结果").click()
    expect(page.get_by_text("结果已登记。")).to_be_visible()
    look(page, "3-completed")
    page.get_by_role("button", name="核销全部可核销的券（3 张）").click()
    expect(page.get_by_text("已核销 3 张培训券。")).to_be_visible()
    expect(page.get_by_text("出勤率为50%，该券种要求不低于80%。")).to_be_visible()
    expect(page.get_by_text("凭证")).to_have_count(3)
    look(page, "3-redeemed")
    page.get_by_role("navigation", name="当前位置").get_by_role("link").last.click()
    expect(page.locator("tbody tr")).to_have_count(4)
    look(page, "3-roster")


def take_attendance(page: Page) -> str:
    page.get_by_role("link", name="第 5 课次").click()
    look(page, "3-sheet")
    lines = page.locator(".sheet-line")
    for number in range(lines.count()):
        mark = "缺课" if number == 0 else "到课"
        lines.nth(number).get_by_text(mark, exact=True).click()
    page.get_by_label("到课的证明方式").select_option(label="已在纸质签到表签名")
    look(page, "3-sheet-marked")
    page.get_by_role("button", name="保存签到表").click()
    expect(lines.get_by_text("工作人员登记")).to_have_count(1)
    expect(lines.get_by_text("等待第二人审批")).to_have_count(lines.count() - 1)
    look(page, "3-sheet-saved")
    return page.url


def test_an_institution_teaches_and_redeems(demo_site: Site):
    page = come(demo_site, "school", width=768)
    look(page, "3-start")
    file_a_class(page)
    complete_and_redeem(page)
    elsewhere = take_attendance(come(demo_site, "school2", width=768))
    stranger = page.goto(elsewhere)
    assert stranger is not None and stranger.status == 404
    look(page, "3-not-ours")
