"""Each kind of person follows every link: no page is broken, inaccessible or too wide.

In both languages, each on a phone and on a desk.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page
from werkzeug.exceptions import HTTPException

from marketplace.foundation.db import write_transaction
from marketplace.people.models import Worker
from marketplace.people.operations import reveal_id_number, store_document
from marketplace.people.states import WorkerCategory
from tests.browser import Site, assert_accessible, resize, screenshot, sign_in
from tests.factories.people import (
    DOT,
    make_administrator,
    make_category_fact,
    make_officer,
    make_user,
    make_verified_category,
    make_worker,
)
from tests.factories.redemption import make_case

pytestmark = pytest.mark.journey

PAGES_MAX = 60
FILE = re.compile(
    r"\.(csv|ics|json|jwt|pdf|png|py|svg|txt|xlsx|xml|yaml)$|/(csv|json|file|download)$|/documents/"
)
"""Addresses that answer a file, not a page."""
OWN = ("/me/", "/institution/", "/fund/", "/admin/", "/account/")
"""Pages of somebody; all others look the same to everybody and are the visitor's walk."""

LINKS = "() => [...document.querySelectorAll('a[href]')].map(one => one.href)"

SCREENS = {"zh_Hans_CN": (360, 1280), "en": (1280, 360)}
"""Each language on both; the next one begins where the last ended, which saves a layout."""


def make_people() -> dict[str, str | None]:
    """One login of each kind, around one reserved voucher; visitors have none."""
    learner = make_user("learner", name="欧阳小明")
    worker = make_worker(learner)
    case = make_case(worker=worker)
    make_past(worker)
    return {
        "/": None,
        "/me/": learner.login,
        "/institution/": case.staff.login,
        "/fund/": make_officer(login="officer").login,
        "/admin/": make_administrator("administrator").login,
    }


def make_past(worker: Worker) -> None:
    """What fills a person's pages: proven and declared categories, and somebody who looked."""
    checker = make_officer()
    make_verified_category(worker, officer=checker)
    document = store_document(
        worker_id=worker.id, file_name="证.png", media_type="", content=DOT, actor_id=None
    )
    make_category_fact(worker, category=WorkerCategory.VETERAN, document_id=document.id)
    reveal_id_number(worker.id, purpose="窗口核对身份", actor_id=checker.id)


def links_of(page: Page, start: str) -> list[str]:
    """Where one can go on to without leaving the walk."""
    found = page.evaluate(LINKS)
    paths = [urlsplit(address).path for address in found if urlsplit(address).query == ""]
    if start == "/":
        return [path for path in paths if not path.startswith(OWN)]
    area = (start, "/account/") if start in ("/me/", "/admin/") else start
    return [path for path in paths if path.startswith(area)]


def judge(page: Page, name: str, widths: tuple[int, int]) -> list[str]:
    """What is wrong with this page on a phone and on a desk, in the language it came in."""
    problems = []
    for width in widths:
        resize(page, width)
        screenshot(page, f"{name}-{width}")
        try:
            assert_accessible(page)
        except AssertionError as error:
            problems.append(f"{name} {error}")
    return problems


@pytest.mark.parametrize("start", ["/", "/me/", "/institution/", "/fund/", "/admin/"])
def test_every_page_a_person_can_reach_is_sound(site: Site, start: str):
    with write_transaction():
        people = make_people()
    page = site.visitor()
    if people[start]:
        sign_in(page, people[start])
    ahead, seen, problems = [start], set(), []
    routes = site.app.url_map.bind("")
    while ahead and len(seen) < PAGES_MAX:
        path = ahead.pop(0)
        try:
            endpoint, _values = routes.match(path, "GET")
        except HTTPException as error:
            problems.append(f"{path}: {error}")
            continue
        if endpoint in seen or endpoint.endswith("static") or FILE.search(path):
            continue
        seen.add(endpoint)
        for locale, widths in SCREENS.items():
            site.speak(page, locale)
            answer = page.goto(path)
            if answer is None or answer.status not in (200, 410):
                problems.append(f"{path}: {answer and answer.status}")
                break
            problems += judge(page, f"{endpoint}-{locale[:2]}", widths)
        else:
            ahead += links_of(page, start)
    assert not problems, "\n\n".join(problems)
    assert len(seen) >= 3
