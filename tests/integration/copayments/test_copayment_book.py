"""A co-payment's whole life in its own book."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from marketplace.catalog.queries.courses import get_course
from marketplace.copayments import checks
from marketplace.copayments.operations.payments import (
    hand_back,
    record_counter_payment,
    settle_counter_payments,
)
from marketplace.copayments.queries import list_copayments, view_copayment
from marketplace.copayments.states import Party, PaymentState
from marketplace.enrollment.states import ExitReason
from marketplace.foundation import clock
from marketplace.foundation.db import db, write_transaction
from marketplace.foundation.errors import Refused
from marketplace.foundation.money import Money
from marketplace.foundation.paging import PageRequest
from marketplace.ledger.entries import AccountName, credit, debit, draft_entry
from marketplace.ledger.operations import post_entry
from marketplace.redemption.operations.release import leave_course_run
from marketplace.reporting.invariants import check_books
from marketplace.vouchers.queries.prices import list_offers_for_worker
from tests.factories.catalog import make_open_course_run
from tests.factories.copayments import make_agreement, make_copayment
from tests.factories.enrollment import attend, make_completion, run_through


def receive(copayment, staff, fen, receipt, party=Party.WORKER):
    with write_transaction():
        return record_counter_payment(
            copayment, party=party, amount_fen=fen, receipt_number=receipt, actor_id=staff.id
        )


def opened():
    """Fees of 1000 yuan of which the voucher pays 800; the employer pays half of the rest."""
    with write_transaction():
        case, copayment = make_copayment()
        make_agreement(case, is_standing=True)
    return case, copayment


def balances():
    rows = db.session.execute(
        text(
            "SELECT kind, sum(balance_fen) FROM account"
            " WHERE kind LIKE '%copayment' GROUP BY kind ORDER BY kind"
        )
    )
    return {kind.partition(":")[0]: int(fen) for kind, fen in rows if fen}


def test_a_leaver_before_the_first_lesson_gets_everything_back(app, now):
    case, copayment = opened()
    assert (copayment.fund_fen, copayment.employer_fen, copayment.worker_fen) == (
        80_000,
        (copayment.fee_fen - 80_000) // 2,
        (copayment.fee_fen - 80_000) // 2,
    )
    mine = copayment.worker_fen
    payment = receive(copayment, case.staff, mine - 1, "R-1")
    assert receive(copayment, case.staff, mine - 1, "R-1").id == payment.id
    for fen, receipt in ((2, "R-2"), (1, "R-1"), (1, "")):
        with pytest.raises(Refused):
            receive(copayment, case.staff, fen, receipt)
    receive(copayment, case.staff, copayment.employer_fen, "R-3", Party.EMPLOYER)
    assert view_copayment(copayment).open == {Party.WORKER: 1, Party.EMPLOYER: 0}
    assert list_copayments(case.institution.id, PageRequest(1, 5)).items[0].open_fen == 1
    assert check_books().ok
    with write_transaction():
        leave_course_run(case.enrollment.id, reason=ExitReason.FAMILY, actor_id=None)
    with write_transaction():
        leave_course_run(case.enrollment.id, reason=ExitReason.FAMILY, actor_id=None)
    assert balances() == {"held": 2 * mine - 1, "refundable": 2 * mine - 1}
    assert check_books().ok
    with write_transaction():
        for line in view_copayment(copayment).lines:
            assert hand_back(line.payment.code, receipt_number="B-1", actor_id=case.staff.id)
            hand_back(line.payment.code, receipt_number="B-1", actor_id=case.staff.id)
    assert balances() == {}
    assert check_books().ok


def test_what_a_finished_class_earned_is_passed_on(app, now):
    case, copayment = opened()
    receive(copayment, case.staff, copayment.worker_fen, "R-1")
    with pytest.raises(Refused, match="copayment_nothing_earned"), write_transaction():
        settle_counter_payments(case.institution.id)
    with write_transaction():
        attend(case.enrollment, case.staff.id)
        run_through(case.run.id)
        make_completion(case.enrollment, case.staff.id)
    with write_transaction():
        fen = settle_counter_payments(case.institution.id)
    assert fen == copayment.worker_fen
    assert balances() == {"payable": copayment.employer_fen, "receivable": copayment.employer_fen}
    assert check_books().ok


def test_a_standing_consent_is_in_the_next_price_with_its_reason(app, now):
    case, copayment = opened()
    with write_transaction():
        leave_course_run(case.enrollment.id, reason=ExitReason.FAMILY, actor_id=None)
        run = make_open_course_run(get_course(case.run.course_id))
    offer = next(one for one in list_offers_for_worker(case.worker.id, run.id) if not one.refusals)
    lines = {line.code: line for line in offer.lines}
    assert lines["employer_share"].params["document"] == "2026-17"
    assert lines["employer_share"].params["percent"] == 50
    total = sum(lines[code].amount_fen for code in ("voucher_pays", "employer_share"))
    assert total + offer.own_share.fen == offer.fee.fen


def test_the_database_keeps_the_book_apart(app, now):
    case, copayment = opened()
    amount = Money(1, "CNY")
    mixed = draft_entry(
        "copayment.received", "X", effective_on=clock.today(), memo="", currency="CNY",
        lines=(
            debit(AccountName("held:copayment", "X"), amount),
            credit(AccountName("payable:institution", "X"), amount),
        ),
    )  # fmt: skip
    with pytest.raises(Exception, match="never mixes"), write_transaction():
        post_entry(mixed, actor_id=None)
    for change in ("fund_fen = fund_fen - 1, worker_fen = worker_fen + 1", "fee_fen = 1"):
        with pytest.raises(IntegrityError), write_transaction():
            db.session.execute(text(f"UPDATE copayment SET {change}"))
    with pytest.raises(IntegrityError), write_transaction():
        db.session.execute(text("DELETE FROM copayment"))


def test_the_checks_find_what_was_planted(app, now):
    case, copayment = opened()
    payment = receive(copayment, case.staff, 100, "R-1")
    assert payment.state is PaymentState.SUCCEEDED
    with write_transaction():
        db.session.execute(text("UPDATE copayment SET worker_fen = worker_fen - 1,"
                                " employer_fen = employer_fen + 1"))  # fmt: skip
    found = {one.invariant for check in checks.CHECKS for one in check()}
    assert found == {"co-payments open"}
    amount = Money(1, "CNY")
    with write_transaction():
        post_entry(
            draft_entry(
                "voucher.issued", "X", effective_on=clock.today(), memo="", currency="CNY",
                lines=(
                    debit(AccountName("held:copayment", "X"), amount),
                    credit(AccountName("payable:institution", "X"), amount),
                ),
            ),
            actor_id=None,
        )  # fmt: skip
    assert [one.invariant for one in checks.never_mixed_with_funds()] == ["co-payments unmixed"]
