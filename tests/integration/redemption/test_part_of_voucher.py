"""A part of a voucher's amount, from the class to the claim and back: what stands in the books."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from marketplace.audit.queries import list_events_of
from marketplace.claims.operations.assemble import assemble_claim, submit_claim
from marketplace.claims.queries.lines import list_claim_lines
from marketplace.foundation.db import db, write_transaction
from marketplace.foundation.paging import PageRequest
from marketplace.ledger.entries import AccountName
from marketplace.ledger.queries import get_balance_fen
from marketplace.redemption.operations import redeem
from marketplace.redemption.operations.redeem import redeem_course_run
from marketplace.redemption.operations.reverse import reverse_redemption
from marketplace.redemption.part_rules import earned_of
from marketplace.redemption.queries import cases as case_queries
from marketplace.redemption.queries.redemptions import list_part_reasons
from marketplace.redemption.queries.reservations import get_reservation
from marketplace.redemption.states import ReservationState
from marketplace.reporting.invariants import check_books
from marketplace.vouchers.queries.vouchers import get_voucher
from marketplace.vouchers.states import VoucherState
from tests.factories.catalog import make_open_course_run
from tests.factories.corruption import damage, guards_off
from tests.factories.enrollment import attend, make_completion, make_staff, run_through
from tests.factories.redemption import make_case
from tests.factories.vouchers import CLAUSE, make_pack, make_scheme, rule
from tests.kept import kept

STEPS = {"steps": [{"from_rate": 50, "pays_percent": 37}]}
RATES = [{"amount_fen": 80_001, "level": 5, "clause": CLAUSE}]


@pytest.fixture
@kept
def classmates(app, now):
    """Four of a class of five lessons: all, three, three and two of them attended."""
    with write_transaction():
        scheme = make_scheme(make_pack(rates=RATES, completion={"partial": rule(STEPS, "第十条")}))
        run = make_open_course_run()
        staff = make_staff(run.institution_id)
        found = [make_case(scheme=scheme, course_run=run, staff=staff) for _one in range(4)]
        for lessons, case in zip((5, 3, 3, 2), found, strict=True):
            attend(case.enrollment, staff.id, lessons=lessons)
        run_through(run.id)
        for case in found:
            make_completion(case.enrollment, staff.id)
    return found


def redeem_class(case):
    with write_transaction():
        return redeem_course_run(
            case.run.id, institution_id=case.institution.id, actor_id=case.staff.id
        )


def payable(case):
    return get_balance_fen(AccountName("payable:institution", case.institution.code))


def test_from_the_class_to_the_claim_and_back(classmates, postings):
    everything, three, half, little = classmates
    answer = redeem_class(everything)
    amounts = {one.voucher_id: one.amount_fen for one in answer.redeemed}
    # 37 % of 800.01 is 296.0037: half up, once.
    assert amounts == {
        everything.voucher.id: 80_001, three.voucher.id: 29_600, half.voucher.id: 29_600,
    }  # fmt: skip
    assert [one.code for one in answer.refused[little.enrollment.id]] == ["attendance_below_part"]
    part = next(one for one in answer.redeemed if one.voucher_id == half.voucher.id)
    assert postings(part.entry_id, half) == {
        ("committed", "debit"): 80_001,
        ("payable", "credit"): 29_600,
        ("available", "credit"): 50_401,
    }
    assert (part.part_percent, part.part_rate_percent, part.part_own_percent) == (37, 60, 37)
    assert get_voucher(half.voucher.id).state is VoucherState.REDEEMED
    assert check_books().violations == ()

    reason = list_part_reasons(answer.redeemed)[part.id]
    told = list_events_of("voucher", half.voucher.code, PageRequest()).items[0].details
    assert told["rule"] == reason.rule == part.part_rule
    assert told["rule"].startswith("第十条")
    assert (told["reserved_fen"], told["amount_fen"]) == (80_001, 29_600)
    assert (told["part_percent"], told["rate_percent"]) == (37, 60)

    with write_transaction():
        claim = assemble_claim(half.run.id, actor_id=half.staff.id)
    views = list_claim_lines(claim.id)
    assert [view.findings for view in views] == [(), (), ()]
    assert sorted(view.line.amount_fen for view in views) == [29_600, 29_600, 80_001]
    assert [bool(view.evidence.part_reason) for view in views].count(True) == 2

    with write_transaction():
        reverse_redemption(part.id, reason="一课记错", actor_id=None)
    assert payable(half) == 80_001 + 29_600
    assert get_reservation(half.reservation.id).state is ReservationState.HELD
    assert check_books().violations == ()
    with write_transaction():  # a lesson was there after all: recounted
        db.session.execute(
            text("UPDATE completion SET rate_percent = 100 WHERE enrollment_id = :one"),
            {"one": half.enrollment.id},
        )
    again = redeem_class(half)
    [whole] = again.redeemed
    assert (whole.amount_fen, whole.part_percent) == (80_001, None)
    assert check_books().violations == ()


def test_a_rate_recounted_since_is_found_before_the_claim_is_paid(classmates):
    _everything, three, *_others = classmates
    redeem_class(three)
    with write_transaction():
        db.session.execute(
            text("UPDATE completion SET rate_percent = 100 WHERE enrollment_id = :one"),
            {"one": three.enrollment.id},
        )
        claim = assemble_claim(three.run.id, actor_id=three.staff.id)
    found = [one.code for view in list_claim_lines(claim.id) for one in view.findings]
    assert found == ["line_amount_differs"]
    with write_transaction():
        submitted = submit_claim(claim.id, actor_id=three.staff.id)
    assert submitted.amount_fen == 80_001 + 29_600, "the line that is not right stays out"


def pay_all(reserved, _part):
    """The bug: whoever attended a part of it gets all of it."""
    return reserved


def test_the_database_refuses_an_amount_that_was_not_earned(classmates, monkeypatch):
    monkeypatch.setattr(case_queries, "earned_of", pay_all)
    monkeypatch.setattr(redeem, "write_at_once", lambda *_what, **_by: None)
    with pytest.raises(IntegrityError, match="the part of it that was earned"):
        redeem_class(classmates[0])
    db.session.rollback()
    assert earned_of is not pay_all
    assert payable(classmates[0]) == 0


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE redemption SET part_percent = 38, part_own_percent = 38 WHERE part_percent = 37",
        "UPDATE redemption SET part_percent = NULL, part_rate_percent = NULL,"
        " part_own_percent = NULL, part_rule = NULL WHERE part_percent = 37",
    ],
)
def test_an_unearned_amount_in_the_rows_is_found(classmates, statement):
    redeem_class(classmates[0])
    with guards_off():
        damage(statement)
    assert {one.invariant for one in check_books().violations} == {"7 part"}
