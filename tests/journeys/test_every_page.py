"""Each kind of person follows every link: no page is broken, inaccessible or too wide."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from werkzeug.exceptions import HTTPException

from marketplace.foundation.db import write_transaction
from tests.browser import Site, assert_accessible, screenshot, sign_in
from tests.factories.people import make_administrator, make_officer, make_user, make_worker
from tests.factories.redemption import make_case

pytestmark = pytest.mark.journey

PAGES_MAX = 40
FILES = (
    *(".csv", ".ics", ".json", ".jwt", ".pdf", ".png", ".svg", ".txt", ".xlsx", ".xml", ".yaml"),
    *("/csv", "/json", "/file", "/download"),
)


def make_people() -> dict[str, str]:
    """One login of each kind, around one reserved voucher."""
    learner = make_user("learner", name="欧阳小明")
    case = make_case(worker=make_worker(learner))
    return {
        "/me/": learner.login,
        "/institution/": case.staff.login,
        "/fund/": make_officer(login="officer").login,
        "/admin/": make_administrator("administrator").login,
    }


def links_of(page: object) -> list[str]:
    found = page.eval_on_selector_all("a[href]", "all => all.map(one => one.href)")
    return [urlsplit(address).path for address in found if urlsplit(address).query == ""]


@pytest.mark.parametrize(
    ("start", "width", "locale"),
    [
        ("/me/", 360, "zh_Hans_CN"),
        ("/me/", 1280, "en"),
        ("/institution/", 768, "zh_Hans_CN"),
        ("/institution/", 360, "en"),
        ("/fund/", 1280, "zh_Hans_CN"),
        ("/fund/", 360, "en"),
        ("/admin/", 768, "zh_Hans_CN"),
    ],
)
def test_every_page_a_person_can_reach_is_sound(site: Site, start: str, width: int, locale: str):
    with write_transaction():
        people = make_people()
    page = site.visitor(width=width, locale=locale)
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
        if endpoint in seen or endpoint.endswith("static") or path.endswith(FILES):
            continue
        seen.add(endpoint)
        answer = page.goto(path)
        if answer is None or answer.status not in (200, 410):
            problems.append(f"{path}: {answer and answer.status}")
            continue
        screenshot(page, f"{endpoint}-{locale[:2]}-{width}")
        try:
            assert_accessible(page)
        except AssertionError as error:
            problems.append(f"{endpoint} {error}")
        ahead += links_of(page)
    assert not problems, "\n\n".join(problems)
    assert len(seen) >= 3
