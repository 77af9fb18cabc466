"""Step 5 of the loop: three people read the same entry of the same books."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser import Site
from tests.journeys.telling import come, go, look

pytestmark = pytest.mark.journey


def number_in_the_record(worker: Page, suffix: str) -> str:
    worker.get_by_role("link", name="我的培训档案").or_(
        worker.get_by_role("link", name="培训档案")
    ).first.click()
    expect(worker.get_by_role("main")).to_contain_text("800.00")
    look(worker, f"5-record{suffix}")
    found = re.search(r"凭证\s*(\d+)", worker.get_by_role("main").inner_text())
    assert found
    return found.group(1)


def see_in_the_statement_of_account(school: Page, number: str, suffix: str) -> None:
    go(school, re.compile("往来"))
    look(school, f"5-statement{suffix}")
    line = school.get_by_role("row").filter(
        has=school.get_by_role("cell", name=re.compile(rf"^{number}\b"))
    )
    expect(line).to_contain_text("培训券核销")
    expect(line).to_contain_text("800.00")


def see_in_the_allotment(officer: Page, number: str, suffix: str) -> None:
    go(officer, "专项资金")
    officer.get_by_role("link", name="白城市职业技能提升专项资金").click()
    look(officer, f"5-fund{suffix}")
    place = officer.get_by_role("row").filter(has_text="洮北区").first
    place.get_by_role("cell").nth(4).get_by_role("link").click()
    look(officer, f"5-allotment{suffix}")
    officer.get_by_role("link", name=re.compile(rf"^{number}\b")).click()
    main = officer.get_by_role("main")
    for words in ("培训券核销", "应付培训机构", "指标（已承诺）", "800.00"):
        expect(main).to_contain_text(words)
    look(officer, f"5-entry{suffix}")


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_three_people_see_the_same_entry(demo_site: Site, script: bool):
    suffix = "" if script else "-noscript"
    number = number_in_the_record(come(demo_site, "worker", width=360, script=script), suffix)
    see_in_the_statement_of_account(
        come(demo_site, "school", width=1280, script=script), number, suffix
    )
    see_in_the_allotment(come(demo_site, "maker", width=1280, script=script), number, suffix)
