"""The pages everybody meets, in a real browser."""

from __future__ import annotations

import pytest

from tests.browser import Site, assert_accessible, screenshot

pytestmark = pytest.mark.journey


@pytest.mark.parametrize("locale", ["zh_Hans_CN", "en"])
@pytest.mark.parametrize("width", [360, 768, 1280])
def test_the_front_page_fits_and_is_accessible(site: Site, locale: str, width: int):
    page = site.visitor(locale=locale, width=width)
    page.goto("/")
    assert_accessible(page)
    screenshot(page, f"home-{locale[:2]}-{width}")
