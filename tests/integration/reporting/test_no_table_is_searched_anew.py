"""On SQLite nothing reads a whole table for each row of another: that grows with the square."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from marketplace.foundation.db import db, dialect_name
from marketplace.redemption.queries.reservations import list_held_sign_ins, list_voucher_codes
from marketplace.redemption.queries.rosters import list_runs_to_redeem
from marketplace.redemption.queries.swaps import list_swappable_classes
from marketplace.reporting.invariants import check_books
from tests.plans import plans, repeated_scans, scans

OF_ONE = {
    "sign-in vouchers of a class": lambda: list_held_sign_ins(1),
    "vouchers of enrollments": lambda: list_voucher_codes([1, 2]),
    "classes of an institution to redeem": lambda: list_runs_to_redeem(1),
    "classes of a person to swap": lambda: list_swappable_classes(1),
}


def test_checks_of_the_books_search_no_table_anew_for_each_row(app):
    """One that did took 220 seconds at 50,000 redemptions, and 0.1 since."""
    if dialect_name() != "sqlite":  # PostgreSQL plans by what its tables hold: here nothing
        return
    with plans() as asked:
        check_books()
    assert [(what, scan) for what, plan in asked for scan in repeated_scans(plan)] == []


@pytest.mark.parametrize("what", OF_ONE)
def test_what_belongs_to_one_is_found_by_an_index(app, what):
    if dialect_name() != "sqlite":
        return
    with plans() as asked:
        OF_ONE[what]()
    assert [(said, scan) for said, plan in asked for scan in scans(plan)] == []


@pytest.mark.parametrize(
    "statement",
    (
        "SELECT (SELECT count(*) FROM reservation AS r WHERE r.voucher_id = v.id"
        " AND r.state = 'held') FROM voucher AS v",
        "SELECT 1 FROM enrollment AS e JOIN reservation AS r ON abs(r.voucher_id) = abs(e.id)",
    ),
)
def test_what_is_searched_anew_is_noticed(app, statement):
    if dialect_name() != "sqlite":
        return
    with plans() as asked:
        db.session.execute(text(statement))
    assert len(repeated_scans(asked[0][1])) == 1
