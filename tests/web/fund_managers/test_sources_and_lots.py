"""An officer sets up who pays for a scheme, another signs; lots are looked at and sent back."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from flask import Flask

from marketplace.foundation import clock
from marketplace.foundation.db import write_transaction
from marketplace.funds.lots.operations import expire_lot
from tests.factories.funding import make_lot
from tests.factories.funds import make_fund, make_place
from tests.factories.people import make_officer
from tests.factories.vouchers import make_scheme
from tests.pages import PageClient

pytestmark = [pytest.mark.usefixtures("app", "now"), pytest.mark.sqlite]
FROZEN_ON = datetime(2026, 12, 2, 2, tzinfo=UTC)


def test_a_source_is_proposed_with_every_reason_and_signed_by_another(app: Flask):
    with write_transaction():
        place = make_place()
        people = [make_officer(one).login for one in (place, place, make_place("220100", "长春市"))]
        scheme, fund = make_scheme(), make_fund("FUND-VETERANS")
        path = f"/fund/schemes/{scheme.code}/sources"
    maker, checker, stranger = (PageClient(app).sign_in(login) for login in people)
    form = {"fund": fund.code, "priority": "10", "basis": "测试〔2026〕7号"}
    wrong = {"places": "999999", "first_on": "2026-12-01", "last_on": "2026-11-01"}
    page = maker.post(f"{path}/new", form | wrong, expect=409)
    for words in ("没有代码为999999的地区", "截止日期早于开始日期"):
        assert words in page.get_data(as_text=True)
    answer = maker.post(f"{path}/new", form | {"categories": ["veteran"], "levels": ["5", "4"]})
    source = answer.headers["Location"]
    shown = maker.get(source).get_data(as_text=True)
    assert "人员类别：退役军人；技能等级：五级（初级工）、四级（中级工）" in shown
    maker.post(f"{source}/approve")
    assert "等待复核" in maker.get(path).get_data(as_text=True), "nobody signs twice"
    stranger.get(source)
    stranger.post(f"{source}/approve", expect=404)
    checker.post(f"{source}/approve")
    listed = checker.get(path).get_data(as_text=True)
    assert listed.index("FUND-VETERANS") < listed.index("券种自身的专项资金")
    checker.post(f"{source}/end", {"reason": "年度结束"})
    assert "已停止" in checker.get(source).get_data(as_text=True)


def test_a_lapsed_lot_is_frozen_and_sent_back_by_two(app: Flask):
    with write_transaction():
        place = make_place()
        people = [make_officer(one).login for one in (place, place, make_place("220100", "长春市"))]
        lot = make_lot(place.id)
        path = f"/fund/lots/{lot.code}"
    maker, checker, stranger = (PageClient(app).sign_in(login) for login in people)
    stranger.get(path, expect=404)
    with clock.frozen(FROZEN_ON):
        assert "已到期，待冻结" in maker.get("/fund/lots").get_data(as_text=True)
        with write_transaction():
            expire_lot(lot.id, actor_id=None)
        assert "经办退回¥10.00" in maker.get(path).get_data(as_text=True)
        maker.post(f"{path}/return")
        waiting = checker.get(path).get_data(as_text=True)
        code = waiting.split("/fund/lot-returns/")[1].split("/")[0]
        checker.post(f"/fund/lot-returns/{code}/approve")
        done = checker.get(path).get_data(as_text=True)
        assert "退回上级" in done and "经办退回" not in done
