"""A voucher's way through its states; money comes back once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from marketplace.cli.expiring import announce_all, expire_all
from marketplace.foundation import clock
from marketplace.foundation.db import db, write_transaction
from marketplace.foundation.errors import NotFound, Refused
from marketplace.funds.models import Allotment
from marketplace.ledger.queries import count_entries
from marketplace.vouchers.models import Voucher
from marketplace.vouchers.operations.expiries import acknowledge_expiry
from marketplace.vouchers.operations.lifecycle import (
    expire_voucher,
    mark_active,
    mark_redeemed,
    mark_reserved,
    mark_unredeemed,
    revoke_voucher,
)
from marketplace.vouchers.queries.expiries import (
    count_unacknowledged,
    list_open_notices_of_worker,
)
from marketplace.vouchers.states import VOUCHER_TRANSITIONS, VoucherState
from tests.conftest import NOW
from tests.factories.voucher_rows import make_person
from tests.factories.vouchers import face_value_pack, make_scheme, make_voucher
from tests.integration.funds.test_allot_fund import postings
from tests.kept import kept


@pytest.fixture
@kept
def voucher_id(app, now) -> int:
    with write_transaction():
        return make_voucher(make_person().id, scheme=make_scheme(face_value_pack(50_000))).id


def act(operation, voucher_id: int, **values) -> Voucher:
    with write_transaction():
        return operation(voucher_id, **values)


def codes_of(operation, voucher_id: int, **values) -> tuple[str, ...]:
    with pytest.raises(Refused) as refused:
        act(operation, voucher_id, **values)
    return refused.value.codes


def back(code: str) -> set[tuple[str, str, int]]:
    allotment = db.session.query(Allotment.code).scalar()
    assert code.startswith("VC-")
    return {
        (f"allotment:committed:{allotment}", "debit", 50_000),
        (f"allotment:available:{allotment}", "credit", 50_000),
    }


def test_revoking_gives_the_value_back_once(voucher_id):
    voucher = act(revoke_voucher, voucher_id, reason="发错人", actor_id=None)
    assert voucher.state is VoucherState.REVOKED
    assert postings("voucher.revoked", voucher.code) == back(voucher.code)
    entries = count_entries()
    act(revoke_voucher, voucher_id, reason="发错人", actor_id=None)
    assert count_entries() == entries


def test_revoking_needs_a_reason(voucher_id):
    values = {"reason": " ", "actor_id": None}
    assert codes_of(revoke_voucher, voucher_id, **values) == ("revocation_reason_required",)


def test_expiry_gives_the_value_back_once_and_not_before_its_day(voucher_id):
    assert codes_of(expire_voucher, voucher_id, actor_id=None) == ("voucher_not_due",)
    with clock.frozen(NOW + timedelta(days=90)):
        voucher = act(expire_voucher, voucher_id, actor_id=None)
        act(expire_voucher, voucher_id, actor_id=None)
    assert voucher.state is VoucherState.EXPIRED
    assert postings("voucher.expired", voucher.code) == back(voucher.code)


def test_reserve_redeem_and_back_by_a_reversal(voucher_id):
    states = [
        act(operation, voucher_id).state
        for operation in (mark_reserved, mark_redeemed, mark_unredeemed, mark_active)
    ]
    assert states == ["reserved", "redeemed", "reserved", "active"]


def test_a_release_after_the_last_day_ends_the_voucher(voucher_id):
    act(mark_reserved, voucher_id)
    with clock.frozen(NOW + timedelta(days=90)):
        voucher = act(mark_active, voucher_id)
    assert voucher.state is VoucherState.EXPIRED
    assert postings("voucher.expired", voucher.code) == back(voucher.code)


@pytest.mark.parametrize(
    ("before", "operation"),
    [
        ((), mark_redeemed),
        ((), mark_active),
        ((), mark_unredeemed),
        ((mark_reserved,), mark_reserved),
        ((mark_reserved, mark_redeemed), mark_reserved),
        ((mark_reserved, mark_redeemed), mark_active),
    ],
)
def test_no_step_is_skipped(voucher_id, before, operation):
    for step in before:
        act(step, voucher_id)
    assert codes_of(operation, voucher_id) == ("state_forbids",)


def test_what_is_reserved_or_used_is_neither_revoked_nor_expired(voucher_id):
    act(mark_reserved, voucher_id)
    assert codes_of(revoke_voucher, voucher_id, reason="x", actor_id=None) == ("state_forbids",)
    with clock.frozen(NOW + timedelta(days=90)):
        assert codes_of(expire_voucher, voucher_id, actor_id=None) == ("state_forbids",)


def test_every_state_has_its_row_in_the_table():
    assert set(VOUCHER_TRANSITIONS) == set(VoucherState)


def test_a_holder_is_told_ahead_told_again_and_says_that_they_know(app, now):
    with write_transaction():
        scheme = make_scheme(face_value_pack())
        known, silent = (make_voucher(make_person().id, scheme=scheme) for _holder in range(2))
        ids = (known.id, silent.id)
        holder, other = known.worker_id, silent.worker_id
        last_day = known.expires_on
    start = clock.now()

    def told(days_before: int) -> tuple[int, int]:
        at = start + timedelta(days=(last_day - clock.local_date(start)).days - days_before)
        with clock.frozen(at):
            return announce_all(lambda: None)

    assert told(15) == (0, 0)
    assert told(14) == (2, 0)
    assert told(14) == (0, 0), "once"
    with write_transaction():
        acknowledge_expiry(ids[0], worker_id=holder, actor_id=None)
        acknowledge_expiry(ids[0], worker_id=holder, actor_id=None)
    with pytest.raises(NotFound), write_transaction():
        acknowledge_expiry(ids[1], worker_id=holder, actor_id=None)
    assert [one.id for one in list_open_notices_of_worker(other)] == [ids[1]]
    assert count_unacknowledged(scheme.id, on=last_day, paths=("",)) == 1
    assert told(3) == (0, 1), "only who has not acknowledged it"
    assert told(2) == (0, 0)
    with clock.frozen(start + timedelta(days=200)):
        assert expire_all(lambda: None) == 2
