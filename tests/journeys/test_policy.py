"""From a rate to a class: an officer changes it, replays the past, another one publishes it and
issues a batch, and a worker takes the voucher and the class on a phone."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from marketplace.cli.runner import Runner
from tests.browser import Site
from tests.journeys.telling import come, go, look

pytestmark = pytest.mark.journey

SCHEME = "白城市职业技能培训券"
COURSE = "育婴员（初级）"


def change_a_rate(maker: Page) -> None:
    """From the first page to the one field; every other rule stays."""
    maker.goto("/fund/")
    maker.get_by_role("link", name="修改券种的补贴标准和规则").click()
    maker.get_by_role("link", name=SCHEME).click()
    maker.get_by_role("button", name="起草下一版本").click()
    steps = maker.get_by_role("list", name="发布新版本的步骤")
    look(maker, "policy-draft")
    steps.get_by_role("link", name="修改").click()
    maker.get_by_role("group", name="第1行").first.get_by_label("金额").fill("1000")
    look(maker, "policy-form")
    maker.get_by_role("button", name="保存草稿").click()
    changes = maker.get_by_role("region", name="与第1版相比").get_by_role("row")
    expect(changes).to_contain_text(["位置", "¥800.00", "2020年7月1日"])
    expect(changes.nth(1)).to_contain_text("¥1,000.00")


def replay_and_sign(maker: Page) -> None:
    maker.get_by_role("button", name="重演").click()
    main = maker.get_by_role("main")
    for label, figure in (
        ("该期培训实际支付", "¥57,600.00"),
        ("按草稿", "¥64,120.00"),
        ("重演的培训人次", "59"),
    ):
        expect(main.locator(".stat").filter(has_text=label).first).to_contain_text(figure)
    expect(main.get_by_role("row", name=re.compile("增加")).first).to_contain_text("35")
    look(maker, "policy-replay")
    maker.get_by_role("link", name="去签署").click()
    maker.get_by_role("button", name="签字并提交").click()
    expect(maker.get_by_role("button", name=re.compile("发布"))).to_have_count(0)


def publish(checker: Page) -> None:
    checker.get_by_role("link", name="等待您复核的券种草稿：1").click()
    checker.get_by_role("link", name=SCHEME).click()
    checker.get_by_text("发布第2版").first.click()
    checker.get_by_role("button", name="确认：发布第2版").click()
    signatures = checker.get_by_role("region", name="签署")
    expect(signatures).to_contain_text("李国强")
    expect(signatures).to_contain_text("赵丽华")
    look(checker, "policy-published")


def prepare_a_batch(checker: Page) -> None:
    """The one who published prepares it, so the other one signs second."""
    checker.get_by_role("link", name="批量发放").click()
    expect(checker.get_by_label("券种")).to_have_value("BC-SKILL-2020")
    checker.get_by_label("批次名称").fill("农民工技能提升")
    checker.get_by_label("所在地").fill("白城市")
    checker.get_by_label("农民工").check()
    checker.get_by_role("button", name="保存草稿").click()
    expect(checker.get_by_role("main")).to_contain_text("所圈定的16人中今日有11人可获发培训券")
    look(checker, "policy-batch-preview")
    checker.get_by_role("button", name="签署并提交复核").click()


def issue_it(maker: Page, site: Site) -> None:
    go(maker, "首页")
    maker.get_by_role("link", name="待复核的批量发券：1批").click()
    maker.get_by_role("link", name="农民工技能提升").click()
    maker.get_by_text("发放培训券").first.click()
    maker.get_by_role("button", name="确认：发放培训券").click()
    with site.app.app_context():
        Runner(site.app).run_until_empty(once=False)
    maker.reload()
    expect(maker.locator(".stat").filter(has_text="已发券")).to_contain_text("11")
    look(maker, "policy-issued")


def enroll(worker: Page) -> None:
    """The voucher is among what to do first; course, price, yes: three taps."""
    worker.goto("/me/")
    todo = worker.get_by_role("main").get_by_role("listitem")
    todo = todo.filter(has_text=f"已向您发放：{SCHEME}").first
    expect(todo).to_be_visible()
    look(worker, "policy-worker-start")
    todo.get_by_role("link").click()
    worker.get_by_role("button", name="接受培训券").click()
    worker.get_by_role("main").get_by_role("link", name="查找培训项目").click()
    worker.get_by_role("main").get_by_role("link", name=COURSE).first.click()
    expect(worker.get_by_role("main")).to_contain_text("¥80.00")  # was 280.00 under 800
    worker.get_by_role("main").get_by_role("link", name="报名", exact=True).first.click()
    expect(worker.get_by_role("main")).to_contain_text("BC-SKILL-2020 v2")
    look(worker, "policy-worker-price")
    worker.get_by_role("button", name="确认报名").click()
    expect(worker.get_by_role("heading", level=1, name="报名成功")).to_be_visible()


def test_a_rate_is_changed_replayed_published_issued_and_used(demo_site: Site):
    worker = come(demo_site, "worker", width=360)
    worker.goto("/courses?q=育婴")
    expect(worker.get_by_role("main")).to_contain_text("¥280.00")
    maker, checker = come(demo_site, "maker"), come(demo_site, "checker")
    change_a_rate(maker)
    replay_and_sign(maker)
    checker.goto("/fund/")
    publish(checker)
    prepare_a_batch(checker)
    issue_it(maker, demo_site)
    enroll(worker)
