"""A month of the demo city, from a finished class to closed books with nothing unexplained.

The school claims on a phone; two officers check, send a line back, publicise and approve; a line
that was put right is moved on by silence. They settle and pay the month by bank file. The bank
refuses one payment, brings one back and takes a fee of its own. In the end every line is explained,
the month is closed by two people, and each figure leads to its entries and back.
"""

from __future__ import annotations

import io
import re
import zipfile
from contextlib import contextmanager
from copy import deepcopy
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from lxml import etree
from playwright.sync_api import Page, expect

from marketplace.claims.operations.progress import advance_claim
from marketplace.claims.queries.claims import list_due_claims
from marketplace.closing.operations import sign_close, sign_closing
from marketplace.foundation import clock
from marketplace.foundation.db import db, write_transaction
from marketplace.people.queries import find_user_by_login
from tests.browser import Site
from tests.factories.status_reports import make_status, make_status_report
from tests.journeys.telling import come, go, look

pytestmark = pytest.mark.journey
SCHOOL, OTHER = "鹤城家政职业培训学校", "瀚海母婴护理培训中心"
PAIN = {"p": "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"}
CAMT = {"c": "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"}
FEE = "15.00"


def sign(page: Page, act: str) -> None:
    """The effect is named first, then comes the real button."""
    page.get_by_text(act, exact=True).first.click()
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


@contextmanager
def without_a_click(site: Site):
    """What the runner does in the background at this hour."""
    with clock.frozen(site.instant):
        yield
    db.session.remove()


def wait_until(site: Site, day: str) -> None:
    """The days go by; the hourly work moves on what nobody decided in time."""
    site.instant = datetime.fromisoformat(f"{day}T02:00:00+00:00")
    with without_a_click(site):
        for claim_id in list_due_claims():
            with write_transaction():
                advance_claim(claim_id)


def redeem_and_claim(school: Page) -> None:
    """The results make vouchers redeemable, the redemptions make the claim: nothing is retyped."""
    school.get_by_role("link", name="4 人结果待登记").click()
    results = school.locator("select[name^=result-]")
    for number in range(results.count()):
        results.nth(number).select_option(label="考核合格")
    school.get_by_role("button", name="登记结果").click()
    school.get_by_role("button", name=re.compile("^核销全部")).click()
    expect(school.get_by_text("已核销 3 张培训券。")).to_be_visible()
    school.goto("/institution/claims")
    look(school, "6-claims")
    school.get_by_role("button", name="生成申请").first.click()
    expect(school.get_by_role("main")).to_contain_text("¥2,400.00")
    look(school, "6-claim-draft")
    sign(school, "提交申请")
    look(school, "6-claim-submitted")


def check_and_return(maker: Page) -> None:
    """The sample is seen line by line; one line goes back with a reason, the others move on."""
    go(maker, "首页")
    maker.get_by_role("link", name=re.compile("待初审或复核的拨付申请")).click()
    look(maker, "6-claims-office")
    maker.get_by_role("row", name=SCHOOL).filter(has_text="初审中").get_by_role("link").click()
    look(maker, "6-claim-to-check")
    line = maker.get_by_role("row").filter(has_text="退回或拒绝").last
    line.get_by_text("退回或拒绝").click()
    line.get_by_label("原因（机构可见）").fill("请补交学员签字的考核表")
    line.get_by_role("button", name="退回：待补正").click()
    look(maker, "6-line-returned")
    for box in maker.locator("input[name=seen]").all():
        box.check()
    maker.get_by_role("button", name="签署初审").click()
    look(maker, "6-claim-checked")
    expect(maker.get_by_role("main")).to_contain_text("公示")


def claim_again(school: Page) -> None:
    """The returned line, put right, in a claim of its own."""
    school.reload()
    expect(school.get_by_role("main")).to_contain_text("请补交学员签字的考核表")
    look(school, "6-claim-returned-line")
    school.goto("/institution/claims")
    school.get_by_role("button", name="生成申请").first.click()
    expect(school.get_by_role("main")).to_contain_text("此前退回原因")
    look(school, "6-claim-again")
    sign(school, "提交申请")


def read_the_notice(visitor: Page) -> None:
    """Anybody sees who is meant to be paid for, masked, and may object."""
    visitor.goto("/claims")
    look(visitor, "6-notices")
    visitor.get_by_role("link", name=SCHOOL).first.click()
    main = visitor.get_by_role("main")
    expect(main).to_contain_text("**")
    assert not re.search(r"\d{17}[\dX]", main.inner_text())
    look(visitor, "6-notice")


def approve_claims(checker: Page) -> None:
    """Nobody objected: the second officer approves both that were publicised."""
    for name in (SCHOOL, OTHER):
        go(checker, "首页")
        checker.get_by_role("link", name=re.compile("待初审或复核的拨付申请")).click()
        row = checker.get_by_role("row", name=name).filter(has_text="公示")
        row.get_by_role("link").first.click()
        sign(checker, "复核通过")
    look(checker, "6-claim-approved")


