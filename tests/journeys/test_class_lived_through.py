"""A class lived through by three people: staff at a desk, a learner on a phone, an inspector.

The demo's class of this hour, through the real pages. Staff open signing in and help two more in
by their vouchers, one of whom is not there: the school keeps that voucher. The inspector sees
who is in the room. After another party's assessment the money of the absent one is held with its
explanation, and that of the two honest ones is earned. The learner says how it was, takes the
record along, and somebody else verifies the certificate from the code in it.
"""

from __future__ import annotations

import os
import re
import time
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from marketplace.enrollment.models import Enrollment
from marketplace.foundation.db import db
from marketplace.people.models import User, Worker
from marketplace.redemption.models import Reservation
from marketplace.vouchers.models import Voucher
from tests.browser import Site, assert_accessible, screenshot
from tests.journeys.telling import come, go
from tests.pdf_codes import code_of, codes_in

pytestmark = pytest.mark.journey
SEEN_WITHIN_SECONDS = 5
CLASS = "家政服务员（初级）"


def see(site: Site, page: Page, name: str) -> None:
    """The page is accessible, and its picture is kept."""
    assert_accessible(page)
    pass_by(site, page, name)


def pass_by(site: Site, page: Page, name: str) -> None:
    """A page that others judge; where pictures were asked for, there is an English one too."""
    if os.environ.get("SCREENSHOTS"):
        screenshot(page, f"journey-class-{name}")
        site.speak(page, "en")
        other = page.context.new_page()
        other.goto(page.url)
        screenshot(other, f"journey-class-{name}-en")
        other.close()
        site.speak(page, "zh_Hans_CN")


def list_learners() -> list[tuple[int, str]]:
    """Enrollment and voucher code of everybody in the class; the login `learner` is the first."""
    own = select(Enrollment.course_run_id).join(Worker).join(User).where(User.login == "learner")
    rows = db.session.execute(
        select(Enrollment.id, Voucher.code)
        .join(Reservation, Reservation.enrollment_id == Enrollment.id)
        .join(Voucher, Voucher.id == Reservation.voucher_id)
        .where(Enrollment.course_run_id.in_(own))
        .order_by(Enrollment.id)
    ).all()
    db.session.rollback()
    return [(enrollment_id, code) for enrollment_id, code in rows]


def open_signing_in(site: Site, staff: Page) -> None:
    pass_by(site, staff, "1-staff-start")
    staff.get_by_role("link", name="第 6 课次").click()
    pass_by(site, staff, "1-staff-sheet")
    staff.get_by_role("link", name="教室签到屏").click()
    pass_by(site, staff, "1-staff-screen-closed")
    staff.get_by_role("button", name="开放签到").click()
    expect(staff.get_by_role("img", name=re.compile("二维码"))).to_be_visible()
    see(site, staff, "1-staff-screen")


def sign_in_on_the_phone(site: Site, learner: Page, staff: Page) -> None:
    """The figures of the wall, typed on the phone: seen by the learner within five seconds."""
    learner.reload()
    pass_by(site, learner, "2-learner-start")
    learner.get_by_role("link", name="第 6 课签到").click()
    see(site, learner, "2-learner-sign-in")
    learner.get_by_label("屏幕上的签到码").fill(staff.locator(".sign-in-figures").inner_text())
    tapped = time.monotonic()
    learner.get_by_role("button", name="我已到场").click()
    today = learner.locator("#lessons + ol > li").last
    expect(today.get_by_text("到课", exact=True)).to_be_visible()
    assert time.monotonic() - tapped < SEEN_WITHIN_SECONDS
    see(site, learner, "2-learner-signed-in")
    staff.reload()
    expect(staff.get_by_role("progressbar")).to_have_attribute("value", "1")


def help_in_by_voucher(site: Site, staff: Page) -> None:
    """Two vouchers at the station by the door; one of them was left at school."""
    staff.get_by_role("link", name="无手机学员签到台").click()
    for _enrollment_id, code in list_learners()[1:3]:
        staff.get_by_label("券码").fill(code)
        staff.get_by_role("button", name="我已到场").click()
        expect(staff.locator(".flash-success")).to_be_visible()
    see(site, staff, "3-staff-station")


