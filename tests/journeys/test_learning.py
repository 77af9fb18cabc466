"""Step 2 of the loop: a job seeker becomes eligible, finds a course and is in with three taps."""

from __future__ import annotations

import re
from datetime import date

import pytest
from playwright.sync_api import Page, expect

from tests.browser import Site
from tests.factories.people import next_id_number
from tests.journeys.telling import come, look

pytestmark = pytest.mark.journey
# One white dot: a photo that a browser can show.
PHOTO = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c4944415408d7"
    "63f8ffff3f0005fe02fe0def46b80000000049454e44ae426082"
)
PASSWORD = "four quiet words here"


def sign_up(page: Page) -> None:
    page.goto("/")
    look(page, "2-front-page")
    page.get_by_role("link", name="注册，查看可领的券").click()
    page.get_by_label("登录名").fill("journey-seeker")
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_label("姓名").fill("李小花")
    page.get_by_role("checkbox").check()
    look(page, "2-sign-up")
    page.get_by_role("button", name="注册").click()


def show_who(page: Page) -> None:
    page.get_by_label("居民身份号码").fill(next_id_number(born_on=date(1992, 5, 17)))
    look(page, "2-id-number")
    page.get_by_role("button", name="继续").click()
    page.get_by_role("button", name="继续").click()
    page.get_by_label("手机号").fill("138 0013 8000")
    page.get_by_role("button", name="继续").click()
    look(page, "2-place")
    for place in ("吉林省", "白城市", "洮北区"):
        page.get_by_role("main").get_by_role("link", name=place).click()
    look(page, "2-place-chosen")

    page.get_by_role("button", name="我住在这里").click()
    look(page, "2-check")
    page.get_by_role("button", name="信息无误，提交登记").click()
    expect(page.get_by_text("实名登记完成，欢迎您！")).to_be_visible()
    look(page, "2-start")


def be_told_why_not_yet(page: Page) -> None:
    page.get_by_role("link", name="培训券", exact=True).click()
    page.get_by_role("link", name="申领培训券").click()
    expect(page.get_by_role("main")).to_contain_text("登记失业人员")
    look(page, "2-not-eligible-yet")
    page.goto("/me/")


def declare(page: Page) -> None:
    page.get_by_role("link", name="请申报您的人员类别").click()
    look(page, "2-categories")
    page.get_by_role("link", name="登记失业人员").click()
    page.get_by_label("从什么时候开始？").fill("2026-09-01")
    page.get_by_label("证明材料的照片或PDF").set_input_files(
        {"name": "失业登记证.png", "mimeType": "image/png", "buffer": PHOTO}
    )
    look(page, "2-declare")
    page.get_by_role("button", name="提交申报").click()
    expect(page.get_by_text("申报已提交")).to_be_visible()
    look(page, "2-declared")


def verify(officer: Page) -> None:
    look(officer, "2-officer-start")
    officer.get_by_role("link", name="待审核的人员类别申报：1件").click()
    look(officer, "2-officer-list")
    officer.get_by_role("main").get_by_role("row").nth(1).get_by_role("link").click()
    photo = officer.get_by_role("img", name="证明材料照片")
    expect(photo).to_have_js_property("naturalWidth", 1)
    expect(officer.get_by_role("main")).not_to_contain_text("13800138000")
    look(officer, "2-officer-decides")
    officer.get_by_role("button", name="确认并办理下一件").click()
    expect(officer.get_by_text("已确认，并已通知本人。")).to_be_visible()
    look(officer, "2-officer-done")


def enroll_in_three_taps(page: Page) -> None:
    page.goto("/")
    page.get_by_label("您想学什么？").fill("养老护理")
    page.get_by_role("button", name=re.compile("查找")).click()
    # Level 5 pays 800 of 980 yuan for a person trained free of charge: 180 are left.
    expect(page.get_by_role("article").filter(has_text="养老护理员（初级）")).to_contain_text(
        "¥180.00"
    )
    look(page, "2-search")
    page.get_by_role("link", name="养老护理员（初级）").click()
    look(page, "2-course")
    page.get_by_role("link", name="报名", exact=True).first.click()
    expect(page.get_by_role("main")).to_contain_text("¥180.00")
    look(page, "2-enroll")
    page.get_by_role("button", name="确认报名").click()
    expect(page.get_by_role("heading", name="报名成功")).to_be_visible()
    expect(page.get_by_role("img", name="券码二维码")).to_be_visible()
    look(page, "2-welcome")


def show_the_voucher(page: Page) -> None:
    page.get_by_role("link", name="培训券", exact=True).click()
    look(page, "2-vouchers")
    page.get_by_role("link", name="白城市职业技能培训券").click()
    expect(page.get_by_role("img", name="券码二维码")).to_be_visible()
    look(page, "2-voucher")


def test_a_job_seeker_gets_from_the_front_page_to_a_voucher_with_a_code(demo_site: Site):
    page = come(demo_site, width=360)
    sign_up(page)
    show_who(page)
    be_told_why_not_yet(page)
    declare(page)
    verify(come(demo_site, "maker"))
    enroll_in_three_taps(page)
    show_the_voucher(page)
