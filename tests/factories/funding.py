"""A source of money that waits, and a dated lot whose return waits. Use in write_transaction."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.funding.operations.sources import propose_source
from marketplace.funding.rules import Scope
from marketplace.funds.models import FundLot, LotReturn
from marketplace.funds.operations import allot_fund, appropriate_fund
from marketplace.funds.states import LotReturnState
from marketplace.vouchers.models import Scheme
from tests.factories.funds import make_fund, yuan
from tests.factories.rows import make_row
from tests.factories.settlement import Officers

FOR_VETERANS = Scope(categories=frozenset({"veteran"}))


def make_source(scheme: Scheme, officers: Officers):
    """Proposed by the maker; the checker has not signed."""
    return propose_source(
        scheme.id,
        own_fund_id=scheme.fund_id,
        fund_id=make_fund().id,
        priority=10,
        scope=FOR_VETERANS,
        basis="测试〔2026〕7号",
        actor_id=officers.maker_id,
    )


def make_lot(place_id: int) -> FundLot:
    """Money of a place for ten days."""
    fund = make_fund()
    appropriate_fund(fund.id, amount=yuan(10), key=f"lot-{fund.id}", actor_id=None)
    allot_fund(
        fund.id,
        jurisdiction_id=place_id,
        fiscal_year=clock.today().year,
        amount=yuan(10),
        key=f"lot-{fund.id}",
        actor_id=None,
        expires_on=clock.today() + timedelta(days=10),
    )
    return db.session.scalars(select(FundLot).where(FundLot.fund_id == fund.id)).one()


def make_dated_money(scheme_code: str, officers: Officers, place_id: int) -> dict[str, str]:
    """What the matrix of pages asks for."""
    scheme = db.session.scalars(select(Scheme).where(Scheme.code == scheme_code)).one()
    lot = make_lot(place_id)
    back = make_row(
        LotReturn,
        lot_id=lot.id,
        amount_fen=100,
        state=LotReturnState.PREPARED,
        prepared_by=officers.maker_id,
        decided_by=None,
        decided_at=None,
        entry_id=None,
    )
    source = make_source(scheme, officers)
    return {"funding source": source.code, "fund lot": lot.code, "lot return": back.code}
