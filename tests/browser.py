"""A real browser before a real server: what journeys are told with.

    @pytest.mark.journey
    def test_a_worker_finds_a_course(site, page):
        page.goto("/courses")
        assert_accessible(page)
        screenshot(page, "courses")

`site` is the product on a fresh SQLite database, served on a port the system gives; factories
work in the test as everywhere. `page` is a phone (360 px, Chinese); `site.visitor(...)` gives
further people: other widths, languages, dark mode. A console error, a blocked script or a
failing file fails the test.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from werkzeug.serving import WSGIRequestHandler, make_server

from marketplace.foundation import clock
from tests.accessibility import AXE, AXE_PATH, assert_accessible
from tests.pages import PASSWORD
from tools import screenshots

__all__ = ["assert_accessible", "browser", "page", "resize", "screenshot", "sign_in", "site"]

AXE_HEADERS = {
    "Content-Type": "text/javascript; charset=utf-8",
    "Cache-Control": "public, max-age=31536000, immutable",
}


class QuietHandler(WSGIRequestHandler):
    def log_request(self, *_args: Any) -> None:
        """Requests are not test output."""


class Site:
    """The product, served; `instant` is the time its clock stands at."""

    def __init__(self, app: Flask, browser: Browser, instant: datetime) -> None:
        self.app = app
        self.browser = browser
        self.instant = instant
        self.server = make_server(
            "127.0.0.1", 0, self._at_instant, threaded=True, request_handler=QuietHandler
        )
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.complaints: list[str] = []
        self.contexts: list[BrowserContext] = []
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def visitor(
        self,
        *,
        locale: str = "zh_Hans_CN",
        width: int = 360,
        dark: bool = False,
        script: bool = True,
    ) -> Page:
        """One more person with a browser of their own; `script=False` runs no JavaScript."""
        context = screenshots.open_context(
            self.browser, self.url, locale=locale, width=width, dark=dark, script=script
        )
        self.contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: self.complaints.append(f"script: {error}"))
        page.on("console", self._listen)
        return page

    def speak(self, page: Page, locale: str) -> None:
        """From its next page on, this browser asks in another language."""
        page.context.add_cookies([{"name": "lang", "value": locale, "url": self.url}])

    def _listen(self, message: Any) -> None:
        # The browser also reports the 4xx of a page we asked for; pages say that themselves.
        document = "the server responded with a status of 4" in message.text
        if message.type == "error" and not document:
            self.complaints.append(f"console: {message.text}")

    def _at_instant(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        if environ["PATH_INFO"] == AXE_PATH:
            start_response("200 OK", list(AXE_HEADERS.items()))
            return [AXE.axe_script.encode()]
        with clock.frozen(self.instant):
            answer = self.app(environ, start_response)
            try:
                return list(answer)
            finally:
                close = getattr(answer, "close", None)
                if close:
                    close()

    def stop(self) -> None:
        for context in self.contexts:
            context.close()
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium; skipped where there is none, except where everything must run."""
    if not screenshots.find_chromium():
        if os.environ.get("CI"):
            pytest.fail("Chromium is required here")
        pytest.skip("no Chromium on this machine")
    with sync_playwright() as playwright:
        chromium = screenshots.launch(playwright)
        yield chromium
        chromium.close()


@pytest.fixture
def site(browser: Browser) -> Iterator[Site]:
    """The product on a fresh SQLite database, before a browser, at the tests' usual time."""
    from tests.conftest import NOW, fresh_database

    with clock.frozen(NOW), fresh_database("sqlite") as app:
        running = Site(app, browser, NOW)
        yield running
        running.stop()
    assert not running.complaints, running.complaints


@pytest.fixture
def page(site: Site) -> Page:
    """A phone in Chinese."""
    return site.visitor()


def sign_in(page: Page, user: Any, *, password: str = PASSWORD) -> None:
    """Through the real form; takes a user or a login."""
    screenshots.sign_in(page, user if isinstance(user, str) else user.login, password)


def resize(page: Page, width: int) -> None:
    """The same page on another screen, without asking for it again."""
    page.set_viewport_size({"width": width, "height": screenshots.WIDTHS[width]})


def screenshot(page: Page, name: str) -> None:
    """The page as a picture under var/screenshots, where somebody asked (`SCREENSHOTS=1`)."""
    if os.environ.get("SCREENSHOTS"):
        screenshots.screenshot(page, name)
