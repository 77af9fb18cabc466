"""The demo's earmarked money: a small fund for veterans that pays before the main one."""

from __future__ import annotations

from datetime import date, timedelta

from marketplace.demo.cast import Cast
from marketplace.foundation.db import write_transaction
from marketplace.foundation.money import Money
from marketplace.funding.operations.sources import approve_source, propose_source
from marketplace.funding.rules import Scope
from marketplace.funds.operations import allot_fund, appropriate_fund, create_fund
from marketplace.funds.queries import find_fund_by_code
from marketplace.people.states import WorkerCategory
from marketplace.vouchers.queries.schemes import get_scheme

FUND_CODE = "BC-VETERANS"
YEARLY = Money(6_000_00, "CNY")
GRANT = Money(10_000_00, "CNY")


def endow_veterans(cast: Cast, *, scheme_id: int, years: tuple[int, ...]) -> None:
    """Money of each year until its end; two officers put it first among those that pay for the
    scheme. It does not last, so that some vouchers are paid by two funds."""
    with write_transaction():
        fund_id = create_fund(
            code=FUND_CODE,
            name="退役军人技能培训专项资金",
            purpose="退役军人职业技能培训补贴（专款专用）",
            currency="CNY",
            actor_id=cast.users["admin"],
        ).id
    for year in years:
        _give(cast, fund_id, str(year), year, YEARLY, date(year, 12, 31))
    with write_transaction():
        source_id = propose_source(
            scheme_id,
            own_fund_id=get_scheme(scheme_id).fund_id,
            fund_id=fund_id,
            priority=10,
            scope=Scope(categories=frozenset({WorkerCategory.VETERAN.value})),
            basis="退役军人委托培训协议（演示）",
            actor_id=cast.users["maker"],
        ).id
    with write_transaction():
        approve_source(source_id, actor_id=cast.users["checker"])


def add_grant(cast: Cast, *, today: date) -> None:
    """A grant of these days that soon expires: the page of lots has something to warn of."""
    fund = find_fund_by_code(FUND_CODE)
    assert fund is not None, "it was endowed at the beginning"
    _give(cast, fund.id, "grant", today.year, GRANT, today + timedelta(days=25))


def _give(cast: Cast, fund_id: int, name: str, year: int, amount: Money, expires_on: date) -> None:
    """Into the fund, and on to the prefecture."""
    key, actor_id = f"demo-veterans-{name}", cast.users["admin"]
    with write_transaction():
        appropriate_fund(fund_id, amount=amount, key=key, actor_id=actor_id, expires_on=expires_on)
        allot_fund(
            fund_id,
            jurisdiction_id=cast.prefecture_id,
            fiscal_year=year,
            amount=amount,
            key=key,
            actor_id=actor_id,
            expires_on=expires_on,
        )
