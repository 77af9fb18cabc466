"""Where the voucher pays a part, the own share is owed by the same part, once that is final."""

from __future__ import annotations

import pytest

from marketplace.copayments.operations.payments import (
    hand_back,
    record_counter_payment,
    settle_counter_payments,
)
from marketplace.copayments.queries import find_copayment, find_refund, view_copayment
from marketplace.copayments.states import PART_EARNED, Party
from marketplace.foundation import clock
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import Refused
from marketplace.redemption.operations.redeem import redeem_voucher
from marketplace.redemption.operations.reverse import reverse_redemption
from marketplace.reporting.invariants import check_books
from marketplace.settlement.operations import approve_settlement, prepare_settlement
from tests.factories.claims import set_policy
from tests.factories.redemption import make_ready_case
from tests.factories.settlement import make_officers
from tests.factories.vouchers import make_pack, make_scheme, rule


def redeem(case):
    with write_transaction():
        return redeem_voucher(
            case.voucher.id, institution_id=case.institution.id, actor_id=case.staff.id
        )


def pass_on(case) -> int:
    try:
        with write_transaction():
            return settle_counter_payments(case.institution.id)
    except Refused:
        return 0


@pytest.mark.parametrize("own_share", ["by_part", "whole"])
def test_the_own_share_is_divided_when_the_part_is_settled(app, now, own_share):
    with write_transaction():
        set_policy(claims_required=0)
        officers = make_officers()
        partial = {"by_rate_from": 50, "own_share": own_share}
        scheme = make_scheme(make_pack(completion={"partial": rule(partial)}))
        case = make_ready_case(scheme=scheme, lessons=3)
        copayment = find_copayment(case.enrollment.id)
        share = copayment.worker_fen
        payment = record_counter_payment(
            copayment, party=Party.WORKER, amount_fen=share, receipt_number="R", actor_id=1
        )
    assert share == 40_000
    assert pass_on(case) == 0, "whether a part comes back is not known yet"
    first = redeem(case)
    assert (first.amount_fen, first.part_percent) == (48_000, 60)
    # A redemption that is reversed leaves the own share as it was: nothing was given back yet.
    with write_transaction():
        reverse_redemption(first.id, reason="核对", actor_id=None)
    assert find_copayment(case.enrollment.id).ended_at is None
    redeem(case)
    assert check_books().violations == ()
    if own_share == "by_part":
        assert pass_on(case) == 0, "the redemption may still be reversed"
    with write_transaction():
        settlement = prepare_settlement(
            case.institution.id, period_code=f"{clock.today():%Y-%m}", actor_id=officers.maker_id
        )
        approve_settlement(settlement.id, actor_id=officers.checker_id)
    copayment = find_copayment(case.enrollment.id)
    if own_share == "whole":
        assert (copayment.ended_at, pass_on(case)) == (None, share)
    else:
        # 60 % of 400 yuan; the other 160 go back against a receipt, and only the rest is earned.
        assert (copayment.end_reason, copayment.kept_fen) == (PART_EARNED, 24_000)
        assert find_refund(payment.id).amount_fen == 16_000
        assert view_copayment(copayment).open[Party.WORKER] == 0
        assert pass_on(case) == 24_000
        with write_transaction():
            hand_back(payment.code, receipt_number="R-2", actor_id=case.staff.id)
    assert check_books().violations == ()