def settle(maker: Page, checker: Page) -> None:
    """Two institutions' month; whoever prepared cannot sign."""
    for name in (SCHOOL, OTHER):
        maker.goto("/fund/settlements?period=2026-11")
        look(maker, "6-settlements")
        row = maker.get_by_role("row", name=name).first
        expect(row).to_contain_text("2,400.00")  # the line that silence approved is among them
        row.get_by_role("button", name="编制结算单").click()
    look(maker, "6-prepared")
    force(maker, maker.url + "/approve")
    expect(maker.locator("body")).to_contain_text("同一人")
    for _one in range(2):
        go(checker, "首页")
        checker.get_by_role("link", name=re.compile("待复核的结算单")).click()
        checker.get_by_role("main").locator("tbody").last.get_by_role("link").first.click()
        sign(checker, "复核通过")
    look(checker, "6-settlement")


def send_a_batch(maker: Page, checker: Page, name: str) -> etree._ElementTree:
    """Everything that can be paid, signed by the second officer, sent; the bank's file."""
    maker.goto("/fund/payout-batches")
    look(maker, f"6-{name}-payable")
    maker.get_by_role("button", name="将所选编成批次").click()
    checker.goto(maker.url)
    sign(checker, "复核通过")
    maker.reload()
    sign(maker, "发出批次")
    look(maker, f"6-{name}-sent")
    with maker.expect_download() as started:
        maker.get_by_role("link", name="下载银行文件").click()
    file = etree.parse(started.value.path())
    amounts = file.findall(".//p:InstdAmt", namespaces=PAIN)
    total = file.findtext(".//p:GrpHdr/p:CtrlSum", namespaces=PAIN)
    assert float(total) == sum(float(one.text) for one in amounts) > 0
    return file


def take_in_the_answer(maker: Page, file: etree._ElementTree) -> None:
    """The bank accepts all of it (pain.002); the same report again changes nothing."""
    batch = maker.url.rsplit("/", 1)[-1]
    orders = [one.text for one in file.findall(".//p:EndToEndId", namespaces=PAIN)]
    statuses = [make_status(one, "ACSC", reason="") for one in orders]
    report = make_status_report(batch, statuses, message="ACSC")
    for _again in range(2):
        maker.goto(f"/fund/payout-batches/{batch}")
        upload(maker, "状态报告", "导入报告", "pain002.xml", report)
        look(maker, "6-status-report")
    maker.goto(f"/fund/payout-batches/{batch}")


def upload(page: Page, label: str, button: str, name: str, content: bytes) -> None:
    media_type = "text/xml" if name.endswith("xml") else "application/octet-stream"
    file = {"name": name, "mimeType": media_type, "buffer": content}
    page.get_by_label(label).set_input_files(file)
    page.get_by_role("button", name=button).click()


def answer_of_the_bank(maker: Page, folder: Path, *, returned: str | None = None) -> bytes:
    maker.get_by_role("link", name="让演示银行回复").click()
    if returned:
        maker.get_by_label(returned).check()
    with maker.expect_download() as started:
        maker.get_by_role("button", name="让演示银行回复此文件").click()
    path = folder / "camt053.xml"
    started.value.save_as(path)
    return path.read_bytes()


def with_a_fee(statement: bytes) -> bytes:
    """The same statement with a fee the bank took besides."""
    root = etree.fromstring(statement)
    last = root.findall(".//c:Ntry", namespaces=CAMT)[-1]
    fee = deepcopy(last)
    fee.find("c:Amt", namespaces=CAMT).text = FEE
    fee.find("c:CdtDbtInd", namespaces=CAMT).text = "DBIT"
    fee.find("c:AcctSvcrRef", namespaces=CAMT).text = "FEE-1"
    fee.remove(fee.find("c:NtryDtls", namespaces=CAMT))
    etree.SubElement(fee, f"{{{CAMT['c']}}}AddtlNtryInf").text = "手续费"
    last.addnext(fee)
    closing = root.findall(".//c:Bal/c:Amt", namespaces=CAMT)[-1]
    closing.text = f"{float(closing.text) - float(FEE):.2f}"
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def reconcile(maker: Page, statement: bytes, name: str) -> None:
    maker.goto("/fund/bank-statements")
    upload(maker, "对账单文件", "导入并对账", f"{name}.xml", statement)
    expect(maker.get_by_text("对账单已保存，明细已对账。")).to_be_visible()
    look(maker, f"6-{name}-imported")


