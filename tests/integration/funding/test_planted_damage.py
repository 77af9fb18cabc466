"""Damage planted in shares, sources and lots with the guards off: each is found, and named."""

from __future__ import annotations

import pytest

from marketplace.foundation import clock
from marketplace.foundation.db import write_transaction
from marketplace.funding.operations.sources import approve_source
from marketplace.funds.operations import allot_fund, appropriate_fund
from marketplace.people.states import WorkerCategory
from marketplace.reporting.invariants import check_books
from tests.factories.corruption import damage, guards_off
from tests.factories.funding import make_source
from tests.factories.funds import make_place, yuan
from tests.factories.people import make_verified_category, make_worker
from tests.factories.settlement import make_officers
from tests.factories.vouchers import face_value_pack, make_scheme, make_voucher

PLANTED = (
    (
        "UPDATE funding_share SET amount_fen = amount_fen + 1 WHERE source_id IS NOT NULL",
        "8 shares",
    ),
    ("""UPDATE funding_source SET scope = '{"categories": ["disabled"]}'""", "earmarked money"),
    ("UPDATE funding_source SET decided_by = proposed_by", "20 two people"),
    ("UPDATE fund_lot SET expires_on = '2026-11-01' WHERE allotment_id IS NOT NULL", "9 lots"),
    (
        "INSERT INTO lot_return (code, lot_id, amount_fen, state, prepared_by, prepared_at)"
        " SELECT 'LR-1', min(id), 1, 'approved', 1, '2026-11-20 00:00:00' FROM fund_lot",
        "17 business cause",
    ),
)


@pytest.mark.sqlite
def test_what_was_planted_is_found(app, now):
    with write_transaction():
        officers = make_officers()
        scheme = make_scheme(face_value_pack(50_000))
        source = make_source(scheme, officers)
        approve_source(source.id, actor_id=officers.checker_id)
        appropriate_fund(source.fund_id, amount=yuan(100), key="in", actor_id=None)
        allot_fund(
            source.fund_id,
            jurisdiction_id=make_place().id,
            fiscal_year=2026,
            amount=yuan(100),
            key="in",
            actor_id=None,
            expires_on=clock.today(),
        )
        worker = make_worker()
        make_verified_category(worker, category=WorkerCategory.VETERAN)
        make_voucher(worker.id, scheme=scheme)
    assert check_books().violations == ()
    with guards_off():
        for statement, _named in PLANTED:
            damage(statement)
    found = {violation.invariant for violation in check_books().violations}
    assert found >= {named for _statement, named in PLANTED} | {"17 pooled commitment"}
