"""Step 2 of the loop: a job seeker becomes eligible, finds a course and is in with three taps."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.browser import Site
from tests.factories.people import next_id_number
from tests.journeys.telling import come, look

pytestmark = [pytest.mark.journey, pytest.mark.xdist_group("journeys")]
# One white dot: a photo that a browser can show.
PHOTO = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c4944415408d7"
    "63f8ffff3f0005fe02fe0def46b80000000049454e44ae426082"
)
PASSWORD = "four quiet words here"


def sign_up(page: Page) -> None:
    page.goto("/")
    look(page, "2-front-page")
    page.get_by_role("link", name="登录").first.click()
    page.get_by_role("link", name="注册").click()
    page.get_by_label("登录名").fill("journey-seeker")
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_label("姓名").fill("李小花")
    page.get_by_role("checkbox").check()
    look(page, "2-sign-up")
    page.get_by_role("button", name="注册").click()


def show_who(page: Page) -> None:
    page.get_by_label("居民身份号码").fill(next_id_number())
    look(page, "2-id-number")
    page.get_by_role("button", name="继续").click()
    page.get_by_role("button", name="继续").click()
    page.get_by_label("手机号").fill("138 0013 8000")
    page.get_by_role("button", name="继续").click()
    look(page, "2-place")
    for place in ("吉林省", "白城市", "洮北区"):
        page.get_by_role("main").get_by_role("link", name=place).click()
    look(page, "2-place-chosen")


def test_a_job_seeker_gets_from_the_front_page_to_a_voucher_with_a_code(demo_site: Site):
    page = come(demo_site, width=360)
    sign_up(page)
    show_who(page)
