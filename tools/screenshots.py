"""Look at pages: PNG files of a running site at three widths in both languages.

    python tools/screenshots.py http://127.0.0.1:8000 / /courses
    python tools/screenshots.py http://127.0.0.1:8000 --login NAME --password WORD /me/ /fund/

Files go to var/screenshots/<path>-<language>-<width>.png. Needs Chromium (Debian: `apt install
chromium-headless-shell`, or `chromium`).
"""

from __future__ import annotations

import argparse
import os
import re
import sys
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page, Playwright, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "var" / "screenshots"
WIDTHS = {360: 740, 768: 1024, 1280: 800}
LANGUAGES = {"zh_Hans_CN": "zh-CN", "en": "en-GB"}
PLACES = (
    "/usr/bin/chromium-headless-shell",
    "/usr/bin/chromium",
    "/usr/bin/chromium-browser",
)
QUIET = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-dev-shm-usage",
    "--disable-extensions",
    "--disable-sync",
    "--disable-client-side-phishing-detection",
    "--disable-gpu",
    "--in-process-gpu",  # there is none; drawing in the same process saves copies
    "--no-first-run",
    # Nobody but the site. A route handler would do it too, but turns the browser's cache off.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
]


def find_chromium() -> str | None:
    """The one named by CHROMIUM; else Debian's without windows, which needs half the work."""
    for path in (os.environ.get("CHROMIUM"), *PLACES):
        if path and os.access(path, os.X_OK):
            return path
    return None


def launch(playwright: Playwright) -> Browser:
    """A browser that speaks to nobody but the site under test."""
    return playwright.chromium.launch(executable_path=find_chromium(), args=QUIET)


def open_context(
    browser: Browser,
    url: str,
    *,
    locale: str = "zh_Hans_CN",
    width: int = 360,
    dark: bool = False,
    script: bool = True,
) -> BrowserContext:
    """A fresh visitor with a screen of this width and a language already chosen."""
    context = browser.new_context(
        reduced_motion="reduce",  # a colour on its way is nobody's colour
        base_url=url,
        locale=LANGUAGES[locale],
        viewport={"width": width, "height": WIDTHS.get(width, 800)},
        color_scheme="dark" if dark else "light",
        timezone_id="Asia/Shanghai",
        java_script_enabled=script,
    )
    context.add_cookies([{"name": "lang", "value": locale, "url": url}])
    return context


def screenshot(page: Page, name: str) -> Path:
    """The whole page as a PNG under var/screenshots."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    path = FOLDER / f"{re.sub(r'[^A-Za-z0-9._-]+', '-', name).strip('-')}.png"
    page.screenshot(path=path, full_page=True)
    return path


def sign_in(page: Page, login: str, password: str) -> None:
    """Through the real form."""
    page.goto("/account/sign-in")
    page.locator("main input[name=login]").fill(login)
    page.locator("main input[name=password]").fill(password)
    page.locator("main form button[type=submit]").first.click()
    page.wait_for_load_state()
    if "/sign-in" in page.url:
        raise SystemExit(f"could not sign in as {login}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("url", help="where the site runs")
    parser.add_argument("paths", nargs="+", help="pages to look at")
    parser.add_argument("--login", help="sign in as this person first")
    parser.add_argument("--password", default="")
    parser.add_argument("--widths", default="360,768,1280")
    parser.add_argument("--languages", default="zh_Hans_CN,en")
    parser.add_argument("--dark", action="store_true", help="as on a device in dark mode")
    chosen = parser.parse_args()
    with sync_playwright() as playwright:
        browser = launch(playwright)
        for locale in chosen.languages.split(","):
            for width in map(int, chosen.widths.split(",")):
                context = open_context(
                    browser, chosen.url.rstrip("/"), locale=locale, width=width, dark=chosen.dark
                )
                page = context.new_page()
                if chosen.login:
                    sign_in(page, chosen.login, chosen.password)
                for path in chosen.paths:
                    page.goto(path)
                    who = f"{chosen.login}-" if chosen.login else ""
                    name = f"{who}{path.strip('/') or 'home'}-{locale[:2]}-{width}"
                    print(screenshot(page, name + ("-dark" if chosen.dark else "")))
                context.close()
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
