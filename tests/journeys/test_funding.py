"""Step 1 of the loop: an administrator funds a place and publishes what is paid for."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from marketplace.demo.references import PACK
from tests.browser import Site
from tests.journeys.telling import come, look

pytestmark = pytest.mark.journey


def test_an_administrator_funds_a_place_and_publishes_a_scheme(demo_site: Site):
    page = come(demo_site, "admin")
    look(page, "1-start")
    nav = page.get_by_role("navigation", name="主导航")
    nav.get_by_role("link", name="专项资金").click()
    look(page, "1-funds")
    page.get_by_role("link", name="设立专项资金").click()
    page.get_by_label("编号").fill("JOURNEY")
    page.get_by_label("资金名称").fill("返乡创业培训资金")
    page.get_by_label("用途").fill("返乡农民工职业培训（专款专用）")
    look(page, "1-create")
    page.get_by_role("button", name="设立").click()
    look(page, "1-created")
    page.get_by_role("link", name="拨入资金").click()
    page.get_by_label("金额").fill("100000.50")
    look(page, "1-appropriate")
    page.get_by_role("button", name="拨入").click()
    look(page, "1-appropriated")
    page.get_by_role("link", name="下达指标").first.click()
    page.get_by_role("searchbox").or_(page.get_by_label("地区名称或代码")).fill("白城")
    page.get_by_role("button", name="查找地区").click()
    look(page, "1-places")
    page.get_by_role("link", name="白城市").click()
    page.get_by_label("金额").fill("200000")
    page.get_by_role("button", name="下达给白城市").click()
    expect(page.get_by_role("alert")).to_contain_text("尚未分配的只有¥100,000.50")
    look(page, "1-too-much")
    page.get_by_label("金额").fill("60000.25")
    look(page, "1-allot")
    page.get_by_role("button", name="下达给白城市").click()
    look(page, "1-allotted")
    main = page.get_by_role("main")
    expect(main).to_contain_text("100,000.50")
    expect(main).to_contain_text("60,000.25")
    expect(main).to_contain_text("40,000.25")

    nav.get_by_role("link", name="券种").click()
    look(page, "1-schemes")
    page.get_by_role("link", name="导入政策包").click()
    pack = PACK.read_text(encoding="utf-8")
    pack = pack.replace("scheme: BC-SKILL-2020", "scheme: FX-2026")
    pack = pack.replace("fund: BC-SKILL\n", "fund: JOURNEY\n")
    pack = pack.replace("白城市职业技能培训券", "返乡创业培训券")
    page.get_by_label("YAML 文件").set_input_files(
        {"name": "fx.yaml", "mimeType": "application/yaml", "buffer": pack.encode()}
    )
    look(page, "1-pack")
    page.get_by_role("button", name="检查并预览").click()
    for words in ("新券种", "年满16周岁", "吉人社联〔2020〕59号", "假定", "2,000.00"):
        expect(main).to_contain_text(words)
    look(page, "1-preview")
    page.get_by_role("button", name="保存为草稿").click()
    page.get_by_role("button", name="重演").click()
    look(page, "1-replayed")
    page.get_by_role("link", name="去签署").click()
    page.get_by_role("button", name="签字并提交").click()
    look(page, "1-submitted")
    other = come(demo_site, "checker")
    other.goto("/fund/schemes")
    expect(other.get_by_role("link", name="返乡创业培训券")).to_have_count(0)
    other.goto("/fund/drafts")
    other.get_by_role("link", name="返乡创业培训券").click()
    other.get_by_text("发布第1版").first.click()
    other.get_by_role("button", name="确认：发布第1版").click()
    look(other, "1-published")
    expect(other.get_by_text("新版本已发布")).to_be_visible()
    other.goto("/fund/schemes")
    other.get_by_role("link", name="返乡创业培训券").click()
    expect(other.get_by_role("main")).to_contain_text("FX-2026")
