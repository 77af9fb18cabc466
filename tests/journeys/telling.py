"""How the journeys are told: who looks, with which screen, and what every page owes them."""

from __future__ import annotations

import re

from playwright.sync_api import Page

from marketplace.demo.cast import DEMO_PASSWORD
from tests.browser import Site, assert_accessible, screenshot, sign_in

PATIENCE_MS = 15_000


def come(site: Site, login: str | None = None, *, width: int = 1280, script: bool = True) -> Page:
    """A person with a Chinese browser, signed in when they have a login."""
    page = site.visitor(width=width, script=script)
    page.set_default_timeout(PATIENCE_MS)
    if login:
        sign_in(page, login, password=DEMO_PASSWORD)
    return page


def go(page: Page, name: str | re.Pattern[str]) -> None:
    """Follow a link of the main navigation; the group it stands in is opened first."""
    nav = page.get_by_role("navigation", name="主导航")
    words = re.compile(rf"^\s*{re.escape(name)}\s*$") if isinstance(name, str) else name
    link = nav.locator("a", has_text=words)
    group = nav.locator("details:not([open])").filter(has=page.locator("a", has_text=words))
    if group.count():
        group.locator("summary").click()
    link.click()


def look(page: Page, name: str) -> None:
    """The page is accessible and fits; its picture is kept."""
    if "noscript" not in name:
        assert_accessible(page)
    screenshot(page, f"journey-{name}")
