"""Advances and clawbacks in the books: paid, recovered by netting, proved to the fen."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError

from marketplace.foundation import clock
from marketplace.foundation.db import db, write_transaction
from marketplace.foundation.errors import Refused
from marketplace.institutions.queries import get_institution
from marketplace.ledger.entries import AccountName
from marketplace.ledger.queries import get_balance_fen, get_draft_of
from marketplace.payouts.models import Payout, PayoutAttempt
from marketplace.payouts.operations import (
    approve_payout_batch,
    prepare_payout_batch,
    return_payout,
    send_payout_batch,
)
from marketplace.redemption.operations.redeem import redeem_course_run
from marketplace.reporting.invariants import check_books
from marketplace.settlement.checks import CHECKS
from marketplace.settlement.models import Clawback, Netting, Settlement
from marketplace.settlement.operations import (
    approve_settlement,
    prepare_settlement,
    reject_settlement,
)
from marketplace.settlement.operations.advances import prepare_advance
from marketplace.settlement.operations.clawbacks import (
    approve_clawback,
    prepare_clawback,
    reject_clawback,
)
from marketplace.settlement.queries.receivables import get_expected
from tests.factories.enrollment import attend, make_completion, run_through
from tests.factories.redemption import make_case
from tests.factories.settlement import (
    make_allotment,
    make_approved_settlement,
    make_officers,
    make_payout_account,
    make_redemption,
)
from tests.kept import kept

pytestmark = pytest.mark.usefixtures("app", "now")
DECEMBER = datetime(2026, 12, 5, 2, tzinfo=UTC)


@pytest.fixture
@kept
def officers(app, now):
    with write_transaction():
        return make_officers()


def _balance(kind: str, code: str) -> int:
    return get_balance_fen(AccountName(kind, code))


def _pay(settlement_id: int, officers) -> None:
    with write_transaction():
        batch = prepare_payout_batch([settlement_id], rail="bank_file", actor_id=officers.maker_id)
    with write_transaction():
        approve_payout_batch(batch.id, actor_id=officers.checker_id)
    with write_transaction():
        send_payout_batch(batch.id, actor_id=officers.maker_id)


def _refused(act) -> tuple[str, ...]:
    with pytest.raises(Refused) as no, write_transaction():
        act()
    db.session.rollback()
    return no.value.codes


def test_an_advance_is_paid_by_two_people_and_recovered_by_netting(officers):
    with write_transaction():
        case = make_case()
        make_payout_account(
            case.institution.id, proposer_id=officers.maker_id, verifier_id=officers.checker_id
        )
    code, run_id = case.institution.code, case.run.id
    expected, _currency = get_expected(run_id)
    most = expected * 30 // 100
    assert _refused(
        lambda: prepare_advance(run_id, amount_fen=most + 1, actor_id=officers.maker_id)
    ) == ("advance_too_high",)
    with write_transaction():
        advance = prepare_advance(run_id, amount_fen=most, actor_id=officers.maker_id)
    assert _refused(lambda: prepare_advance(run_id, amount_fen=1, actor_id=officers.maker_id)) == (
        "advance_exists",
    )
    assert _refused(
        lambda: approve_settlement(advance.settlement_id, actor_id=officers.maker_id)
    ) == ("same_person",)
    with write_transaction():
        approve_settlement(advance.settlement_id, actor_id=officers.checker_id)
    _pay(advance.settlement_id, officers)
    assert _balance("advance:institution", code) == most
    assert _balance("payable:institution", code) == 0
    attempt = db.session.scalars(select(PayoutAttempt)).one()
    with write_transaction():
        return_payout(
            attempt.payout_id,
            end_to_end_id=attempt.end_to_end_id,
            reason_code="AC04",
            effective_on=clock.today(),
            actor_id=None,
        )
    assert _balance("advance:institution", code) == 0
    assert check_books().ok
    _pay(advance.settlement_id, officers)
    with write_transaction():
        attend(case.enrollment, case.staff.id)
        run_through(run_id)
        make_completion(case.enrollment, case.staff.id)
        redeem_course_run(run_id, institution_id=case.institution.id, actor_id=case.staff.id)
    with write_transaction():
        month = prepare_settlement(
            case.institution.id, period_code="2026-11", actor_id=officers.maker_id
        )
    assert (month.amount_fen, month.netted_fen) == (expected, most)
    with write_transaction():
        reject_settlement(month.id, reason="重做", actor_id=officers.checker_id)
    with write_transaction():
        month = prepare_settlement(
            case.institution.id, period_code="2026-11", actor_id=officers.maker_id
        )
    with write_transaction():
        approve_settlement(month.id, actor_id=officers.checker_id)
    assert _balance("advance:institution", code) == 0
    assert _balance("payable:institution", code) == expected - most
    netting = db.session.scalars(select(Netting).where(Netting.released_at.is_(None))).one()
    assert {(line.account.code, line.side) for line in get_draft_of(netting.entry_id).lines} == {
        (f"payable:institution:{code}", "debit"),
        (f"advance:institution:{code}", "credit"),
    }
    _pay(month.id, officers)
    paid = db.session.scalars(select(Payout.amount_fen).order_by(Payout.id)).all()
    assert paid == [most, expected - most]
    assert _balance("payable:institution", code) == 0
    assert check_books().ok


def test_a_clawback_goes_back_to_the_allotments_and_is_netted_in_instalments(officers):
    with write_transaction():
        settlement = make_approved_settlement(officers, (1_000, 500))
    settlement_id, institution_id = settlement.id, settlement.institution_id
    institution = get_institution(institution_id)
    _pay(settlement_id, officers)
    with write_transaction():
        clawback = prepare_clawback(
            settlement_id, amount_fen=600, instalments=2, reason="冒名", actor_id=officers.maker_id
        )
        clawback_id = clawback.id
    assert _refused(lambda: approve_clawback(clawback_id, actor_id=officers.maker_id)) == (
        "same_person",
    )
    assert _refused(
        lambda: prepare_clawback(
            settlement_id, amount_fen=901, instalments=1, reason="x", actor_id=officers.maker_id
        )
    ) == ("clawback_too_high",)
    with write_transaction():
        approve_clawback(clawback_id, actor_id=officers.checker_id)
        approve_clawback(clawback_id, actor_id=officers.checker_id)
    assert _balance("receivable:institution", institution.code) == 600
    with write_transaction():
        make_redemption(institution, make_allotment(), 400)
        month = prepare_settlement(
            institution_id, period_code="2026-11", actor_id=officers.maker_id
        )
    assert (month.amount_fen, month.netted_fen) == (400, 300)
    with write_transaction():
        approve_settlement(month.id, actor_id=officers.checker_id)
    assert _balance("receivable:institution", institution.code) == 300
    with clock.frozen(DECEMBER):
        with write_transaction():
            make_redemption(institution, make_allotment(), 300)
            last = prepare_settlement(
                institution_id, period_code="2026-11", actor_id=officers.maker_id
            )
        with write_transaction():
            approve_settlement(last.id, actor_id=officers.checker_id)
        assert last.netted_fen == last.amount_fen == 300
        assert _refused(
            lambda: prepare_payout_batch([last.id], rail="null", actor_id=officers.maker_id)
        ) == ("settlement_netted",)
        assert _balance("receivable:institution", institution.code) == 0
        assert _balance("payable:institution", institution.code) == 100
        assert [v for check in CHECKS for v in check()] == []


def test_a_clawback_sent_back_books_nothing(officers):
    with write_transaction():
        settlement = make_approved_settlement(officers, (1_000,))
        clawback = prepare_clawback(
            settlement.id, amount_fen=1_000, instalments=1, reason="误", actor_id=officers.maker_id
        )
        clawback_id = clawback.id
    with write_transaction():
        reject_clawback(clawback_id, reason="不成立", actor_id=officers.checker_id)
    assert db.session.scalar(select(func.count()).where(Clawback.entry_id.is_not(None))) == 0
    assert [v for check in CHECKS for v in check()] == []


@pytest.mark.parametrize(
    ("planted", "invariant"),
    [
        ("UPDATE settlement SET netted_fen = 1", "13 netting"),
        ("UPDATE clawback SET amount_fen = 999", "27 clawback"),
        ("UPDATE clawback SET state = 'rejected'", "27 clawback"),
    ],
)
def test_a_planted_violation_is_found(officers, planted, invariant):
    with write_transaction():
        settlement = make_approved_settlement(officers, (1_000,))
        clawback = prepare_clawback(
            settlement.id, amount_fen=100, instalments=1, reason="误", actor_id=officers.maker_id
        )
        approve_clawback(clawback.id, actor_id=officers.checker_id)
    assert [v for check in CHECKS for v in check()] == []
    with write_transaction():
        db.session.execute(text(planted))
    assert invariant in {v.invariant for check in CHECKS for v in check()}


def test_the_database_keeps_back_no_more_than_there_is(officers):
    with write_transaction():
        make_approved_settlement(officers, (1_000,))
    with pytest.raises(IntegrityError, match="at most"), write_transaction():
        db.session.execute(text("UPDATE settlement SET netted_fen = 1001"))
    assert db.session.scalars(select(Settlement.netted_fen)).one() == 0
