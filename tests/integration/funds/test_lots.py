"""Dated money, from its arrival over two tiers until it is back with who gave it."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime

import pytest
from flask import Flask
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from marketplace.foundation import clock
from marketplace.foundation.db import db, write_transaction
from marketplace.foundation.errors import Refused
from marketplace.funds.lots.operations import approve_lot_return, expire_lot, prepare_lot_return
from marketplace.funds.lots.queries import count_lots_to_look_at, list_lots
from marketplace.funds.models import FundLot
from marketplace.funds.operations import allot_fund, appropriate_fund
from marketplace.funds.queries import get_allotment_balances, get_fund_balances
from marketplace.reporting.invariants import check_books
from marketplace.vouchers.operations.lifecycle import revoke_voucher
from tests.factories.funds import make_fund, make_place, yuan
from tests.factories.people import make_worker
from tests.factories.settlement import make_officers
from tests.factories.vouchers import face_value_pack, make_scheme, make_voucher

YEAR_END, SOON = date(2026, 12, 31), date(2026, 11, 25)


def standing_of(lots) -> list[tuple[int, ...]]:
    """What is left, used, frozen and returned of each lot, in yuan."""
    return [
        tuple(money.fen // 100 for money in (one.left, one.used, one.frozen, one.returned))
        for one in lots
    ]


def expire_lots(app: Flask, *options: str) -> dict[str, object]:
    ran = app.test_cli_runner().invoke(args=["funds", "expire-lots", "--json", *options])
    assert ran.exit_code == 0, ran.output
    return dict(json.loads(ran.output))


def test_a_lot_is_used_in_time_or_frozen_and_sent_back_by_two(app: Flask, now: datetime):
    with write_transaction():
        fund, place, officers = make_fund("FUND-TEST"), make_place(), make_officers()
        appropriate_fund(fund.id, amount=yuan(1_000), key="in", actor_id=None, expires_on=YEAR_END)

        def allot(key: str, amount: int, until: date | None):
            return allot_fund(
                fund.id, jurisdiction_id=place.id, fiscal_year=2026, amount=yuan(amount),
                key=key, actor_id=None, expires_on=until,
            )  # fmt: skip

        with pytest.raises(Refused, match="lot_outlives_source"):
            allot("late", 1, date(2027, 1, 1))
        allotment = allot("main", 800, None)
        allot("soon", 100, SOON)
        allot("soon", 100, SOON)  # an honest retry brings no second lot
        voucher = make_voucher(make_worker().id, scheme=make_scheme(face_value_pack(50_000)))
    fund_lot = (100, 900, 0, 0)
    assert standing_of(list_lots()) == [(0, 100, 0, 0), fund_lot, (400, 400, 0, 0)]
    assert [one.lot.expires_on for one in list_lots()] == [SOON, YEAR_END, YEAR_END]
    assert [one.committed.fen for one in list_lots()] == [10_000, 0, 40_000]
    assert expire_lots(app, "--dry-run")["to_freeze"] == 0

    with clock.frozen(datetime(2026, 11, 26, 2, tzinfo=UTC)):
        with write_transaction():
            revoke_voucher(voucher.id, reason="资格不符", actor_id=None)
        soon = list_lots()[0]
        dry = expire_lots(app, "--dry-run")
        assert (dry["to_freeze"], dry["to_freeze_fen"]) == (1, 10_000)
        assert standing_of([soon]) == [(100, 0, 0, 0)], "a dry run moves nothing"
        assert expire_lots(app) == {"lots": 1, "frozen_fen": 10_000}
        assert expire_lots(app) == {"lots": 0, "frozen_fen": 0}
        assert count_lots_to_look_at([""]) == 1
        with write_transaction():
            back = prepare_lot_return(soon.lot.id, actor_id=officers.maker_id)
        with pytest.raises(Refused, match="lot_return_waiting"), write_transaction():
            prepare_lot_return(soon.lot.id, actor_id=officers.checker_id)
        with pytest.raises(Refused, match="same_person"), write_transaction():
            approve_lot_return(back.id, actor_id=officers.maker_id)
        with write_transaction():
            approve_lot_return(back.id, actor_id=officers.checker_id)
        row = get_allotment_balances(allotment)
        assert (row.received, row.returned, row.available, row.spent) == (
            yuan(900), yuan(100), yuan(800), yuan(0),
        )  # fmt: skip
        assert standing_of(list_lots()) == [(0, 0, 0, 100), (200, 800, 0, 0), (800, 0, 0, 0)]
        assert check_books().violations == ()

    with clock.frozen(datetime(2027, 1, 1, 2, tzinfo=UTC)):
        for one in list_lots():
            with write_transaction():
                expire_lot(one.lot.id, actor_id=None)
        assert standing_of(list_lots()) == [(0, 0, 0, 100), (0, 800, 200, 0), (0, 0, 800, 0)]
        top = next(one for one in list_lots() if one.allotment is None)
        with write_transaction():
            back = prepare_lot_return(top.lot.id, actor_id=officers.maker_id)
            approve_lot_return(back.id, actor_id=officers.checker_id)
        balances = get_fund_balances(fund)
        assert (balances.appropriated, balances.allotted) == (yuan(800), yuan(800))
        assert check_books().violations == ()
    with pytest.raises(IntegrityError, match="append-only"), write_transaction():
        db.session.execute(update(FundLot).values(expires_on=date(2099, 1, 1)))
