"""A draft is balanced by construction."""

from __future__ import annotations

from datetime import date

import pytest

from marketplace.foundation.money import AMOUNT_FEN_MAX, Money
from marketplace.ledger.entries import (
    ACCOUNT_KINDS,
    AccountName,
    credit,
    debit,
    draft_entry,
    entry_for_reversal,
)
from marketplace.ledger.states import PERIOD_TRANSITIONS, PeriodState, Side
from tests.factories.ledger import AVAILABLE, COMMITTED, PAYABLE, yuan

DAY = date(2026, 11, 20)


def _draft(*lines):
    return draft_entry("k", "1", effective_on=DAY, memo="", currency="CNY", lines=lines)


@pytest.mark.parametrize(
    "lines",
    [
        (),
        (debit(AVAILABLE, yuan(1)),),
        (debit(AVAILABLE, yuan(1)), credit(COMMITTED, yuan(2))),
        (debit(AVAILABLE, yuan(1)), debit(COMMITTED, yuan(1))),
        (debit(AVAILABLE, yuan(1)), credit(AVAILABLE, yuan(1))),
        (debit(AVAILABLE, yuan(0)), credit(COMMITTED, yuan(0))),
        (debit(AVAILABLE, yuan(-1)), credit(COMMITTED, yuan(-1))),
    ],
    ids=["empty", "single", "unbalanced", "one side", "account twice", "zero", "negative"],
)
def test_a_draft_that_does_not_balance_cannot_be_made(lines):
    with pytest.raises(AssertionError):
        _draft(*lines)


def test_a_reversal_turns_every_line_round():
    original = _draft(
        debit(COMMITTED, yuan(30)), credit(PAYABLE, yuan(20)), credit(AVAILABLE, yuan(10))
    )
    reversal = entry_for_reversal(original, effective_on=DAY, reason="typed wrong")
    assert {(line.account, line.side, line.fen) for line in reversal.lines} == {
        (COMMITTED, Side.CREDIT, 30),
        (PAYABLE, Side.DEBIT, 20),
        (AVAILABLE, Side.DEBIT, 10),
    }
    assert (reversal.kind, reversal.key) == ("reversal", "k:1")
    assert reversal.memo == "typed wrong"


def test_an_amount_beyond_all_reason_cannot_be_written_down():
    with pytest.raises(AssertionError):
        Money(AMOUNT_FEN_MAX + 1, "CNY")


def test_every_account_is_guarded_but_those_that_may_stand_on_either_side():
    unguarded = {kind for kind, nature in ACCOUNT_KINDS.items() if not nature.guarded}
    bank = {"bank:paid", "bank:other", "bank:fees", "bank:interest"}
    stripe = {"stripe:other", "stripe:fees", "stripe:bank", "suspense:stripe"}
    assert unguarded == bank | stripe | {"clearing:region"}


def test_an_account_code_is_its_kind_and_key():
    assert AccountName("payable:institution", "IN-7").code == "payable:institution:IN-7"


def test_a_closed_period_is_final():
    assert PERIOD_TRANSITIONS[PeriodState.CLOSED] == frozenset()
    assert set(PERIOD_TRANSITIONS) == set(PeriodState)
