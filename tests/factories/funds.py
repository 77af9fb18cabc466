"""The smallest place, fund and allotment with money. Use in write_transaction."""

from __future__ import annotations

from itertools import count

from sqlalchemy import select

from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.money import Money
from marketplace.funds.models import Allotment, Fund
from marketplace.funds.operations import allot_fund, appropriate_fund, create_fund
from marketplace.jurisdictions.models import Jurisdiction

_numbers = count(1)


def yuan(amount: int) -> Money:
    """Whole yuan."""
    return Money(amount * 100, "CNY")


def make_place(
    code: str = "220800", name: str = "白城市", *, above: str = "220000"
) -> Jurisdiction:
    """A city below its province, or what `above` says; the same code again is the same place."""
    found = db.session.scalar(select(Jurisdiction).where(Jurisdiction.code == code))
    if found:
        return found
    parent = None
    if above and above != code:
        grand = "220000" if above != "220000" else ""
        parent = make_place(above, "吉林省" if above == "220000" else f"地区{above}", above=grand)
    place = Jurisdiction(
        code=code,
        name=name,
        tier=parent.tier + 1 if parent else 1,
        parent_id=parent.id if parent else None,
        path=f"{parent.path if parent else '/'}{code}/",
    )
    db.session.add(place)
    db.session.flush()
    return place


def make_county(code: str = "220802", name: str = "洮北区") -> Jurisdiction:
    """A county of the city."""
    return make_place(code, name, above="220800")


def make_fund(code: str | None = None) -> Fund:
    """An empty fund."""
    return create_fund(
        code=code or f"FUND-{next(_numbers)}",
        name="职业技能提升行动专项资金",
        purpose="职业培训补贴",
        currency="CNY",
        actor_id=None,
    )


def make_funded_allotment(
    fund: Fund | None = None,
    *,
    place: Jurisdiction | None = None,
    amount: Money | None = None,
    fiscal_year: int | None = None,
) -> Allotment:
    """An allotment with money, given by its fund."""
    fund = fund or make_fund()
    amount = amount or yuan(100_000)
    number = next(_numbers)
    appropriate_fund(fund.id, amount=amount, key=f"made-{number}", actor_id=None)
    return allot_fund(
        fund.id,
        jurisdiction_id=(place or make_place()).id,
        fiscal_year=fiscal_year or clock.today().year,
        amount=amount,
        key=f"made-{number}",
        actor_id=None,
    )
