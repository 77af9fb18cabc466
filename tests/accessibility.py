"""axe judges every page, but nothing twice.

Of axe's work four fifths go into the contrast of colours, and the same few colours stand on
every page. So a page is first described in the browser itself (`fingerprint.js`):

- its **structure**: tags, attributes and where there is text. A structure that was found sound
  at this width is not judged again; at another width, or with one attribute more, it is.
- its **inks**: colour, size and weight of each text with all that is painted behind it. axe
  looks at one text of each ink that it has not seen yet, whichever page, theme or width.

- its **targets**: where each is at least 24 px high and wide and none lies over another, no
  target can be too small; axe, which takes half its time for that, is asked where one may be.

What is found wrong is never remembered as sound. That nothing sticks out of the screen depends
on the words, so it is measured on every page.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from axe_playwright_python.base import AxeResults
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

AXE = Axe()
AXE_PATH = "/axe-of-the-tests.js"
"""Where the site under test answers it: what comes from an address the browser compiles once, what
is sent to each page again and again took as long as judging it."""
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
FINGERPRINT = Path(__file__).with_name("fingerprint.js").read_text("utf-8")
COMMON = {"resultTypes": ["violations"], "preload": False}
OFF = {"enabled": False}
STRUCTURE_AND_TARGETS = {**COMMON, "runOnly": TAGS, "rules": {"color-contrast": OFF}}
STRUCTURE = {**COMMON, "runOnly": TAGS, "rules": {"color-contrast": OFF, "target-size": OFF}}
INK = {**COMMON, "runOnly": {"type": "rule", "values": ["color-contrast"]}}
BRING = """address => new Promise((done, fail) => {
    const script = document.createElement('script');
    script.onload = done;
    script.onerror = () => fail(new Error('no axe'));
    script.src = address;
    document.head.append(script);
    script.remove();
})"""
JUDGE = "options => axe.run(options).then(results => results.violations)"
JUDGE_INKS = """([inks, options]) =>
    axe.run({include: inks.map(ink => window.textByInk[ink][0])}, options)
    .then(results => results.violations)"""
"""Only what is wrong comes back: the whole answer of axe is as long as the page."""


@dataclass
class Judge:
    """What axe has found sound so far."""

    structures: set[tuple[str, int, bool]] = field(default_factory=set)
    inks: set[str] = field(default_factory=set)

    def check(self, page: Page) -> None:
        """axe finds nothing, and nothing sticks out of the screen."""
        page.wait_for_load_state("load")  # a page without its stylesheet yet has small targets
        structure, inks, beyond, crowded, has_axe = page.evaluate(FINGERPRINT)
        assert beyond <= 0, f"{page.url}: {beyond} px wider than the screen"
        assert page.viewport_size
        seen = (structure, page.viewport_size["width"], crowded)
        fresh = [ink for ink in inks if ink not in self.inks]
        new = seen not in self.structures
        if (new or fresh) and not has_axe:  # the same page on another screen has it already
            bring_axe(page)
        asked = STRUCTURE_AND_TARGETS if crowded else STRUCTURE
        violations = self._violations(page, asked if new else None, inks=fresh)
        report = AxeResults({"url": page.url, "violations": violations})
        assert not violations, f"{page.url}, {seen[1]} px\n{report.generate_report()}"
        self.structures.add(seen)
        self.inks.update(fresh)

    def _violations(
        self, page: Page, asked: dict[str, Any] | None, *, inks: list[str]
    ) -> list[Any]:
        found: list[Any] = []
        if asked:
            found += page.evaluate(JUDGE, asked)
        if inks:
            found += page.evaluate(JUDGE_INKS, [inks, INK])
        return found


def bring_axe(page: Page) -> None:
    """From the site's own address; a page that no site answered gets the script itself."""
    if page.url.startswith("http"):
        page.evaluate(BRING, AXE_PATH)
    else:
        page.evaluate(AXE.axe_script)


JUDGE_OF_THIS_RUN = Judge()


def assert_accessible(page: Page) -> None:
    """axe finds nothing, and nothing sticks out of the screen."""
    JUDGE_OF_THIS_RUN.check(page)
