"""Step 4 of the loop: two officers settle and pay a month, the bank answers, the books close."""

from __future__ import annotations

from pathlib import Path

import pytest
from lxml import etree
from playwright.sync_api import Page, expect

from tests.browser import Site
from tests.journeys.telling import come, go, look

pytestmark = pytest.mark.journey
SCHOOL = "洮南实用技术培训学校"
PAIN_001 = {"p": "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"}


def sign(page: Page, act: str) -> None:
    """The effect is named first, then comes the real button."""
    page.get_by_text(act, exact=True).click()
    page.get_by_role("button", name=f"确认：{act}").click()


def force(page: Page, action: str) -> None:
    """Send a form that the page does not offer."""
    page.evaluate(
        """action => {
            const token = document.querySelector('input[name=csrf_token]').cloneNode();
            const form = document.createElement('form');
            form.method = 'post';
            form.action = action;
            form.append(token);
            document.body.append(form);
            form.submit();
        }""",
        action,
    )
    page.wait_for_load_state()


def settle(maker: Page, checker: Page) -> None:
    go(maker, "结算")
    look(maker, "4-settlements")
    maker.get_by_role("row", name=SCHOOL).get_by_role("button", name="编制结算单").first.click()
    expect(maker.get_by_text("结算单已编制")).to_be_visible()
    look(maker, "4-prepared")
    expect(maker.get_by_text("复核通过")).to_have_count(0)
    force(maker, maker.url + "/approve")
    expect(maker.get_by_role("main").or_(maker.get_by_role("alert")).first).to_be_visible()
    look(maker, "4-own-signature-refused")
    expect(maker.locator("body")).to_contain_text("同一人")
    go(checker, "首页")
    checker.get_by_role("link", name="待复核的结算单：1").click()
    look(checker, "4-to-approve")
    checker.get_by_role("row", name=SCHOOL).get_by_role("link").last.click()
    look(checker, "4-settlement")
    sign(checker, "复核通过")
    expect(checker.get_by_text("结算单已复核，可以拨付。")).to_be_visible()
    look(checker, "4-approved")


def pay(maker: Page, checker: Page, folder: Path) -> Path:
    go(maker, "拨付")
    look(maker, "4-payable")
    maker.get_by_role("button", name="将所选编成批次").click()
    look(maker, "4-batch")
    go(checker, "首页")
    checker.get_by_role("link", name="待复核的拨付批次：1").click()
    checker.get_by_role("main").locator("tbody").get_by_role("link").first.click()
    sign(checker, "复核通过")
    expect(checker.get_by_text("批次已复核，可以发出。")).to_be_visible()
    look(checker, "4-batch-signed")
    maker.reload()
    sign(maker, "发出批次")
    expect(maker.get_by_text("批次已发出，请下载文件并提交银行。")).to_be_visible()
    look(maker, "4-batch-sent")
    with maker.expect_download() as started:
        maker.get_by_role("link", name="下载银行文件").click()
    file = etree.parse(started.value.path())
    total = file.findtext(".//p:GrpHdr/p:CtrlSum", namespaces=PAIN_001)
    amounts = file.findall(".//p:InstdAmt", namespaces=PAIN_001)
    assert float(total) == sum(float(one.text) for one in amounts) > 0
    maker.get_by_role("link", name="让演示银行回复").click()
    look(maker, "4-demo-bank")
    with maker.expect_download() as started:
        maker.get_by_role("button", name="让演示银行回复此文件").click()
    answer = folder / "camt053.xml"
    started.value.save_as(answer)
    return answer


def close_the_books(maker: Page, statement: Path) -> None:
    maker.get_by_role("link", name="前往银行对账单").click()
    look(maker, "4-statements")
    maker.get_by_label("对账单文件").set_input_files(statement)
    maker.get_by_role("button", name="导入并对账").click()
    expect(maker.get_by_text("对账单已保存，明细已对账。")).to_be_visible()
    look(maker, "4-imported")
    go(maker, "对账")
    look(maker, "4-reconciliation")
    unexplained = maker.locator(".stat").filter(has_text="未说明差额")
    expect(unexplained).to_contain_text("¥0.00")


def close_a_month(maker: Page, checker: Page) -> None:
    """The oldest open month: checklist, two signatures, and from a sum down to an entry."""
    go(maker, "会计月份")
    look(maker, "4-months")
    maker.get_by_role("main").locator("tbody").get_by_role("link").last.click()
    look(maker, "4-month")
    sign(maker, "签署（第一人）")
    checker.goto(maker.url)
    sign(checker, "关账")
    expect(checker.get_by_role("link", name="下载账册包")).to_be_visible()
    look(checker, "4-month-closed")
    checker.get_by_role("link", name="本月科目余额").click()
    look(checker, "4-month-balances")
    for _step in ("kind", "account", "entry"):
        checker.get_by_role("main").locator("table").get_by_role("link").first.click()
    expect(checker.get_by_role("heading", level=1)).to_contain_text("凭证")
    look(checker, "4-month-entry")


def test_two_officers_pay_an_institution_and_the_books_close(demo_site: Site, tmp_path: Path):
    maker, checker = come(demo_site, "maker"), come(demo_site, "checker")
    look(maker, "4-start")
    settle(maker, checker)
    close_the_books(maker, pay(maker, checker, tmp_path))
    close_a_month(maker, checker)