def explain_the_fee(maker: Page, checker: Page) -> None:
    """What no payout of ours explains is proposed by one officer and booked by another."""
    go(maker, "对账")
    look(maker, "6-reconciliation")
    maker.get_by_role("main").locator("tbody").last.get_by_role("link").first.click()
    look(maker, "6-difference")
    maker.get_by_label("这笔款项是什么？").select_option(label="银行手续费支出")
    maker.get_by_label("原因").fill("银行扣收转账手续费，见回单")
    maker.get_by_role("button", name="提交复核").click()
    go(checker, "首页")
    checker.get_by_role("link", name=re.compile("待复核分录")).click()
    look(checker, "6-entries-to-sign")
    checker.get_by_role("main").locator("tbody").get_by_role("link").first.click()
    sign(checker, "签署并入账")
    look(checker, "6-difference-explained")
    go(maker, "对账")
    unexplained = maker.locator(".stat").filter(has_text="未说明差额")
    expect(unexplained).to_contain_text("¥0.00")


def close_those_before(site: Site) -> None:
    """The months before, by the same operations that the pages call."""
    with without_a_click(site):
        people = [find_user_by_login(login) for login in ("maker", "checker")]
        for period in ("2026-08", "2026-09", "2026-10"):
            for act, person in zip((sign_closing, sign_close), people, strict=True):
                assert person is not None
                with write_transaction():
                    act(period, actor_id=person.id, paths=("",))


def close_the_month(site: Site, maker: Page, checker: Page) -> None:
    maker.goto("/fund/periods/2026-11")
    look(maker, "6-month-missing")
    close_those_before(site)
    maker.reload()
    look(maker, "6-month")
    sign(maker, "签署（第一人）")
    look(maker, "6-month-signed")
    go(checker, "首页")
    checker.get_by_role("link", name="待第二人签署关账的月份：1").click()
    checker.get_by_role("link", name="2026年11月").click()
    sign(checker, "关账")
    look(checker, "6-month-closed")
    with checker.expect_download() as started:
        checker.get_by_role("link", name="下载账册包（ZIP）").click()
    with zipfile.ZipFile(io.BytesIO(Path(started.value.path()).read_bytes())) as pack:
        assert {"period.pdf", "journal.csv", "trial.csv", "manifest.json", "manifest.jwt"} <= set(
            pack.namelist()
        )


def drill_down_and_back(checker: Page) -> None:
    """From a sum of the month to a voucher, and from the voucher back to the bank's line."""
    checker.goto("/fund/periods/2026-11/books")
    look(checker, "6-balances")
    checker.get_by_role("link", name="应付培训机构").first.click()
    look(checker, "6-balances-kind")
    checker.get_by_role("main").locator("table").get_by_role("link").first.click()
    look(checker, "6-account")
    checker.get_by_role("row").filter(has_text="培训券核销").get_by_role("link").first.click()
    look(checker, "6-entry")
    for words in ("培训券", "结算单", "拨付批次", "对账单"):
        expect(checker.get_by_role("main")).to_contain_text(words)
    checker.get_by_role("main").get_by_role("link", name=re.compile("^BS-")).first.click()
    look(checker, "6-statement")
    expect(checker.get_by_role("main")).to_contain_text("已对上")


def read_the_account(school: Page) -> None:
    """The school sees the same in its own words, takes it along, and disputes a line."""
    school.goto("/institution/statement-of-account?from=2026-11-01")
    look(school, "6-account-school")
    main = school.get_by_role("main")
    expect(main).to_contain_text("银行退回拨付")
    for words in ("下载 CSV", "下载PDF对账单"):
        expect(school.get_by_role("link", name=words)).to_be_visible()
    main.get_by_role("link", name=re.compile("^异议")).first.click()
    look(school, "6-dispute")


def test_a_month_of_the_city_is_closed_with_nothing_unexplained(demo_site: Site, tmp_path: Path):
    school = come(demo_site, "school", width=360)
    maker, checker = come(demo_site, "maker"), come(demo_site, "checker")
    redeem_and_claim(school)
    check_and_return(maker)
    claim_again(school)
    read_the_notice(come(demo_site, width=360))
    wait_until(demo_site, "2026-11-28")
    approve_claims(checker)
    wait_until(demo_site, "2026-12-09")
    wait_until(demo_site, "2026-12-20")  # the days for which its grade holds the payment are over
    settle(maker, checker)
    file = send_a_batch(maker, checker, "first")
    take_in_the_answer(maker, file)
    first = answer_of_the_bank(maker, tmp_path, returned=SCHOOL)
    demo_site.instant += timedelta(days=1)
    reconcile(maker, with_a_fee(first), "first")
    explain_the_fee(maker, checker)
    again = send_a_batch(maker, checker, "again")
    assert len(again.findall(".//p:InstdAmt", namespaces=PAIN)) == 1
    second = answer_of_the_bank(maker, tmp_path)
    demo_site.instant += timedelta(days=1)
    reconcile(maker, second, "again")
    close_the_month(demo_site, maker, checker)
    drill_down_and_back(checker)
    read_the_account(school)
