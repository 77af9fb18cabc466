"""Money that went to the wrong payee, planted in the rows, is found again by the checks."""

from __future__ import annotations

import pytest

from marketplace.foundation.db import write_transaction
from marketplace.reporting.invariants import check_books
from tests.factories.corruption import damage, guards_off
from tests.factories.settlement import make_officers, make_sent_batch
from tests.kept import kept

PLANTED = {
    "another institution's account": "UPDATE payout_account SET institution_id ="
    " (SELECT max(id) FROM institution WHERE id <> payout_account.institution_id)",
    "an account nobody verified": "UPDATE payout_account SET verified_at = NULL",
    "an account verified afterwards": "UPDATE payout_account SET verified_at ="
    " '2026-12-24 00:00:00.000000+00:00'",
    "an account still on hold": "UPDATE payout_account SET payable_from = '2026-11-21'",
    "an account never payable": "UPDATE payout_account SET payable_from = NULL",
}


@pytest.fixture(autouse=True)
@kept
def sent(app, now):
    with write_transaction():
        make_sent_batch(make_officers())


def _payees() -> list[str]:
    return [found.detail for found in check_books().violations if found.invariant == "21 payee"]


def test_what_was_sent_by_the_rules_is_right():
    assert _payees() == []


@pytest.mark.parametrize("case", PLANTED, ids=str)
def test_money_sent_to_the_wrong_payee_is_found(case):
    with guards_off():
        damage("DROP INDEX uq_payout_account_verified")
        damage(PLANTED[case])
    assert len(_payees()) == 2
