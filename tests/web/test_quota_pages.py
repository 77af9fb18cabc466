"""A quota through its pages: two officers, the employer's own login, the person who decides."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from sqlalchemy import select

from marketplace.foundation.db import db, write_transaction
from marketplace.people.queries import get_user
from marketplace.people.states import WorkerCategory
from marketplace.vouchers.models import Voucher
from tests.factories.funds import make_place
from tests.factories.people import make_officer, make_user, make_verified_category, make_worker
from tests.factories.quotas import USCC, make_quota_world
from tests.pages import PageClient

pytestmark = [pytest.mark.usefixtures("app", "now"), pytest.mark.sqlite]


def test_from_the_grant_to_the_persons_own_no(app: Flask):
    with write_transaction():
        world = make_quota_world()
        place = make_place("220800")
        worker = make_worker(name="王五", residence_id=place.id)
        make_verified_category(worker, category=WorkerCategory.ENTERPRISE_EMPLOYEE)
        boss, stranger = make_user("boss"), make_officer(make_place("220100", "长春市"))
        typed = f"{worker.id_number} 王五"
        logins = (world.maker.login, world.checker.login, stranger.login, boss.login)
        allotment, seeker = str(world.allotment.id), worker.user_id
        scheme, account = world.scheme.code, world.allotment.code
    maker, checker, other, employer = (PageClient(app).sign_in(login) for login in logins)
    form = {
        "scheme": scheme, "allotment": allotment, "uscc": USCC.lower(), "places": "",
        "amount": "1000.01", "ends_on": "2027-02-01", "reason": "稳岗",
    }  # fmt: skip
    page = maker.post("/fund/quotas/new", form, expect=409).get_data(as_text=True)
    assert "须为其整数倍" in page
    assert "最晚为 2026年12月31日" in page
    page = maker.post("/fund/quotas/new", {**form, "amount": "1e3"}, expect=422)
    assert "这不是有效金额" in page.get_data(as_text=True)
    good = {**form, "amount": "1000", "ends_on": "2026-12-20"}
    path = maker.post("/fund/quotas/new", good).headers["Location"]
    other.get(path, expect=404)
    maker.post(f"{path}/sign")
    assert "待第二人复核" in maker.get(path).get_data(as_text=True), "nobody signs twice"
    checker.post(f"{path}/sign")
    books = checker.get(f"/fund/books/allotment:set_aside/{account}").get_data(as_text=True)
    entry = re.search(r"/fund/entries/\d+", books)
    assert entry, "what is set aside leads to its entry"
    assert path in checker.get(entry[0]).get_data(as_text=True)
    assert "鹤翔家政" in checker.get("/fund/quotas?q=鹤翔&state=in_force").get_data(as_text=True)
    assert "没有符合的额度" in checker.get("/fund/quotas?state=ended").get_data(as_text=True)
    assert USCC in checker.get("/fund/quotas.csv").get_data(as_text=True)
    page = maker.post(
        f"{path}/logins", {"login-login": "absent", "login-document_number": "3"}, expect=409
    )
    assert "没有账号 absent" in page.get_data(as_text=True)

    employer.get("/employer/", expect=403)
    maker.post(f"{path}/logins", {"login-login": "boss", "login-document_number": "3"})
    mine = "/employer" + path.removeprefix("/fund")
    assert mine in employer.get("/employer/").get_data(as_text=True)
    lines = {"people": f"{typed}\n99010119900517001X 无名", "document_number": "11号"}
    assert "第 1 行" in employer.post(
        f"{mine}/people", {**lines, "people": "王五"}, expect=409
    ).get_data(as_text=True)
    employer.post(f"{mine}/people", lines)
    shown = employer.get(mine).get_data(as_text=True)
    assert "已发放，待本人决定" in shown
    assert "没有以此号码和姓名注册的人" in shown
    assert not re.search(r"99010119\d", shown), "numbers are masked"
    csv = employer.get(f"{mine}/people.csv").get_data(as_text=True)
    assert "未发券" in csv
    assert "没有以此号码" not in csv, "reasons are not the employer's"
    assert "没有以此号码" in maker.get(f"{path}/people.csv").get_data(as_text=True)

    person = PageClient(app).sign_in(_login_of(seeker))
    page = person.get("/account/notices").get_data(as_text=True)
    assert "您的单位鹤翔家政服务有限公司提名您领取培训券" in page
    voucher = f"/me/vouchers/{db.session.scalars(select(Voucher.code)).one()}"
    assert "来自鹤翔家政服务有限公司的企业额度" in person.get(voucher).get_data(as_text=True)
    person.post(f"{voucher}/decline")
    person.post(f"{voucher}/decline")
    assert "名额已空出" in employer.get(mine).get_data(as_text=True)
    maker.post(f"{path}/lower", {"fewer-places": "9", "fewer-reason": "减员"}, expect=409)
    maker.post(f"{path}/withdraw", {"reason": "停产"})
    assert "已由经办机构撤回" in employer.get(mine).get_data(as_text=True)
    employer.post(f"{mine}/people", lines, expect=409)


def _login_of(user_id: int | None) -> str:
    return get_user(user_id or 0).login
