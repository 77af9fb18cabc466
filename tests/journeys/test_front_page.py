"""The pages everybody meets, in a real browser."""

from __future__ import annotations

import pytest

from marketplace.foundation.db import write_transaction
from tests.browser import Site, assert_accessible, resize, screenshot, sign_in
from tests.factories.people import make_user, make_worker

pytestmark = pytest.mark.journey

PUBLIC_PAGES = ("/", "/courses", "/institutions", "/account/sign-in", "/nothing-here")


@pytest.mark.parametrize("locale", ["zh_Hans_CN", "en"])
def test_public_pages_fit_and_are_accessible(site: Site, locale: str):
    page = site.visitor(locale=locale)
    for path in PUBLIC_PAGES:
        page.goto(path)
        for width in (360, 768, 1280):
            resize(page, width)
            screenshot(page, f"{path.strip('/') or 'home'}-{locale[:2]}-{width}")
            assert_accessible(page)


def test_large_print_fits_a_phone(site: Site):
    page = site.visitor()
    for path in PUBLIC_PAGES:
        page.goto(path)
        if path == "/":
            page.get_by_role("button", name="长辈模式").click()
        screenshot(page, f"{path.strip('/') or 'home'}-large")
        assert_accessible(page)
    assert page.evaluate("parseFloat(getComputedStyle(document.body).fontSize)") >= 20


def test_language_is_chosen_with_the_keyboard_alone(site: Site):
    page = site.visitor(width=1280)
    page.goto("/account/sign-in")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip-link"
    for _ in range(2):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector("html[lang=en]")
    assert page.url.endswith("/account/sign-in")


def test_a_worker_signs_in_on_a_phone_and_meets_the_bottom_navigation(site: Site):
    with write_transaction():
        user = make_user("worker")
        make_worker(user)
    page = site.visitor()
    sign_in(page, user)
    page.goto("/me/")
    screenshot(page, "me-zh-360")
    assert_accessible(page)
    bottom = page.locator(".main-nav").bounding_box()
    assert bottom and bottom["y"] + bottom["height"] == page.viewport_size["height"]