def visit_the_lesson(site: Site, inspector: Page) -> None:
    """Two heads in the room, three signed in: the third is held back at once."""
    pass_by(site, inspector, "4-inspector-start")
    inspector.get_by_role("link", name=CLASS).first.click()
    see(site, inspector, "4-inspector-class")
    inspector.get_by_role("button", name="我已到场：开始检查").click()
    inspector.get_by_label("教室里有多少人在学习？").fill("2")
    for enrollment_id, _code in list_learners()[:2]:
        inspector.locator(f"label[for=seen-{enrollment_id}]").click()
    inspector.get_by_text("机构扣留学员的培训券或手机").click()
    see(site, inspector, "4-inspector-on-site")
    inspector.get_by_role("button", name="提交检查").click()
    expect(inspector.get_by_text("新增暂缓")).to_be_visible()
    expect(inspector.get_by_text("已签到，但督导员未见到")).to_be_visible()
    see(site, inspector, "4-inspector-submitted")


def assess(site: Site, examiner: Page, *, day: str) -> None:
    """Another party enters who passed; the one who was away passes there too."""
    pass_by(site, examiner, "5-examiner-start")
    examiner.get_by_role("link", name=CLASS).click()
    examiner.get_by_label("评价日期").fill(day)
    lines = examiner.locator(".sheet-line")
    for number in range(lines.count()):
        lines.nth(number).get_by_text("合格", exact=True).click()
        lines.nth(number).locator("input[name^=score]").fill(str(74 + 5 * number))
    see(site, examiner, "5-examiner-results")
    examiner.get_by_role("button", name="提交结果").click()
    expect(examiner.get_by_text("89 分")).to_be_visible()
    see(site, examiner, "5-examiner-submitted")


def complete_and_redeem(site: Site, staff: Page) -> None:
    """Three are paid for; the fourth is held, in words, with what would clear it."""
    staff.get_by_role("link", name="结业登记与核销").click()
    pass_by(site, staff, "6-staff-results")
    staff.get_by_role("button", name="登记结果").click()
    expect(staff.get_by_text("结果已登记。")).to_be_visible()
    pass_by(site, staff, "6-staff-recorded")
    staff.get_by_role("button", name="核销全部可核销的券（3 张）").click()
    expect(staff.get_by_text("已核销 3 张培训券。")).to_be_visible()
    expect(staff.get_by_text("凭证")).to_have_count(3)
    held = staff.locator("tbody tr").filter(has_text="暂缓")
    expect(held).to_have_count(1)
    expect(held).to_contain_text("未见到该学员")
    expect(held).to_contain_text("EV-11")
    see(site, staff, "6-staff-redeemed")


def say_how_it_was(site: Site, learner: Page) -> None:
    learner.goto("/me/classes")
    pass_by(site, learner, "7-learner-classes")
    learner.get_by_role("link", name=CLASS).click()
    see(site, learner, "7-learner-class")
    learner.get_by_role("link", name="评价这次培训").click()
    for question in range(4):
        learner.locator(".scale").nth(question).locator("label").nth(question % 2).click()
    see(site, learner, "7-learner-review")
    learner.get_by_role("button", name="提交评价").click()
    pass_by(site, learner, "7-learner-reviewed")


def take_the_record_along(site: Site, learner: Page) -> str:
    """The PDF, and the address to which the code in it leads."""
    learner.goto("/me/record")
    see(site, learner, "8-learner-record")
    with learner.expect_download() as taken:
        learner.get_by_role("link", name="PDF（可打印）").click()
    codes = codes_in(taken.value.path().read_bytes())
    learner.get_by_role("link", name=re.compile(r"^CT-")).click()
    see(site, learner, "8-learner-certificate")
    address = learner.locator("#prove ~ p a.break-anywhere").get_attribute("href")
    assert address and codes == [code_of(address)]
    return address


def verify(site: Site, stranger: Page, address: str) -> None:
    stranger.goto(urlsplit(address).path)  # the host is the deployment's own
    expect(stranger.get_by_role("heading", level=1)).to_have_text("该证书真实有效")
    expect(stranger.get_by_role("main")).to_contain_text(CLASS)
    see(site, stranger, "9-stranger-verifies")


def test_a_class_is_lived_through_by_staff_a_learner_and_an_inspector(demo_site: Site):
    site = demo_site
    staff = come(site, "school")
    learner = come(site, "learner", width=360)
    open_signing_in(site, staff)
    sign_in_on_the_phone(site, learner, staff)
    help_in_by_voucher(site, staff)
    visit_the_lesson(site, come(site, "inspector"))

    site.instant += timedelta(hours=6)
    go(staff, "班次")
    running = staff.locator("[aria-labelledby=column-running]")
    running.get_by_role("link", name=CLASS).click()
    staff.get_by_role("button", name="结束班次").click()
    assess(site, come(site, "examiner"), day=f"{site.instant:%Y-%m-%d}")
    complete_and_redeem(site, staff)
    say_how_it_was(site, learner)
    verify(site, come(site), take_the_record_along(site, learner))
