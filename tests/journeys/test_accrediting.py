"""A new institution applies, is sent back, corrects, is accredited, and opens a class."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser import Site
from tests.factories.institutions import make_uscc
from tests.factories.people import PNG
from tests.journeys.telling import come, go, look

pytestmark = pytest.mark.journey

NAME = "洮北康养技能培训中心"
OCCUPATION = "养老护理员"


def register(page: Page) -> None:
    page.get_by_role("link", name="我代表培训机构，想登记机构").click()
    for place in ("吉林省", "白城市", "洮北区"):
        page.get_by_role("link", name=place).click()
    page.get_by_label("机构名称").fill(NAME)
    page.get_by_label("统一社会信用代码").fill(make_uscc(77))
    look(page, "6-register")
    page.get_by_role("button", name="登记并开始申请").click()
    expect(page.get_by_text("机构已登记。")).to_be_visible()


def open_part(page: Page, part: str) -> None:
    go(page, "资质")
    page.get_by_role("link", name="继续填写申请").click()
    see(page, part)


def see(page: Page, part: str) -> None:
    page.get_by_role("link", name=re.compile(f"查看或填写.*{part}")).click()


def fill_legal_facts(page: Page) -> None:
    """First half, then away and back: nothing typed is lost."""
    open_part(page, "主体信息")
    page.get_by_label("机构性质").select_option(label="企业")
    page.get_by_label("法定代表人").fill("钱法人")
    page.get_by_role("button", name="保存").click()
    page.goto("/institution/")
    open_part(page, "主体信息")
    expect(page.get_by_label("法定代表人")).to_have_value("钱法人")
    page.get_by_label("联系电话").fill("0436-3330001")
    page.get_by_label("注册地址").fill("洮北区光明街 9 号")
    look(page, "6-legal")
    page.get_by_role("button", name="保存").click()


def fill_registers(page: Page) -> None:
    open_part(page, "教学点和教室")
    page.get_by_role("link", name="登记教学点").click()
    page.get_by_label("教学点名称").fill("光明校区")
    page.get_by_label("地址").fill("洮北区光明街 9 号")
    page.get_by_label("入口无台阶").check()
    look(page, "6-site")
    page.get_by_role("button", name="保存").click()
    page.get_by_label("教室名称").fill("护理实训室")
    page.get_by_label("座位数").fill("24")
    page.get_by_role("button", name="添加该教室").click()
    expect(page.get_by_role("cell", name="护理实训室")).to_be_visible()
    open_part(page, "教师")
    page.get_by_label("姓名").fill("秦老师")
    page.get_by_role("button", name="添加该教师").click()
    page.get_by_label("证书或职称").fill("养老护理员技师")
    page.get_by_label("职业（工种）").fill(OCCUPATION)
    page.get_by_label("自", exact=True).fill("2020-01-01")
    page.get_by_role("button", name="添加该任教资格").click()
    expect(page.get_by_role("cell", name="养老护理员技师")).to_be_visible()
    look(page, "6-trainer")


def fill_scope_and_documents(page: Page, folder: Path) -> None:
    open_part(page, "申请内容")
    page.get_by_label("职业（工种）").fill(OCCUPATION)
    page.get_by_label("技能等级").select_option(label="五级（初级工）")
    page.get_by_label("教学点").select_option(label="光明校区")
    page.get_by_role("button", name="添加").click()
    expect(page.get_by_role("cell", name="光明校区")).to_be_visible()
    look(page, "6-scope")
    open_part(page, "材料")
    file = folder / "scan.png"
    file.write_bytes(PNG)
    for kind in ("营业执照或登记证书", "场地产权证明或租赁合同", "消防安全证明",
                 "教师资格证书和聘用合同"):  # fmt: skip
        page.get_by_label("材料类型").select_option(label=kind)
        page.get_by_label("照片或PDF").set_input_files(file)
        page.get_by_role("button", name="上传").click()
        expect(page.get_by_role("cell", name=kind)).to_be_visible()
    look(page, "6-documents")


def hand_in(page: Page) -> None:
    go(page, "资质")
    page.get_by_role("link", name="继续填写申请").click()
    page.get_by_label("我们承诺所填内容真实").check()
    page.get_by_role("button", name="提交申请表").click()
    expect(page.get_by_text("应于2026年12月18日前办结：还剩20个工作日")).to_be_visible()
    look(page, "6-submitted")


def open_review(page: Page) -> None:
    page.goto("/fund/")
    page.get_by_role("link", name="待审批的资质申请").click()
    look(page, "6-worklist")
    page.get_by_role("link", name=NAME).click()


def return_it(page: Page) -> None:
    open_review(page)
    look(page, "6-review")
    page.get_by_text("退回补正", exact=True).first.click()
    page.get_by_label("教学点和教室").fill("请登记教室是否可供轮椅使用。")
    page.get_by_role("button", name="退回申请").click()
    expect(page.get_by_text("已退回，并已告知机构需要补正的内容。")).to_be_visible()


def correct_it(page: Page) -> None:
    page.goto("/institution/")
    page.get_by_role("link", name="资质申请被退回").click()
    expect(page.get_by_text("请登记教室是否可供轮椅使用。").first).to_be_visible()
    expect(page.get_by_text("停止计时，还剩20个工作日")).to_be_visible()
    look(page, "6-returned")
    see(page, "教学点和教室")
    page.get_by_role("link", name="光明校区").click()
    page.get_by_label("教室名称").fill("无障碍教室")
    page.get_by_label("座位数").fill("20")
    page.get_by_label("轮椅可到达").check()
    page.get_by_role("button", name="添加该教室").click()
    hand_in(page)


def accredit_it(page: Page) -> None:
    open_review(page)
    page.get_by_label("依据文件或条款").first.fill("白人社许〔2026〕21号")
    page.get_by_role("button", name="批准机构资质").click()
    expect(page.get_by_text("机构已取得所申请的资质。")).to_be_visible()


def offer_a_course(page: Page) -> None:
    page.goto("/institution/courses/new")
    for label, value in (("职业（工种）", OCCUPATION), ("名称", "养老护理员初级班"),
                         ("简介", "老年人生活照料与应急处置。"), ("课时", "64"),
                         ("收费标准（元）", "980")):  # fmt: skip
        page.get_by_label(label, exact=True).fill(value)
    page.get_by_label("技能等级").select_option(label="五级（初级工）")
    page.get_by_role("button", name="保存草稿").click()
    page.get_by_role("button", name="提交审核").click()


def open_a_class(page: Page) -> None:
    page.goto("/institution/courses")
    page.get_by_role("link", name="养老护理员初级班").click()
    page.get_by_role("link", name="备案班次").click()
    for label, value in (
        ("开班日期", "2026-12-07"), ("结束日期", "2026-12-18"), ("报名开始日期", "2026-11-20"),
        ("报名截止日期", "2026-12-06"), ("名额", "20"), ("上课时间", "09:00"),
        ("下课时间", "17:00"),
    ):  # fmt: skip
        page.get_by_label(label, exact=True).fill(value)
    page.get_by_label("教室", exact=True).select_option(label="光明校区 · 无障碍教室")
    page.get_by_label("已登记的教师").select_option(label="秦老师")
    for day in "一三五":
        page.get_by_label(f"星期{day}").check()
    page.get_by_role("button", name="提交备案").click()
    expect(page.get_by_text("班次已备案")).to_be_visible()
    expect(page.get_by_role("cell", name="无障碍教室").first).to_be_visible()
    page.get_by_role("button", name="开放报名").click()
    expect(page.get_by_text("学员现在可以报名。")).to_be_visible()
    look(page, "6-open")


def test_a_new_institution_is_accredited_and_opens_a_class(demo_site: Site, tmp_path: Path):
    founder = come(demo_site, "newcomer", width=360)
    register(founder)
    fill_legal_facts(founder)
    fill_registers(founder)
    fill_scope_and_documents(founder, tmp_path)
    hand_in(founder)
    return_it(come(demo_site, "maker"))
    correct_it(founder)
    accredit_it(come(demo_site, "checker"))
    offer_a_course(founder)
    officer = come(demo_site, "maker")
    officer.goto("/fund/courses")
    officer.get_by_role("link", name="养老护理员初级班").click()
    officer.get_by_text("列入目录", exact=True).click()
    officer.get_by_role("button", name="确认：列入目录").click()
    open_a_class(founder)
