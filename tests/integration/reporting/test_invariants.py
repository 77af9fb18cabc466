"""Damage planted in the rooms above the books: what the rows say and what the books say differ."""

from __future__ import annotations

import pytest

from marketplace.foundation.db import write_transaction
from marketplace.people.operations import reveal_id_number
from marketplace.redemption.operations.reverse import reverse_redemption
from marketplace.reporting.invariants import check_books
from tests.factories.catalog import make_occupation
from tests.factories.corruption import damage, guards_off
from tests.factories.people import make_officer
from tests.factories.redemption import make_case, make_ready_case, make_redemption
from tests.kept import kept


@pytest.fixture(autouse=True)
@kept
def one_of_each(app, now):
    """A redeemed voucher, a reserved one, and one whose redemption was reversed."""
    with write_transaction():
        make_redemption()
        reveal_id_number(make_case().worker.id, purpose="check", actor_id=make_officer().id)
        make_ready_case()
        reverse_redemption(make_redemption().id, reason="typed wrong", actor_id=None)


def _found() -> set[str]:
    return {violation.invariant for violation in check_books().violations}


def test_what_the_product_did_is_right(app):
    assert check_books().violations == ()


PLANTED = {
    "a redemption of another amount": (
        "UPDATE redemption SET amount_fen = amount_fen + 1",
        {"17 business cause", "12 payable"},
    ),
    "a redemption for another institution": (
        "UPDATE redemption SET institution_id ="
        " (SELECT min(id) FROM institution WHERE id <> redemption.institution_id)",
        {"23 bound", "17 business cause"},
    ),
    "a redemption that vanished": (
        "DELETE FROM redemption WHERE reversal_entry_id IS NULL",
        {"17 business cause", "12 payable"},
    ),
    "a reversal taken off a redemption": (
        "UPDATE redemption SET reversal_entry_id = NULL",
        {"17 business cause", "12 payable", "19 state"},
    ),
    "a voucher made active while it is reserved": (
        "UPDATE voucher SET state = 'active' WHERE state = 'reserved'",
        {"19 state"},
    ),
    "a class canceled with its learners in it": (
        "UPDATE course_run SET state = 'canceled' WHERE id IN (SELECT course_run_id FROM"
        " enrollment JOIN reservation ON reservation.enrollment_id = enrollment.id"
        " WHERE reservation.state = 'held')",
        {"19 state"},
    ),
    "a spent voucher made usable again": (
        "UPDATE voucher SET state = 'active' WHERE state = 'redeemed'",
        {"19 state"},
    ),
    "a reservation raised": (
        "UPDATE reservation SET amount_fen = amount_fen + 100000000 WHERE state = 'held'",
        set(),
    ),
    "a voucher given to another person": (
        "UPDATE voucher SET worker_id ="
        " (SELECT min(id) FROM worker WHERE id <> voucher.worker_id) WHERE state = 'redeemed'",
        {"23 bound"},
    ),
    "a validity ended before its use": (
        "UPDATE voucher SET valid_from = '2020-01-01', expires_on = '2020-12-31'"
        " WHERE state = 'redeemed'",
        {"23 bound"},
    ),
    "a view of an ID number without a purpose": (
        "UPDATE audit_event SET reason = NULL WHERE event = 'worker.id_number_viewed'",
        {"28 view recorded"},
    ),
    "a view of an ID number by nobody": (
        "UPDATE audit_event SET actor_id = NULL WHERE event = 'worker.id_number_viewed'",
        {"28 view recorded"},
    ),
    "a view of nobody's ID number": (
        "UPDATE audit_event SET subject_code = 'W-?' WHERE event = 'worker.id_number_viewed'",
        {"28 view recorded"},
    ),
    "an allotment that vanished": (
        "UPDATE allotment SET code = 'AL-other'",
        {"9 allotment"},
    ),
}


@pytest.mark.parametrize("case", PLANTED, ids=str)
def test_planted_damage_is_found(app, case):
    statement, invariants = PLANTED[case]
    with guards_off():
        damage(statement)
    assert _found() >= invariants
    assert _found(), "nothing was found at all"


def test_a_second_paid_use_of_one_occupation_level_and_year_is_found(app):
    """22: two people's redemptions become one person's; another year is another use."""
    with write_transaction():
        make_redemption()
        make_occupation()
    one = "SELECT min(id) FROM worker"
    with guards_off():
        damage(f"UPDATE voucher SET worker_id = ({one})")
        damage(f"UPDATE enrollment SET worker_id = ({one})")
        damage("UPDATE course SET occupation_id = (SELECT min(id) FROM occupation), level = 5")
    assert _found() == {"22 one use"}
    with guards_off():
        damage(
            "UPDATE redemption SET redeemed_on = '2025-06-01'"
            " WHERE id = (SELECT max(id) FROM redemption)"
        )
    assert "22 one use" not in _found()
